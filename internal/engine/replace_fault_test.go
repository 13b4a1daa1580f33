package engine_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/engine"
)

// fault is one act on devices that goes wrong.
type fault struct {
	act     string // a method of the deployer, or look again: the look after an installation
	kind    clm.Kind
	applied bool
	all     bool // every device has it, not only one
}

const lookAgain = "look again"

func (x fault) String() string {
	return fmt.Sprintf("%s is %s, applied %t, all %t", x.act, x.kind, x.applied, x.all)
}

// faults are all that can go wrong with some acts.
func faults(acts ...string) (all []fault) {
	for _, act := range acts {
		for _, kind := range []clm.Kind{clm.KindFailed, clm.KindUnreachable} {
			for _, one := range []bool{true, false} {
				all = append(all, fault{act, kind, false, !one})
				if act == "install" {
					all = append(all, fault{act, kind, true, !one})
				}
			}
		}
	}
	return all
}

const trouble = "the disk is full"

// strikes makes the fault happen to a device, or to all.
func (x fault) strikes(f *fleet, device string) {
	if x.all {
		device = ""
	}
	err := clm.Errorf(x.kind, trouble)
	if x.act == lookAgain {
		f.deployer.Deployer = &blinded{Deployer: f.deployer.Deployer, device: device, err: err, next: map[string]bool{}}
		return
	}
	f.deployer.Fail(x.act, clmtest.Fault{Err: err, Applied: x.applied, Device: device})
}

func (x fault) ends(f *fleet) {
	if blind, ok := f.deployer.Deployer.(*blinded); ok {
		f.deployer.Deployer = blind.Deployer
	}
	f.deployer.Fail(x.act, clmtest.Fault{})
}

// of are those of the devices that have the fault, given the one.
func (x fault) of(devices []string, one string) []string {
	if x.all {
		return devices
	}
	return []string{one}
}

// blinded fails the look that follows an installation.
type blinded struct {
	engine.Deployer
	device string
	err    error
	next   map[string]bool
}

func (b *blinded) Install(ctx context.Context, d clm.Device, set clm.FileSet) error {
	b.next[d.Name] = b.device == "" || b.device == d.Name
	return b.Deployer.Install(ctx, d, set)
}

func (b *blinded) Observe(ctx context.Context, d clm.Device, set clm.FileSet) ([]clm.ObservedFile, error) {
	if b.next[d.Name] {
		b.next[d.Name] = false
		return nil, b.err
	}
	return b.Deployer.Observe(ctx, d, set)
}

// undisturbedEnd is where a fleet ends when nothing goes wrong.
func (f *fleet) undisturbedEnd(t *testing.T) []string {
	t.Helper()
	f = f.copied(t)
	f.want(wish("corp 2027", held))
	f.want(wish("corp 2027"))
	f.is(clm.RootActive)
	return f.ending()
}

func (f *fleet) endsLike(want []string) {
	f.t.Helper()
	if diff := cmp.Diff(want, f.ending()); diff != "" {
		f.t.Errorf("it ended otherwise: %s", diff)
	}
}

// resting is a fleet at rest, to be copied.
func resting(t *testing.T, agents, servers int) *fleet {
	t.Helper()
	f := newFleet(t, agents, servers)
	must(t, f.store.Close())
	return f
}

// A device that cannot be told is counted as what it is, with the reason where there
// is one, and keeps the gate closed; the others are told all the same. Once it can be
// told the replacement goes on as if nothing had been.
func TestTellingSurvivesEveryFailure(t *testing.T) {
	t.Parallel()
	base := resting(t, 3, 1)
	want := base.undisturbedEnd(t)
	for _, x := range faults("observe", "install", lookAgain) {
		t.Run(x.String(), func(t *testing.T) {
			t.Parallel()
			f := base.copied(t)
			before := f.receipt("agent-1")
			x.strikes(f, "agent-1")
			f.checkTroubled(x, f.want(wish("corp 2027", held)).Told)
			if after := f.receipt("agent-1"); after.Digest != before.Digest || after.ReceivedAt != before.ReceivedAt {
				t.Errorf("what agent-1 stated is lost: %+v", after)
			}
			x.ends(f)
			again := must2(f.CheckInDevice(t.Context(), alice, "agent-1"))
			if receipt := f.receipt("agent-1"); again.Err != nil || receipt.Failure != "" || receipt.Digest == before.Digest {
				t.Errorf("told again: %v, %+v", again.Err, receipt)
			}
			f.want(wish("corp 2027"))
			f.endsLike(want)
		})
	}
}

