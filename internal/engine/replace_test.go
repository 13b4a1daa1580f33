package engine_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/engine"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

// The whole way: told, finalized, issued again, served, retired. Every agent
// accepts every server after every step.
func TestReplaceRoot(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 3, 2)
	old := f.corp()
	f.want(wish("corp 2027", held))
	f.is(clm.RootDistributing)
	staged := f.bundles()
	if root := f.corp(); root.Signer().FingerprintSHA256 != old.Active.FingerprintSHA256 {
		t.Error("the new root signs before it is finalized")
	}
	f.want(wish("corp 2027"))
	f.is(clm.RootActive)
	root := f.corp()
	if root.Active.FingerprintSHA256 == old.Active.FingerprintSHA256 || len(root.History) != 1 || root.History[0].Outcome != clm.OutcomeCompleted || root.History[0].Received != 3 {
		t.Errorf("the slot holds %s, history %+v", root.Active.FingerprintSHA256, root.History)
	}
	if slices.Contains(f.keys(), old.Active.KeyID) {
		t.Error("the old root's key is still here")
	}
	for agent, content := range f.bundles() {
		if n := strings.Count(content, "BEGIN"); n != 1 || strings.Count(staged[agent], "BEGIN") != 2 {
			t.Errorf("%s trusts %d roots", agent, n)
		}
	}
	if row := f.row("shop"); row.Current.IssuedBy() != root.Active.FingerprintSHA256 || len(row.Current.Chain) != 1 {
		t.Errorf("shop is issued by %s, its chain has %d certificates", row.Current.IssuedBy(), len(row.Current.Chain))
	}
	f.checkServed()
	f.checkTrail()
}

// The story of the seed: one device is away. It is counted, named and waited for;
// nothing that is asked meanwhile goes on.
func TestReplaceWaitsForADevice(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 5, 1)
	f.dmz()
	f.away("agent-3")
	f.clock.Advance(time.Minute)
	f.want(wish("corp 2027"))
	f.is(clm.RootDistributing)
	r := f.rollout()
	if c := r.Standing.Census; c.Received != 4 || c.Expected != 5 {
		t.Errorf("%d of %d", c.Received, c.Expected)
	}
	if len(r.Laggards) != 1 || r.Laggards[0].Report.Name != "agent-3" || r.Laggards[0].Class != clm.ClassPending {
		t.Errorf("laggards: %+v", r.Laggards)
	}
	_, err := f.Transit(t.Context(), alice, "corp", clm.VerbFinalize, nil)
	if clm.KindOf(err) != clm.KindRefused || !strings.Contains(err.Error(), "4 of 5 devices") || !strings.Contains(err.Error(), "dmz") {
		t.Errorf("finalize: %v", err)
	}
	if seen, err := f.Prospects(t.Context(), "corp"); err != nil || seen.CanAdvance {
		t.Errorf("it can go on (%s), %v", seen.WhyAdvance, err)
	}
	f.back("agent-3")
	if seen, err := f.Prospects(t.Context(), "corp"); err != nil || !seen.CanAdvance {
		t.Errorf("agent-3 answers, and that changes nothing: %v", err)
	}
	f.advance()
	f.is(clm.RootDistributing) // the gateway
	f.clock.Advance(time.Minute)
	must2(f.RefreshGateway(t.Context(), alice, "dmz"))
	f.advance()
	f.is(clm.RootRetiring) // it has to be refreshed once more
	f.clock.Advance(time.Minute)
	must2(f.RefreshGateway(t.Context(), alice, "dmz"))
	f.advance()
	f.is(clm.RootActive)
}

// Devices that come by themselves do not hide the one that is to be told, however many
// they are.
func TestFleetOfAgentsHidesNobody(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 1, 1)
	profile := must2(f.Profile(t.Context(), "agents"))
	for i := range 101 { // more than are asked
		must2(f.CreateDevice(t.Context(), alice, clm.Device{
			Name: fmt.Sprintf("a-%03d", i), CertSync: clm.SyncManaged, ProfileID: profile.ID, Agent: &clm.ByAgent{},
		}))
	}
	f.away("agent-0")
	f.clock.Advance(time.Minute)
	f.want(wish("corp 2027"))
	f.is(clm.RootDistributing)
	f.back("agent-0")
	if seen := must2(f.Prospects(t.Context(), "corp")); !seen.CanAdvance {
		t.Error("agent-0 answers, and that changes nothing")
	}
}

