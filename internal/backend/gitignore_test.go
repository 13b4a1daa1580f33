package backend_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/backend"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
)

func git(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

func in(folder string) func(*backend.Config) {
	return func(c *backend.Config) { c.DataDir = folder }
}

func TestGitNeverSeesANewEstate(t *testing.T) {
	t.Parallel()
	configuration := t.TempDir()
	git(t, configuration, "init", "--quiet")
	clmtest.NewBackend(t, in(filepath.Join(configuration, ".clm")))
	for _, file := range []string{"clm.db", backend.DefaultKeyFile} {
		if _, err := os.Stat(filepath.Join(configuration, ".clm", file)); err != nil {
			t.Errorf("the estate is not where git was asked: %v", err)
		}
	}
	git(t, configuration, "add", "--all")
	if staged := git(t, configuration, "ls-files"); staged != "" {
		t.Errorf("git add --all takes\n%s", staged)
	}
}

func TestGitStillSeesWhatIsNotAnEstate(t *testing.T) {
	t.Parallel()
	for name, existing := range map[string]string{"a configuration": "main.tf", "a file that begins alike": "clm.tf"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			if err := os.WriteFile(filepath.Join(folder, existing), []byte("# ours"), 0o600); err != nil {
				t.Fatal(err)
			}
			clmtest.NewBackend(t, in(folder))
			if _, err := os.Lstat(filepath.Join(folder, ".gitignore")); !os.IsNotExist(err) {
				t.Errorf("a .gitignore was put beside %s (%v): git would not see that any more", existing, err)
			}
		})
	}
}

func TestAGitignoreThatIsThereStays(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ before, after string }{
		"said something":               {"estate.key\n", "estate.key\n"},
		"cut short by a run that died": {"", "*\n"},
		"written by another process":   {"*\n", "*\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			path := filepath.Join(folder, ".gitignore")
			if err := os.WriteFile(path, []byte(c.before), 0o600); err != nil {
				t.Fatal(err)
			}
			clmtest.NewBackend(t, in(folder))
			if after, err := os.ReadFile(path); err != nil || string(after) != c.after {
				t.Errorf("it says %q (%v), want %q", after, err, c.after)
			}
		})
	}
}