// checkTroubled holds the count to the fault that agents have.
func (f *fleet) checkTroubled(x fault, told []engine.CheckIn) {
	f.t.Helper()
	class, reason := clm.ClassFailed, trouble
	if x.kind == clm.KindUnreachable {
		class, reason = clm.ClassPending, ""
	}
	troubled := x.of(f.agents, "agent-1")
	n := int64(len(troubled))
	r := f.rollout()
	census := r.Standing.Census
	if census.Expected != 3 || census.Received != 3-n || census.Classes[class] != n || census.Classes[clm.ClassReceived] != 3-n {
		f.t.Errorf("%d of %d, %v", census.Received, census.Expected, census.Classes)
	}
	if names := namesOf(r.Laggards, func(l engine.Laggard) string { return l.Report.Name }); !slices.Equal(names, troubled) {
		f.t.Errorf("%v lag behind", names)
	}
	for _, l := range r.Laggards {
		if l.Class != class || l.Report.Failure != reason {
			f.t.Errorf("%s is %s: %q", l.Report.Name, l.Class, l.Report.Failure)
		}
	}
	if names := namesOf(told, func(c engine.CheckIn) string { return c.Device.Name }); !slices.Equal(names, troubled) || told[0].Err.Error() != trouble {
		f.t.Errorf("in trouble are %v: %v", names, told)
	}
	_, err := f.Transit(f.t.Context(), alice, "corp", clm.VerbFinalize, nil)
	if clm.KindOf(err) != clm.KindRefused || !strings.Contains(err.Error(), fmt.Sprintf("%d of 3 devices", 3-n)) {
		f.t.Errorf("finalize: %v", err)
	}
}

func namesOf[T any](all []T, name func(T) string) (names []string) {
	for _, one := range all {
		names = append(names, name(one))
	}
	return names
}

// A server that cannot be served keeps what it has, whole, and is named; the others
// are served all the same. Once it can be served the replacement goes on as if
// nothing had been.
func TestServingSurvivesEveryFailure(t *testing.T) {
	t.Parallel()
	base := resting(t, 1, 3)
	want := base.undisturbedEnd(t)
	for _, x := range faults("preflight", "install", "observe", lookAgain) {
		for _, policy := range []clm.OnFailure{clm.FailureStops, clm.FailureContinues} {
			t.Run(fmt.Sprintf("%s, on failure %s", x, policy), func(t *testing.T) {
				t.Parallel()
				f := base.copied(t)
				f.want(wish("corp 2027", held))
				x.strikes(f, "server-1")
				out := f.want(wish("corp 2027", func(p *clm.ReplacementPolicy) { p.OnFailure = policy }))
				f.is(clm.RootActivating)
				f.checkUnserved(x, policy, out.Waiting)
				x.ends(f)
				f.advance()
				f.endsLike(want)
			})
		}
	}
}