func must2[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// Cancelled, everything is byte for byte what it was, and the same wish may be
// made again.
func TestCancelReplacement(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 3, 1)
	before, keys, root := f.bundles(), f.keys(), f.corp()
	f.want(wish("corp 2027", held))
	f.want(wish("corp"))
	f.is(clm.RootActive)
	if diff := cmp.Diff(before, f.bundles()); diff != "" {
		t.Errorf("the bundles differ: %s", diff)
	}
	if diff := cmp.Diff(keys, f.keys()); diff != "" {
		t.Errorf("the keys differ: %s", diff)
	}
	if after := f.corp(); after.Active.FingerprintSHA256 != root.Active.FingerprintSHA256 || after.History[0].Outcome != clm.OutcomeCancelled {
		t.Errorf("the slot holds %+v", after)
	}
	f.want(wish("corp 2027"))
	f.is(clm.RootActive)
	f.checkTrail()
}

// Cancelled by somebody else than its owner: the owner's wish is answered, and
// asking again for the same does not stage it again.
func TestCancelByAnAction(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 1, 1)
	f.want(wish("corp 2027", held))
	must2(f.Transit(t.Context(), alice, "corp", clm.VerbCancel, nil))
	f.is(clm.RootActive)
	f.want(wish("corp 2027", held))
	f.is(clm.RootActive)
	if len(f.corp().History) != 1 {
		t.Error("it was staged again")
	}
	f.want(wish("corp", held))
	f.want(wish("corp 2027", held))
	f.is(clm.RootDistributing)
}

// Set back after some children have moved: the old root signs and is served again,
// and nobody is cut off on the way.
func TestRollBackHalfWay(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 2, 2)
	before := f.bundles()
	f.away("server-1")
	f.want(wish("corp 2027"))
	f.is(clm.RootActivating)
	f.away("server-0") // with its leaf of the new root
	f.back("server-1")
	f.want(wish("corp"))
	f.is(clm.RootRollingBack)
	f.back("server-0")
	f.advance()
	f.is(clm.RootActive)
	root := f.corp()
	if root.Active.FingerprintSHA256 != f.row("shop").Current.IssuedBy() || root.History[0].Outcome != clm.OutcomeRolledBack {
		t.Errorf("shop is issued by %s; %+v", f.row("shop").Current.IssuedBy(), root.History)
	}
	if diff := cmp.Diff(before, f.bundles()); diff != "" {
		t.Errorf("the bundles differ: %s", diff)
	}
	f.checkServed()
}

// A child fails: everything stops and says so; then it is tried again.
func TestStopAndRetry(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 2, 2)
	f.deployer.Fail("preflight", full("server-0"))
	f.want(wish("corp 2027"))
	f.is(clm.RootActivating)
	r := f.corp().Replacement
	if !r.Halted || len(r.Failures) != 1 || r.Failures[0].Connector != "server-0" || r.Failures[0].Step != clm.StepPush {
		t.Fatalf("halted %v, failures %+v", r.Halted, r.Failures)
	}
	f.deployer.Fail("preflight", clmtest.Fault{})
	if out, err := f.Advance(t.Context(), alice, "corp", false); err != nil || out.Root.State != clm.RootActivating || !out.Root.Replacement.Halted {
		t.Errorf("without being asked it went on to %s, %v", out.Root.State, err)
	}
	if seen := must2(f.Prospects(t.Context(), "corp")); !seen.CanAdvance {
		t.Error("a plan would not show that it can be tried again")
	}
	f.advance()
	f.is(clm.RootActive)
}

// A child is gone on without: it keeps what it has, and the old root stays trusted
// as long as that may be in use.
func TestOverride(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 2, 2)
	f.deployer.Fail("preflight", full("server-0"))
	f.want(wish("corp 2027"))
	f.is(clm.RootActivating)
	f.want(wish("corp 2027", func(p *clm.ReplacementPolicy) { p.OverrideChildren = []string{"server-0"} }))
	f.is(clm.RootRetiring)
	if r := f.rollout(); len(r.Unmet) != 1 || r.Unmet[0].Code != clm.ViolationOldInUse || !slices.Equal(r.Unmet[0].Devices, []string{"shop"}) {
		t.Errorf("unmet: %+v", r.Unmet)
	}
	f.deployer.Fail("preflight", clmtest.Fault{})
	must(t, f.PushConnector(t.Context(), alice, "server-0").Err)
	f.advance()
	f.is(clm.RootActive)
	if o := f.corp().History[0]; !slices.Equal(o.Overridden, []string{"server-0"}) {
		t.Errorf("on record: %+v", o)
	}
}

