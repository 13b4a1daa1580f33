package main_test

import (
	"crypto/sha256"
	"crypto/tls"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/servers"
)

// kill -9 of the provider in the scripts around the switch: the files are those of
// before, or wholly the new ones. The next apply goes on from there, and nobody is
// asked anything. (The steps in between: TestPushFaults of package backend.)
func TestTheProviderIsKilledInAScript(t *testing.T) {
	t.Parallel()
	for step, switched := range map[string]bool{"pre_script": false, "post_script": true} {
		t.Run(step, func(t *testing.T) {
			t.Parallel()
			s := newOverSSH(t, clmtest.NewestCLI(t))
			s.stopsIn(step, `"shop.example.com"`)
			s.Init()
			s.Apply()
			first, before := s.served(), s.files()
			s.stopsIn(step, `"shop.example.com", "www.example.com"`)
			s.applyKilledIn(step)
			after := s.files()
			t.Logf("before:\n%safter:\n%s", before, after)
			if switched == (after == before) {
				t.Errorf("the files have changed: %t, want %t", after != before, switched)
			}
			if now := s.served(); now != first {
				t.Errorf("%s is served, want %s", now, first)
			}
			s.Apply()
			if now, want := s.served(), strings.TrimSpace(s.Run("output", "-raw", "fingerprint")); now != want || now == first {
				t.Errorf("%s is served, want %s", now, want)
			}
			if end := s.files(); switched != (end == after) {
				t.Errorf("in the end there is\n%s", end)
			}
			s.PlanEmpty()
		})
	}
}

// stopsIn writes a configuration whose step waits where a file says so.
func (s *overSSH) stopsIn(step, names string) {
	hold, here := s.signals(step)
	waits := fmt.Sprintf("test ! -e %s || { touch %s; while test -e %s; do sleep 0.1; done; exit 1; }", hold, here, hold)
	reload := strings.Join(s.nginx.ReloadCommand, " ")
	before, after := "true", reload
	if step == "pre_script" {
		before = waits
	} else {
		after = waits + "; " + reload
	}
	s.configure(names, after)
	s.Write("main.tf", strings.Replace(s.Read("main.tf"), "overwrite   = true",
		fmt.Sprintf("overwrite   = true\n    pre_script  = { inline = %q, repeatable = true }", before), 1))
}

func (s *overSSH) signals(step string) (hold, here string) {
	return filepath.Join(s.Dir, step+".hold"), filepath.Join(s.Dir, step+".here")
}

// applyKilledIn applies, and kills the provider while it waits for a script.
func (s *overSSH) applyKilledIn(step string) {
	s.t.Helper()
	hold, here := s.signals(step)
	must(0, os.WriteFile(hold, nil, 0o600))(s.t)
	cmd := s.Command(s.CLI, "apply", "-no-color", "-input=false", "-auto-approve")
	must(0, cmd.Start())(s.t)
	servers.Await(s.t, "push in "+step, func() bool { _, err := os.Stat(here); return err == nil })
	providers := providersOf(s.t, cmd.Process.Pid)
	for _, pid := range providers {
		must(0, syscall.Kill(pid, syscall.SIGKILL))(s.t)
	}
	if err := cmd.Wait(); err == nil || len(providers) == 0 {
		s.t.Errorf("the apply ended with %v; killed were %v", err, providers)
	}
	must(0, os.Remove(hold))(s.t) // the script that nobody waits for ends
}

// providersOf are the providers that a CLI has started.
func providersOf(t *testing.T, cli int) (pids []int) {
	t.Helper()
	found, err := filepath.Glob("/proc/[0-9]*/stat")
	must(0, err)(t)
	for _, path := range found {
		text, _ := os.ReadFile(path) // it may have ended
		var pid, parent int
		var state string
		if _, err := fmt.Sscanf(string(text), "%d (terraform-provi) %s %d", &pid, &state, &parent); err == nil && parent == cli {
			pids = append(pids, pid)
		}
	}
	return pids
}

// files are those of the server: mode, digest and name. They have to match.
func (s *overSSH) files() (list string) {
	s.t.Helper()
	certificate, key := filepath.Join(s.folder, "shop.crt"), filepath.Join(s.folder, "shop.key")
	if _, err := tls.LoadX509KeyPair(certificate, key); err != nil {
		s.t.Errorf("certificate and key: %v", err)
	}
	for _, path := range []string{certificate, key} {
		info, err := os.Stat(path)
		must(0, err)(s.t)
		content, err := os.ReadFile(path)
		must(0, err)(s.t)
		list += fmt.Sprintf("%s %x %s\n", info.Mode(), sha256.Sum256(content), path)
	}
	return list
}