// checkUnserved holds what is on record to the fault that servers have.
func (f *fleet) checkUnserved(x fault, policy clm.OnFailure, waiting []engine.PushOutcome) {
	f.t.Helper()
	troubled, failed := x.of(f.servers, "server-1"), x.kind == clm.KindFailed
	stops := failed && policy == clm.FailureStops
	if stops {
		troubled = troubled[:1] // the rest is not tried
	}
	r := f.corp().Replacement
	named := namesOf(r.Failures, func(x clm.ChildFailure) string { return x.Connector })
	if !failed {
		named = namesOf(waiting, func(p engine.PushOutcome) string { return p.Connector.Name })
	}
	if slices.Sort(named); !slices.Equal(named, troubled) || failed == (len(r.Failures) == 0) || r.Halted != stops {
		f.t.Errorf("in trouble are %v, halted %t, failures %+v", named, r.Halted, r.Failures)
	}
	for i, server := range f.servers {
		c := must2(f.Connector(f.t.Context(), server))
		had := slices.Contains(troubled, server)
		begun := had && x.act != "preflight"
		if untried := stops && i > slices.Index(f.servers, troubled[0]); untried {
			had = true
		}
		if (c.LastPush.Version == 1) != had || (c.State == clm.PushFailed) != begun || begun != (c.Failure == trouble) {
			f.t.Errorf("%s is %s at version %d: %q", server, c.State, c.LastPush.Version, c.Failure)
		}
	}
}

// What a moved server had at its old place cannot be removed: that is a failure like
// any other, though the server is served; and it is removed in the end.
func TestServingAMovedServerSurvivesFailure(t *testing.T) {
	t.Parallel()
	for _, kind := range []clm.Kind{clm.KindFailed, clm.KindUnreachable} {
		for _, applied := range []bool{false, true} {
			f := newFleet(t, 1, 1)
			f.want(wish("corp 2027", held))
			f.deployer.Fail("remove", clmtest.Fault{Err: clm.Errorf(kind, trouble), Applied: applied})
			moved := must2(f.Connector(t.Context(), "server-0"))
			moved.FileSystem.Directory = "srv"
			if out, err := f.UpdateConnector(t.Context(), alice, "server-0", moved); err != nil || out.Push.Err == nil {
				t.Fatalf("moved: %v, %v", err, out.Push.Err)
			}
			must2(f.UpdateRoot(t.Context(), alice, "corp", wish("corp 2027")))
			must2(f.Advance(t.Context(), alice, "corp", true))
			if c := must2(f.Connector(t.Context(), "server-0")); c.State != clm.Pushed || c.LastPush.Version != 2 || len(c.Leftover) != 1 {
				t.Errorf("%s, %t: server-0 is %s at version %d, leftover %d", kind, applied, c.State, c.LastPush.Version, len(c.Leftover))
			}
			f.deployer.Fail("remove", clmtest.Fault{})
			must(t, goesOn(f))
			must(t, pushes("server-0")(f))
			f.is(clm.RootActive)
			for path := range f.stage.files() {
				if strings.HasPrefix(path, "/server-0/etc") {
					t.Errorf("%s is left", path)
				}
			}
			f.checkTrail()
		}
	}
}

// A child that cannot be issued is named as such; then it is tried again.
func TestIssuingAChildFails(t *testing.T) {
	t.Parallel()
	base := resting(t, 1, 1)
	want := base.undisturbedEnd(t)
	for _, late := range []bool{false, true} {
		f := base.copied(t)
		f.want(wish("corp 2027", held))
		if fault := clm.Errorf(clm.KindFailed, trouble); late {
			f.issuer.late = fault
		} else {
			f.issuer.err = fault
		}
		f.want(wish("corp 2027"))
		r := f.corp().Replacement
		if len(r.Failures) != 1 || r.Failures[0].Name() != "shop" || r.Failures[0].Step != clm.StepIssue || !r.Halted {
			t.Errorf("halted %t, failures %+v", r.Halted, r.Failures)
		}
		f.issuer.err, f.issuer.late = nil, nil
		f.advance()
		f.endsLike(want)
	}
}

