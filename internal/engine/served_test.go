package engine_test

import (
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
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

// The report names what is served instead, and counts who says nowhere where to look;
// what was never pushed is not expected anywhere.
func TestValidatePushes(t *testing.T) {
	t.Parallel()
	s := serving(t)
	blind := connectorInput("blind", s.row("shop"), s.device("web-2"))
	must(t, must2(s.CreateConnector(t.Context(), alice, blind)).Push.Err)
	waiting := connectorInput("waiting", s.row("shop"), s.device("web-3"))
	waiting.Verify = &clm.Verification{Addresses: []string{"192.0.2.3:443"}, Protocol: "tls"}
	s.deployer.Fail("preflight", clmtest.Fault{Err: clm.Errorf(clm.KindUnreachable, "web-3 is out"), Device: "web-3"})
	if out := must2(s.CreateConnector(t.Context(), alice, waiting)); out.Connector.State != clm.NeverPushed {
		t.Fatalf("it is %s", out.Connector.State)
	}
	s.watcher.sees = &clm.Sighting{Address: "192.0.2.1:443", Status: clm.OutOfSync, FingerprintSHA256: "aa"}
	looked, without, err := s.ValidatePushes(t.Context(), clm.ConnectorFilter{})
	must(t, err)
	if without != 1 || len(looked) != 1 || looked[0].Connector.Name != "shop" || len(looked[0].Reasons) != 1 || looked[0].Reasons[0] != clm.ReasonUnknownCertificate {
		t.Errorf("%d without, looked at %+v", without, looked)
	}
}
