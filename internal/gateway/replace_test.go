package gateway_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/servers"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/gateway"
)

// replaces stages another root by which servers, gateways and agents prove themselves.
func (w *world) replaces() {
	w.Helper()
	root, err := w.RootCertificate(w.Context(), clm.ServerRoot)
	must(w, err)
	_, err = w.UpdateRootCertificate(w.Context(), root.ID, api.WriteRootCertificate{
		Name: root.Name, DeletionProtection: true, Source: api.RootSource{Kind: "self_signed", SelfSigned: &api.SelfSigned{
			Subject: api.Subject{CommonName: "CLM server 2"}, ValidityPeriodHours: 24 * 365,
		}},
		Policy: &api.ReplacementPolicy{MinimumReceivedPercent: 100, OverlapSeconds: 2, OnFailure: "stop"},
	})
	must(w, err)
}

func (w *world) finalizes() error {
	_, err := w.TransitRootCertificate(w.Context(), clm.ServerRoot, api.Transition{Verb: "finalize"})
	return err
}

// waitsFor tells whether the replacement is in a phase, and what of internet gateways it
// waits for there.
func (w *world) waitsFor(phase string) (there, stale bool) {
	w.Helper()
	rollout, err := w.Rollout(w.Context(), clm.ServerRoot)
	must(w, err)
	return rollout.Phase == phase, slices.ContainsFunc(rollout.Violations, func(v api.Violation) bool {
		return v.Code == string(clm.ViolationStaleGateways) && slices.Equal(v.Devices, []string{"dmz"})
	})
}

// retired awaits the end of it: everybody has a certificate of the new root, and trusts no
// other.
func (o *outside) retired() {
	o.Helper()
	servers.Await(o, "end of the old root", func() bool { there, _ := o.waitsFor("active"); return there })
	o.has()
	servers.Await(o, "one root on the device", func() bool { return strings.Count(o.file("trust/ca.pem"), "BEGIN CERTIFICATE") == 1 })
	must(o, o.checkIn(o.way(o.state), o.gateway.address))
}

// With auto refresh the gateway follows by itself, and the agent behind it: nobody does
// anything.
func TestTheRootIsReplacedWithAutoRefresh(t *testing.T) {
	t.Parallel()
	w := newWorld(t, true)
	o := w.device("edge")
	o.has()
	w.replaces()
	servers.Await(t, "finalization", func() bool { return w.finalizes() == nil })
	o.retired()
}

// Without it a refresh on the gateway's machine is waited for after the start, and again
// after the end of distribution. Nobody's word stands for it.
func TestTheRootIsReplacedWithRefreshesByHand(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	o := w.device("edge")
	o.has()
	w.replaces()
	servers.Await(t, "both roots on the device", func() bool { return strings.Count(o.file("trust/ca.pem"), "BEGIN CERTIFICATE") == 2 })
	o.has()
	if _, err := w.RefreshInternetGateway(t.Context(), "dmz"); !api.Is(err, api.CodeRefused) {
		t.Errorf("somebody says that it is refreshed: %v", err)
	}
	if err := w.finalizes(); !api.Is(err, api.CodeRefused) || !strings.Contains(err.Error(), "internet gateways were not refreshed since the replacement began (dmz)") {
		t.Errorf("before a refresh it is finalized with %v", err)
	}
	w.refreshed(2)
	must(t, w.finalizes())
	servers.Await(t, "wait for another refresh", func() bool { there, stale := w.waitsFor("retiring"); return there && stale })
	w.refreshed(2)
	o.retired()
	w.refreshed(1)
	o.has()
}

// refreshed has the gateway carry so many roots.
func (w *world) refreshed(roots int) {
	w.Helper()
	done, err := gateway.RequestRefresh(w.Context(), w.state)
	must(w, err)
	profile, err := w.CommunicationProfile(w.Context(), "outside")
	must(w, err)
	content, err := os.ReadFile(filepath.Join(w.state, "carried.json"))
	must(w, err)
	trust, _, _ := strings.Cut(string(content), `"configuration"`)
	if done.Digest != profile.BundleDigest || done.Epoch != profile.Epoch || strings.Count(trust, "BEGIN CERTIFICATE") != roots {
		w.Errorf("it carries %+v, published is epoch %d, digest %s\n%s", done, profile.Epoch, profile.BundleDigest, trust)
	}
}
