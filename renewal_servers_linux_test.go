package main_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/servers"
)

// servedBy starts a server with a certificate of before, and reloads it after a push.
func servedBy(t *testing.T, name string, p serverProgram) *servedSite {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "tls")
	must(0, os.Mkdir(folder, 0o755))(t)
	p.first(t, folder)
	server := p.start(t, func(name string) string { return filepath.Join(folder, name) })
	s := newServedSite(t, server.Address, p.protocol, folder, p.files)
	device := siteInFolder
	if p.overSSH {
		device = s.reached(name)
	}
	s.with(device, fmt.Sprintf("overwrite = true, post_script = { inline = %q, repeatable = true }", shellWords(server.ReloadCommand)))
	return s
}

// A server gets its certificate from an apply, the renewed one from the next, and one
// with another key and another name from a third. Who connects meanwhile is always
// served, by one of these that the root vouches for, and in the end by the last.
func TestRenewalOnServers(t *testing.T) {
	t.Parallel()
	for name, p := range serverPrograms {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := servedBy(t, name, p)
			s.configure(`"shop.example.com"`, "winter")
			s.Init()
			first := s.applied()
			client := s.client()
			client.Settles(t, first)
			s.PlanEmpty()

			s.configure(`"shop.example.com"`, "spring")
			renewed := s.applied()
			client.Settles(t, renewed)
			s.configure(`"shop.example.com", "www.example.com"`, "spring")
			other := s.applied()
			client.Settles(t, other)
			s.unbroken(client.Stop(), first, renewed, other)
			if now := s.served(); now != other {
				t.Errorf("openssl is served %s, want %s", now, other)
			}
			s.PlanEmpty()
		})
	}
}

// unbroken holds that no connection failed, and that each of the certificates was
// seen, and nothing else.
func (s *servedSite) unbroken(met servers.Record, certificates ...string) {
	s.t.Helper()
	s.t.Logf("%d handshakes", met.Handshakes)
	if len(met.Failures) > 0 {
		s.t.Errorf("of %d handshakes %d failed: %v", met.Handshakes+len(met.Failures), len(met.Failures), met.Failures)
	}
	for _, fingerprint := range certificates {
		if met.Seen[fingerprint] == 0 {
			s.t.Errorf("%s was never seen", fingerprint)
		}
		delete(met.Seen, fingerprint)
	}
	if len(met.Seen) > 0 {
		s.t.Errorf("seen were others than %v: %v", certificates, met.Seen)
	}
}
