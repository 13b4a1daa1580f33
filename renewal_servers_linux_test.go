package main_test

import (
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/servers"
)

// A server gets its certificate from an apply, the renewed one from the next, and one
// with another key and another name from a third. Who connects meanwhile is always
// served, by one of these that the root vouches for, and in the end by the last.
func TestRenewalOnServers(t *testing.T) {
	t.Parallel()
	for name, p := range serverPrograms {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServedSite(t, name, p)
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
