package main_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
)

// inEachWay tells one story in each way of running an estate: in a folder with these
// CLIs, elsewhere with the newest.
func inEachWay(t *testing.T, clis []string, story func(t *testing.T, way clmtest.Way, cli string)) {
	t.Helper()
	for _, way := range clmtest.Ways() {
		for _, cli := range clis {
			t.Run(way.Name+"/"+cliName(cli), func(t *testing.T) {
				t.Parallel()
				story(t, way, cli)
			})
		}
		clis = newestCLI(t)
	}
}

func newestCLI(t *testing.T) []string {
	t.Helper()
	return []string{clmtest.NewestCLI(t)}
}

// A root is replaced in each way as the guide has it.
func TestReplacementInEachWay(t *testing.T) {
	t.Parallel()
	inEachWay(t, newestCLI(t), func(t *testing.T, way clmtest.Way, cli string) {
		follow(t, cli, "replace-a-root", func(t *testing.T, w *clmtest.Workspace) { way.Begin(t, w) })
	})
}

// holdsNowhere looks through every file of the workspace: state, plan, log.
func (q *quickstart) holdsNowhere(secrets []string) {
	q.t.Helper()
	logged := false
	err := filepath.WalkDir(q.Dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() || strings.Contains(path, "terraform.d") {
			return err
		}
		content, err := os.ReadFile(path)
		if i := slices.IndexFunc(secrets, func(s string) bool { return strings.Contains(string(content), s) }); i >= 0 {
			q.t.Errorf("secret %d of the estate's place is in %s", i, path)
		}
		logged = logged || filepath.Base(path) == "trace.log" && strings.Contains(string(content), "ConfigureProvider")
		return err
	})
	if err != nil || !logged {
		q.t.Errorf("the log was not looked through (%v)", err)
	}
}
