package engine_test

import (
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// serving is a connector whose server is looked at.
func serving(t *testing.T) *stage {
	t.Helper()
	return hooked(t, func(c *clm.Connector) {
		after(logs)(c)
		c.Verify = &clm.Verification{Addresses: []string{"192.0.2.1:443"}, Protocol: "tls"}
	})
}

// Right files are not enough: what a server serves is part of what is observed, and
// what it serves instead is named.
func TestSyncLooksAtWhatIsServed(t *testing.T) {
	t.Parallel()
	s := serving(t)
	first := s.version(1)
	must2(s.renew("shop", "2"))
	for name, tt := range map[string]struct {
		seen       clm.Sighting
		reason     clm.SyncReason
		repairable bool
	}{
		"the version of before": {clm.Sighting{Status: clm.OutOfSync, FingerprintSHA256: first.FingerprintSHA256}, clm.ReasonPreviousCertificate, true},
		"somebody's":            {clm.Sighting{Status: clm.OutOfSync, FingerprintSHA256: "aa"}, clm.ReasonUnknownCertificate, true},
		"no chain":              {clm.Sighting{Status: clm.OutOfSync, Reason: clm.ReasonIncompleteChain}, clm.ReasonIncompleteChain, true},
		"no answer":             {clm.Sighting{Status: clm.OutOfSync, Reason: clm.ReasonConnectionFailed}, clm.ReasonConnectionFailed, false},
		"nobody looked":         {clm.Sighting{Status: clm.SyncNotObserved}, clm.ReasonConnectionFailed, false},
	} {
		s.watcher.sees = &tt.seen
		o := must2(s.ObserveConnector(t.Context(), "shop"))
		if o.Sync.Status != clm.OutOfSync || o.Sync.Reason != tt.reason || o.Sync.Repairable() != tt.repairable {
			t.Errorf("%s: %+v", name, o.Sync)
		}
		if len(o.Connector.Sightings) != 1 || o.Connector.Sightings[0].FingerprintSHA256 != tt.seen.FingerprintSHA256 {
			t.Errorf("%s: the sightings are %+v", name, o.Connector.Sightings)
		}
	}
	s.watcher.sees = nil
	if o := must2(s.ObserveConnector(t.Context(), "shop")); o.Sync.Status != clm.InSync {
		t.Errorf("served again, it is %+v", o.Sync)
	}
}