// What is done with is not touched: neither a revoked certificate that never got to
// its server, nor one that is gone on without, stops the others.
func TestReplaceLeavesAloneWhatIsDoneWith(t *testing.T) {
	t.Parallel()
	base := newFleet(t, 1, 1)
	base.connector("edge", base.certificate("api", base.corp()), base.device("full"))
	base.deployer.Fail("preflight", full("full"))
	if out, err := base.renew("api", "2"); err != nil || out.Pushes[0].Err == nil {
		t.Fatalf("renewed: %v", err)
	}
	must(t, base.store.Close())
	t.Run("revoked", func(t *testing.T) {
		t.Parallel()
		f := base.copied(t)
		must2(f.RevokeCertificate(t.Context(), alice, "api", "key_compromise"))
		f.want(wish("corp 2027"))
		f.is(clm.RootRetiring) // its first version is on the server still, and may be in use
		if r := f.rollout(); len(r.Unmet) != 1 || !slices.Equal(r.Unmet[0].Devices, []string{"api"}) {
			t.Errorf("unmet: %+v", r.Unmet)
		}
		f.want(wish("corp 2027", without("api")))
		f.is(clm.RootActive)
	})
	t.Run("gone on without", func(t *testing.T) {
		t.Parallel()
		f := base.copied(t)
		f.deployer.Fail("preflight", full("full"))
		f.want(wish("corp 2027"))
		f.is(clm.RootActivating)
		f.want(wish("corp 2027", without("api")))
		f.is(clm.RootActive)
	})
}

// meanwhile lets something happen just before files are installed for the first time.
type meanwhile struct {
	engine.Deployer
	do func()
}

func (m *meanwhile) Install(ctx context.Context, d clm.Device, set clm.FileSet) error {
	if do := m.do; do != nil {
		m.do = nil
		do()
	}
	return m.Deployer.Install(ctx, d, set)
}

// Trouble of the estate's own, somebody who serves the same server at the same time,
// or an end of the caller's patience is no failure of a child: nothing stops and
// nothing is rolled back because of it.
func TestNoFailureOfAChild(t *testing.T) {
	t.Parallel()
	base := resting(t, 1, 2)
	want := base.undisturbedEnd(t)
	for name, disturb := range map[string]func(f *fleet, cancel func()) func(){
		"the disk is gone": func(f *fleet, _ func()) func() { return func() { f.store.failNext(1, false, false) } },
		"somebody serves it too": func(f *fleet, _ func()) func() {
			other := reopened(f, f.clock)
			return func() { must(f.t, other.PushConnector(f.t.Context(), alice, "server-0").Err) }
		},
		"somebody does it all": func(f *fleet, _ func()) func() {
			other := reopened(f, f.clock)
			return func() { must(f.t, goesOn(other)) }
		},
		"called off": func(_ *fleet, cancel func()) func() { return cancel },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := base.copied(t)
			f.want(wish("corp 2027", held))
			must2(f.UpdateRoot(t.Context(), alice, "corp", wish("corp 2027", rollsBack)))
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			f.deployer.Deployer = &meanwhile{f.deployer.Deployer, disturb(f, cancel)}
			if _, err := f.Advance(ctx, alice, "corp", true); clm.KindOf(err) == clm.KindConflict {
				t.Errorf("a conflict gets through: %v", err)
			}
			for _, e := range f.trail() {
				if e.Action == "root_certificate.fail_child" || e.Action == "root_certificate.roll_back" {
					t.Errorf("on record: %s, %v", e.Action, e.Details)
				}
			}
			f.advance()
			f.endsLike(want)
		})
	}
}

// Nor is it one that somebody takes a child away meanwhile, or one of its connectors.
func TestReplaceWhileAChildIsTakenAway(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 1, 2)
	f.certificate("api", f.corp())
	f.want(wish("corp 2027", held))
	must2(f.UpdateRoot(t.Context(), alice, "corp", wish("corp 2027", rollsBack)))
	other := reopened(f, f.clock)
	f.issuer.meanwhile = sync.OnceFunc(func() { must(t, other.DeleteCertificate(t.Context(), alice, "api")) })
	f.deployer.Deployer = &meanwhile{f.deployer.Deployer, func() { must(t, other.DeleteConnector(t.Context(), alice, "server-0")) }}
	must2(f.Advance(t.Context(), alice, "corp", true))
	f.is(clm.RootActive)
	if o := f.corp().History[0]; o.Outcome != clm.OutcomeCompleted || o.Because != "" {
		t.Errorf("on record: %+v", o)
	}
}
