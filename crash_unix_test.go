//go:build unix

package main_test

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
)

// The CLI and the provider are killed in the middle of a large apply. Nothing of
// it is in state then, so the next apply asks for everything once more, and must
// find what there is instead of a name that is taken.
func TestAKilledApplyIsFinishedByTheNext(t *testing.T) {
	t.Parallel()
	const certificates, moments, seed = 30, 3, 2026
	random := rand.New(rand.NewPCG(seed, moments))
	for range moments {
		moment := 1 + random.IntN(2*certificates) // of 2 + 2 × certificates things that are made
		t.Run(fmt.Sprintf("after %d", moment), func(t *testing.T) {
			t.Parallel()
			w := clmtest.NewWorkspace(t, clmtest.NewestCLI(t))
			w.Write("main.tf", shopOf(0, certificates))
			w.Write("device/etc/hostname", "device\n")
			w.Init()
			applyAndKill(t, w, moment)
			pushed := wholeSets(t, w, certificates)
			out := w.Apply()
			if !strings.Contains(out, "Apply complete!") {
				t.Errorf("the second apply does not complete:\n%s", out)
			}
			w.PlanEmpty()
			if now := wholeSets(t, w, certificates); now != certificates {
				t.Errorf("%d of %d sets are on the device; %d were when it was killed", now, certificates, pushed)
			}
			want := fmt.Sprint(certificates)
			db := filepath.Join(w.Dir, ".clm/clm.db")
			wantCounts(t, db, map[string]string{
				"root_certificates": "1", "devices": "1", "certificates": want, "versions": want, "connectors": want,
				"private_keys": fmt.Sprint(certificates + 1), "root_certificate.import": "", "certificate.enrol": want,
			})
			wantSound(t, w, db)
			wantTidy(t, w, certificates)
		})
	}
}

// applyAndKill kills the CLI with its provider once it has told of so many
// things it made; it is making others at that moment.
func applyAndKill(t *testing.T, w *clmtest.Workspace, moment int) {
	t.Helper()
	cmd := w.Command(w.CLI, "apply", "-no-color", "-input=false", "-auto-approve", "-parallelism=10")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // the provider is in the same group
	printed, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	made := 0
	for lines := bufio.NewScanner(printed); made < moment && lines.Scan(); {
		if strings.Contains(lines.Text(), "Creation complete") {
			made++
		}
	}
	if err := syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL); err != nil {
		t.Errorf("killing: %v", err)
	}
	err = cmd.Wait()
	if made < moment || err == nil || !strings.Contains(err.Error(), "signal: killed") {
		t.Fatalf("it was not killed in the middle but ended with %v, %d things made", err, made)
	}
}

// wholeSets counts the sets of files on the device. A set is there with all its
// files, which match, or not at all.
func wholeSets(t *testing.T, w *clmtest.Workspace, most int) (whole int) {
	t.Helper()
	for i := range most {
		folder := filepath.Join(w.Dir, "device/tls", fmt.Sprint(i))
		present := 0
		for _, name := range []string{"server.crt", "server.key", "chain.crt"} {
			if _, err := os.Stat(filepath.Join(folder, name)); err == nil {
				present++
			}
		}
		if present == 0 {
			continue
		}
		_, err := tls.LoadX509KeyPair(filepath.Join(folder, "server.crt"), filepath.Join(folder, "server.key"))
		if present != 3 || err != nil {
			t.Errorf("%s holds %d of 3 files; certificate and key: %v", folder, present, err)
		}
		whole++
	}
	return whole
}

// wantTidy looks for what an interrupted push has left behind.
func wantTidy(t *testing.T, w *clmtest.Workspace, sets int) {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(w.Dir, "device/tls/*/.clm/*/*"))
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]int{}
	for _, path := range found {
		kind, _, _ := strings.Cut(filepath.Base(path), "-")
		kinds[kind]++
	}
	if len(kinds) != 3 || kinds["v"] != sets || kinds["current"] != sets || kinds["lock"] != sets {
		t.Errorf("beside the sets there are %v, want one version, one link and one lock for each of %d", kinds, sets)
	}
}