// on_failure = roll_back undoes everything, and does not begin again by itself.
func TestRollBackOnFailure(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 2, 2)
	old := f.corp()
	f.deployer.Fail("preflight", full("server-1"))
	rollsBack := func(p *clm.ReplacementPolicy) { p.OnFailure = clm.FailureRollsBack }
	f.want(wish("corp 2027", rollsBack))
	f.is(clm.RootActive) // server-1 never got a leaf of the new root: nothing holds it up
	f.deployer.Fail("preflight", clmtest.Fault{})
	root := f.corp()
	if root.Active.FingerprintSHA256 != old.Active.FingerprintSHA256 || !strings.Contains(root.History[0].Because, "server-1") {
		t.Errorf("the slot holds %s; %+v", root.Active.FingerprintSHA256, root.History)
	}
	f.want(wish("corp 2027", rollsBack))
	f.is(clm.RootActive)
}

func full(device string) clmtest.Fault {
	return clmtest.Fault{Err: clm.Errorf(clm.KindFailed, "no space left on device"), Device: device}
}

// A revoked child is never signed again.
func TestReplaceLeavesRevokedAlone(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 1, 1)
	gone := f.certificate("gone", f.corp())
	must2(f.RevokeCertificate(t.Context(), alice, "gone", "key_compromise"))
	f.want(wish("corp 2027"))
	f.is(clm.RootActive)
	if row := f.row("gone"); row.Current.State != clm.VersionRevoked || row.Current.FingerprintSHA256 != gone.Current.FingerprintSHA256 {
		t.Errorf("gone is %s, version %d", row.Current.State, row.Current.Number)
	}
}

// A certificate nobody holds cannot be proven replaced: it holds back retiring
// until it is released by name.
func TestCertificateNobodyHoldsIsReleased(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 1, 1)
	f.certificate("loose", f.corp())
	f.want(wish("corp 2027"))
	f.is(clm.RootRetiring)
	if r := f.rollout(); len(r.Unmet) != 1 || !slices.Equal(r.Unmet[0].Devices, []string{"loose"}) {
		t.Errorf("unmet: %+v", r.Unmet)
	}
	f.want(wish("corp 2027", func(p *clm.ReplacementPolicy) { p.OverrideChildren = []string{"loose"} }))
	f.is(clm.RootActive)
}

// The same the other way: what the new root has signed and nobody holds keeps it
// trusted, until it is released by name.
func TestRollBackReleasesWhatNobodyHolds(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 1, 1)
	f.certificate("loose", f.corp())
	f.want(wish("corp 2027"))
	f.is(clm.RootRetiring)
	f.want(wish("corp"))
	f.is(clm.RootRollingBack)
	if r := f.rollout(); len(r.Unmet) != 1 || r.Unmet[0].Code != clm.ViolationNewInUse || !slices.Equal(r.Unmet[0].Devices, []string{"loose"}) {
		t.Errorf("unmet: %+v", r.Unmet)
	}
	f.want(wish("corp", func(p *clm.ReplacementPolicy) { p.OverrideChildren = []string{"loose"} }))
	f.is(clm.RootActive)
}

// A silent device keeps the gate closed until it is waived by name, for a time.
func TestSilentDeviceIsWaived(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 3, 1)
	f.away("agent-2")
	f.clock.Advance(8 * 24 * time.Hour)
	f.want(wish("corp 2027"))
	r := f.rollout()
	if r.Standing.Census.Classes[clm.ClassSilent] != 1 || len(r.Unmet) != 2 || r.Unmet[1].Code != clm.ViolationSilentDevices {
		t.Fatalf("classes %v, unmet %+v", r.Standing.Census.Classes, r.Unmet)
	}
	device := must2(f.Device(t.Context(), "agent-2"))
	waiver := clm.Waiver{DeviceID: device.ID, Reason: "on a ship", Until: f.clock.Now().Add(time.Hour)}
	f.want(wish("corp 2027", func(p *clm.ReplacementPolicy) { p.Waivers = []clm.Waiver{waiver} }))
	f.is(clm.RootActive)
}

// Past a closed gate, with a reason that is recorded. A device that lags accepts
// what the new root signs all the same, by the old root's word.
func TestForceFinalize(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 2, 1)
	f.away("agent-1")
	f.want(wish("corp 2027", func(p *clm.ReplacementPolicy) { p.ForceReason = "the old key leaked" }))
	f.is(clm.RootRetiring)
	if forced := f.corp().Replacement.Forced; forced == nil || forced.By != alice.Name || len(forced.Violations) == 0 {
		t.Errorf("on record: %+v", forced)
	}
	if r := f.rollout(); len(r.Unmet) != 1 || r.Unmet[0].Code != clm.ViolationCutOff || !slices.Equal(r.Unmet[0].Devices, []string{"agent-1"}) {
		t.Errorf("unmet: %+v", r.Unmet)
	}
	f.back("agent-1")
	f.advance()
	f.is(clm.RootActive)
}

// The overlap is waited for.
func TestOverlap(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 1, 1)
	overlap := func(p *clm.ReplacementPolicy) { p.Overlap, p.HoldDown = time.Hour, time.Minute }
	f.want(wish("corp 2027", overlap))
	f.is(clm.RootDistributing)
	f.clock.Advance(time.Minute)
	f.advance()
	f.is(clm.RootRetiring)
	f.clock.Advance(time.Hour - time.Second)
	f.advance()
	f.is(clm.RootRetiring)
	f.clock.Advance(time.Second)
	f.advance()
	f.is(clm.RootActive)
}

// What cannot take the active certificate's place is refused before anything is
// recorded.
func TestReplacePreflight(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 1, 1)
	root := f.corp()
	other := f.root("other")
	for name, tt := range map[string]struct {
		change func(w *clm.RootSource, pem *string)
		words  string
	}{
		"no key": {func(s *clm.RootSource, pem *string) {
			s.Kind, s.SelfSigned, *pem = clm.SourcePEM, nil, pemOf(other.Active.Certificate)
		}, "has no private key"},
		"short life": {func(s *clm.RootSource, _ *string) { s.SelfSigned.ValidityPeriodHours = 24 }, "must live 30 days"},
	} {
		w := wish("corp 2027")
		tt.change(&w.Source, &w.CertificatePEM)
		if _, err := f.UpdateRoot(t.Context(), alice, "corp", w); err == nil || !strings.Contains(err.Error(), tt.words) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := f.PreviewRoot(t.Context(), alice, "corp", w); err == nil || !strings.Contains(err.Error(), tt.words) {
			t.Errorf("%s, previewed: %v", name, err)
		}
	}
	if diff := cmp.Diff(root, f.corp()); diff != "" {
		t.Error(diff)
	}
	f.want(wish("corp 2027", held))
	if _, err := f.UpdateRoot(t.Context(), alice, "corp", wish("corp 2028", held)); clm.KindOf(err) != clm.KindRefused {
		t.Errorf("a second replacement: %v", err)
	}
}

// A certificate of the same key replaces nothing: a verifier takes one for the other.
func TestReplaceNeedsAnotherKey(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	spec := pki.KeySpec{Algorithm: "ECDSA", Curve: "P256"}
	key := must2(pki.GenerateKey(spec))
	of := func(name string) engine.RootWish {
		certificate := must2(pki.CreateRoot(pki.RootRequest{
			Subject: pki.Subject{CommonName: name}, Key: spec, NotBefore: s.clock.Now().Add(-time.Hour), Validity: 8760 * time.Hour,
		}, key))
		return engine.RootWish{RootInput: engine.RootInput{
			Name: "corp", Source: clm.RootSource{Kind: clm.SourcePEM},
			CertificatePEM: string(pki.EncodeCertificates(certificate)), PrivateKeyPEM: string(must2(pki.EncodePrivateKey(key))),
		}}
	}
	before := must2(s.CreateRoot(t.Context(), alice, of("corp 2026")))
	_, err := s.UpdateRoot(t.Context(), alice, "corp", of("corp 2027"))
	if clm.KindOf(err) != clm.KindRefused || !strings.Contains(err.Error(), "has the key of the active one") {
		t.Errorf("it was not refused: %v", err)
	}
	if after := must2(s.Root(t.Context(), "corp")); after.State != clm.RootActive || after.Active.FingerprintSHA256 != before.Active.FingerprintSHA256 {
		t.Errorf("it is %s with %s", after.State, after.Active.FingerprintSHA256)
	}
}

// What answers at a profile's server_urls has a certificate like any other. One of
// another root is kept as it is; one of this root may be switched to it at any time.
func TestManagementEndpointIsKeptOrSwitched(t *testing.T) {
	t.Parallel()
	for name, from := range map[string]clm.RootState{"kept": clm.RootActive, "switched": clm.RootDistributing} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFleet(t, 2, 2)
			public := f.root("public")
			f.profile(func(in *engine.ProfileInput) { in.RootIDs = append(in.RootIDs, public.ID) })
			named := must2(f.CreateCertificate(t.Context(), alice, "endpoint", spec("shop", public))).Row
			if from == clm.RootDistributing {
				f.want(wish("corp 2027", held))
			}
			f.is(from)
			moved := connectorInput("server-0", named, f.known("server-0"))
			must2(pushOrFail(f.UpdateConnector(t.Context(), alice, "server-0", moved)))
			served := f.credentials("server-0")
			f.want(wish("corp 2027"))
			f.is(clm.RootActive)
			if !slices.EqualFunc(f.credentials("server-0").Certificate, served.Certificate, slices.Equal) {
				t.Error("the endpoint's certificate was touched")
			}
			if r := f.corp(); r.History[0].Outcome != clm.OutcomeCompleted {
				t.Errorf("it ended %+v", r.History[0])
			}
		})
	}
}
