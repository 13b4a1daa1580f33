package engine_test

import (
	"flag"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/property"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/engine"
)

// slot is the model of a root's slot: which certificates it holds, by subject, and
// where it may go from there.
type slot struct {
	state                    clm.RootState
	active, target, declined string
}

// moves is the table of transitions, once more.
var moves = map[string]map[clm.RootState]clm.RootState{
	"replace":             {"active": "distributing"},
	"cancel":              {"distributing": "active"},
	"finalize":            {"distributing": "activating"},
	"retry":               {"activating": "activating"},
	"override":            {"activating": "activating"},
	"complete_activation": {"activating": "retiring"},
	"roll_back":           {"activating": "rolling_back", "retiring": "rolling_back"},
	"retire":              {"retiring": "active"},
	"restore":             {"rolling_back": "active"},
}

// wished is what the owner is known to want.
func (m slot) wished() string {
	switch {
	case m.declined != "":
		return m.declined
	case m.target != "" && m.state != clm.RootRollingBack:
		return m.target
	}
	return m.active
}

// wish tells which verb a wish comes to, "" for none, and whether it is refused.
func (m slot) wish(subject string) (verb string, refused bool) {
	switch {
	case subject == m.wished():
		return "", false
	case m.state == clm.RootActive && subject != m.active:
		return clm.VerbReplace, false
	case subject != m.active:
		return "", true
	}
	return map[clm.RootState]string{
		clm.RootDistributing: clm.VerbCancel, clm.RootActivating: clm.VerbRollBack, clm.RootRetiring: clm.VerbRollBack,
	}[m.state], false
}

// world is a fleet to which anything may happen.
type world struct {
	*fleet
	slot
	wants  string        // the subject asked for last
	owner  bool          // it is the owner who goes back
	seen   int64         // rows of the trail that the model has followed
	gone   []string      // devices that are away
	waived []string      // agents that are gone on without
	later  time.Duration // how much time has passed
	count  int           // makes names and triggers new
}

// drawn is a test whose failures are those of a sequence of steps.
type drawn struct {
	testing.TB
	rt *rapid.T
}

func (d drawn) Helper()                      {}
func (d drawn) Cleanup(fn func())            { d.rt.Cleanup(fn) }
func (d drawn) Error(all ...any)             { d.rt.Error(all...) }
func (d drawn) Errorf(f string, args ...any) { d.rt.Errorf(f, args...) }
func (d drawn) Fatal(all ...any)             { d.rt.Fatal(all...) }
func (d drawn) Fatalf(f string, args ...any) { d.rt.Fatalf(f, args...) }

// Whatever is asked, and whatever goes wrong: the slot goes where the table says,
// what holds for a replacement holds after every step, and once everything is back
// and the wish is repeated it comes to its end.
func TestReplaceWhateverHappens(t *testing.T) {
	t.Parallel()
	base := newFleet(t, 2, 2)
	base.dmz()
	base.connector("edge", base.certificate("api", base.corp()), base.device("edge"))
	must(t, base.store.Close())
	left, failed := sequences(), false
	property.Check(t, func(rt *rapid.T) {
		if left--; left < 0 && !failed {
			return // a failure is tried as often as it takes to make it shorter
		}
		before := failed
		failed = true
		w := &world{fleet: base.copied(drawn{t, rt}), slot: slot{state: clm.RootActive, active: "corp"}}
		w.seen = int64(len(w.trail()))
		rt.Repeat(w.actions())
		w.settle()
		failed = before || rt.Failed()
	})
}

// sequences is how many there are: each takes its time. -rapid.checks=400 makes it 100.
func sequences() int {
	checks, err := strconv.Atoi(flag.Lookup("rapid.checks").Value.String())
	if err != nil {
		panic(err)
	}
	return (checks + 3) / 4
}

// actions are what may happen; those that come first happen more often.
func (w *world) actions() map[string]func(*rapid.T) {
	return map[string]func(*rapid.T){
		"01 wish": w.wishAnything, "02 advance": w.goOn, "03 leave": w.leave, "04 break": w.breakDown, "05 transit": w.transit,
		"06 crash": w.crash, "07 return": w.comeBack, "08 mend": func(*rapid.T) { w.mend() },
		"09 refresh": func(*rapid.T) { w.refresh() }, "10 wait": w.wait,
		"11 agent comes": w.agentComes, "12 agent goes": w.agentGoes,
		"13 renew": w.renewAny, "14 revoke": w.revoke, "15 api goes": w.apiGoes, "16 api comes": w.apiComes,
		"": func(*rapid.T) { w.check() },
	}
}

var allVerbs = []string{clm.VerbFinalize, clm.VerbCancel, clm.VerbRollBack, clm.VerbRetry, clm.VerbOverride}

func pick[T any](rt *rapid.T, label string, from ...T) T {
	return rapid.SampledFrom(from).Draw(rt, label)
}

// policy draws how careful the owner is.
func (w *world) policy(rt *rapid.T) func(*clm.ReplacementPolicy) {
	return func(p *clm.ReplacementPolicy) {
		p.Finalize = pick(rt, "finalize", true, true, false)
		p.OnFailure = pick(rt, "on failure", clm.FailureStops, clm.FailureContinues, clm.FailureRollsBack)
		p.MinimumReceivedPercent = pick[int64](rt, "percent", 100, 50, 0)
		p.HoldDown, p.Overlap = pick[time.Duration](rt, "hold down", 0, 0, time.Hour), pick[time.Duration](rt, "overlap", 0, time.Hour)
		p.SilentAfter = pick[time.Duration](rt, "silent after", 7*24*time.Hour, 24*time.Hour, 0)
		p.ForceReason = pick(rt, "force", "", "", "", "hurry")
		p.OverrideChildren = w.names(rt)
		if len(w.agents) > 0 && pick(rt, "waive", false, false, false, true) {
			name := rapid.SampledFrom(w.agents).Draw(rt, "waived")
			w.waived = append(w.waived, name)
			p.Waivers = []clm.Waiver{{DeviceID: w.known(name).ID, Reason: "on a ship", Until: w.clock.Now().Add(time.Hour)}}
		}
	}
}

// names are of connectors, or of the certificate that nobody connects to.
func (w *world) names(rt *rapid.T) []string {
	return pick(rt, "override", nil, nil, []string{"server-0"}, []string{"edge"}, []string{"api", "server-1"})
}

func (w *world) wishAnything(rt *rapid.T) {
	w.wants = pick(rt, "subject", "corp 2027", "corp", "corp 2028")
	asked := wish(w.wants, w.policy(rt))
	verb, refused := w.slot.wish(w.wants)
	w.owner = true
	rows, err := w.does(func() error {
		_, err := w.UpdateRoot(w.t.Context(), alice, "corp", asked)
		return err
	})
	if (clm.KindOf(err) == clm.KindRefused) != refused || !refused && err != nil {
		w.t.Fatalf("in %+v the wish for %s comes to %q, refused %t: %v", w.slot, w.wants, verb, refused, err)
	}
	if !refused && w.wants == w.active {
		w.declined = ""
	}
	if done := verbsOf(rows); verb != "" && !slices.Equal(done, []string{verb}) || verb == "" && len(done) > 0 {
		w.t.Fatalf("in %+v the wish for %s did %v, want %q", w.slot, w.wants, done, verb)
	}
	w.follow()
	w.owner = false
}

// does tells which rows something leaves; what is refused leaves none, and nothing
// else either.
func (w *world) does(something func() error) ([]clm.AuditEvent, error) {
	before := w.corp()
	err := something()
	rows := w.trail()[w.seen:]
	if diff := cmp.Diff(before, w.corp()); err != nil && (diff != "" || len(rows) > 0) {
		w.t.Fatalf("%v, and yet: %s, %v", err, diff, rows)
	}
	return rows, err
}

// verbsOf are the moves of the slot among rows.
func verbsOf(rows []clm.AuditEvent) (verbs []string) {
	for _, row := range rows {
		verb := strings.TrimPrefix(row.Action, string(clm.NounRoot)+".")
		if _, known := moves[verb]; known {
			verbs = append(verbs, verb)
		}
	}
	return verbs
}

func (w *world) transit(rt *rapid.T) {
	verb, names := rapid.SampledFrom(allVerbs).Draw(rt, "verb"), w.names(rt)
	_, legal := moves[verb][w.state]
	if verb == clm.VerbFinalize && legal {
		r := w.rollout()
		legal = len(r.Unmet) == 0 || r.Standing.Root.Settings().ForceReason != ""
	}
	_, err := w.does(func() error {
		_, err := w.Transit(w.t.Context(), alice, "corp", verb, names)
		return err
	})
	if legal != (err == nil) || !legal && clm.KindOf(err) != clm.KindRefused {
		w.t.Fatalf("%s in %+v, legal %t: %v", verb, w.slot, legal, err)
	}
	w.follow()
}

func (w *world) goOn(rt *rapid.T) {
	if pick(rt, "refresh", true, false) {
		w.refresh()
	}
	if _, err := w.Advance(w.t.Context(), alice, "corp", rapid.Bool().Draw(rt, "again")); err != nil {
		w.t.Fatal(err)
	}
	w.follow()
}

// crash lets a process die, or only see one write fail, while it goes on.
func (w *world) crash(rt *rapid.T) {
	w.store.failNext(rapid.IntRange(1, 8).Draw(rt, "write"), rapid.Bool().Draw(rt, "applied"), rapid.Bool().Draw(rt, "dies"))
	if _, err := w.Advance(w.t.Context(), alice, "corp", true); err != nil && clm.KindOf(err) != clm.KindUnavailable {
		w.t.Fatal(err)
	}
	w.store.failNext(0, false, false)
	w.follow()
}

// follow lets the model do what the trail says was done.
func (w *world) follow() {
	rows := w.trail()[w.seen:]
	for _, verb := range verbsOf(rows) {
		to, legal := moves[verb][w.state]
		if !legal {
			w.t.Fatalf("%s was done in %+v", verb, w.slot)
		}
		w.move(verb, to)
	}
	w.seen += int64(len(rows))
}

func (w *world) move(verb string, to clm.RootState) {
	w.state = to
	switch verb {
	case clm.VerbReplace:
		w.target, w.declined = w.wants, ""
	case clm.VerbCancel, clm.VerbRollBack:
		if !w.owner {
			w.declined = w.target
		}
	case clm.VerbRetire:
		w.active = w.target
	}
	if to == clm.RootActive {
		w.target = ""
	}
}

func (w *world) leave(rt *rapid.T) {
	here := slices.Concat(w.agents, w.servers, []string{"edge"})
	here = slices.DeleteFunc(here, func(name string) bool { return slices.Contains(w.gone, name) })
	if len(here) > 0 {
		name := rapid.SampledFrom(here).Draw(rt, "leaves")
		w.away(name)
		w.gone = append(w.gone, name)
	}
}

func (w *world) comeBack(rt *rapid.T) {
	if len(w.gone) > 0 {
		i := rapid.IntRange(0, len(w.gone)-1).Draw(rt, "returns")
		w.back(w.gone[i])
		w.gone = slices.Delete(w.gone, i, i+1)
	}
}

func (w *world) breakDown(rt *rapid.T) {
	w.deployer.Fail(pick(rt, "act", "preflight", "observe", "install", "remove"), clmtest.Fault{
		Err:     clm.Errorf(pick(rt, "kind", clm.KindFailed, clm.KindUnreachable), trouble),
		Applied: rapid.Bool().Draw(rt, "applied"), Device: pick(rt, "device", "server-0", "edge", "agent-0", ""),
	})
}

func (w *world) mend() {
	for _, act := range []string{"preflight", "observe", "install", "remove"} {
		w.deployer.Fail(act, clmtest.Fault{})
	}
}

func (w *world) refresh() {
	w.clock.Advance(time.Second)
	must2(w.RefreshGateway(w.t.Context(), alice, "dmz"))
}

// wait lets time pass, less than a certificate lives.
func (w *world) wait(rt *rapid.T) {
	d := pick(rt, "time", time.Minute, 2*time.Hour, 26*time.Hour)
	if w.later += d; w.later < 20*24*time.Hour {
		w.clock.Advance(d)
	}
}

func (w *world) agentComes(*rapid.T) {
	if w.count++; len(w.agents) > 3 {
		return
	}
	name := fmt.Sprintf("new-%d", w.count)
	in := w.deviceInput(name)
	in.ProfileID, in.Critical = must2(w.Profile(w.t.Context(), "agents")).ID, w.count%2 == 0
	must2(w.CreateDevice(w.t.Context(), alice, in))
	must2(w.CheckInDevice(w.t.Context(), alice, name))
	w.agents = append(slices.Clone(w.agents), name)
}

func (w *world) agentGoes(rt *rapid.T) {
	if len(w.agents) == 0 {
		return
	}
	name := rapid.SampledFrom(w.agents).Draw(rt, "goes")
	must(w.t, w.DeleteDevice(w.t.Context(), alice, name))
	leaves := func(other string) bool { return other == name }
	w.agents = slices.DeleteFunc(slices.Clone(w.agents), leaves)
	w.gone = slices.DeleteFunc(w.gone, leaves)
}

// absent passes over what is not there any more.
func (w *world) absent(err error) {
	if err != nil && clm.KindOf(err) != clm.KindNotFound {
		w.t.Fatal(err)
	}
}

func (w *world) renewAny(rt *rapid.T) {
	w.count++
	name := pick(rt, "certificate", "shop", "api")
	if name == "api" {
		if _, err := w.Certificate(w.t.Context(), name); err != nil {
			return
		}
	}
	_, err := w.renew(name, strconv.Itoa(w.count))
	w.absent(err)
}

func (w *world) revoke(*rapid.T) {
	_, err := w.RevokeCertificate(w.t.Context(), alice, "api", "superseded")
	w.absent(err)
}

func (w *world) apiGoes(rt *rapid.T) {
	if err := w.DeleteConnector(w.t.Context(), alice, "edge"); rapid.Bool().Draw(rt, "wholly") && gone(err) == nil {
		w.absent(w.DeleteCertificate(w.t.Context(), alice, "api"))
	}
}

func (w *world) apiComes(*rapid.T) {
	row, err := w.Certificate(w.t.Context(), "api")
	if err != nil {
		row = w.certificate("api", w.corp())
	}
	if _, err := w.Connector(w.t.Context(), "edge"); err != nil {
		_, _ = w.CreateConnector(w.t.Context(), alice, connectorInput("edge", row, w.known("edge"))) // there may be trouble
	}
}

// check holds what is true after every step.
func (w *world) check() {
	w.follow()
	root := w.corp()
	got := slot{root.State, subjects(root.Active.Certificate), "", ""}
	if root.Replacement != nil {
		got.target = subjects(root.Replacement.Target.Certificate)
	}
	if root.Declined != nil {
		got.declined = subjects(root.Declined.Target.Certificate)
	}
	if got != w.slot || (root.State == clm.RootActive) != (root.Replacement == nil) {
		w.t.Fatalf("the slot is %+v, and the model %+v", got, w.slot)
	}
	published := must2(w.Bundle(w.t.Context(), "agents"))
	if !published.Holds(root.Signer().FingerprintSHA256) || published.Digest != clm.NewBundle(root.Trusted()).Digest {
		w.t.Errorf("%s is published, and signed by %s", subjects(published.Certificates...), subjects(root.Signer().Certificate))
	}
	w.checkSigners(root)
	w.checkCensus(root)
	w.checkAccepted()
	w.checkKeys()
	w.checkTrail()
}

// checkSigners holds that nothing is signed by a root before its bundle has met the
// gate, and that each replacement ends once.
func (w *world) checkSigners(root clm.RootCertificate) {
	ids := map[string]bool{}
	for _, o := range root.History {
		ids[o.ID] = true
	}
	if len(ids) != len(root.History) {
		w.t.Errorf("a replacement has ended twice: %+v", root.History)
	}
	if root.State != clm.RootDistributing {
		return
	}
	for _, row := range must2(w.Certificates(w.t.Context(), clm.CertificateFilter{}, clm.Page{})) {
		if row.Current.IssuedBy() == root.Replacement.Target.FingerprintSHA256 {
			w.t.Errorf("%s is signed by the new root already", row.Certificate.Name)
		}
	}
}

// checkAccepted holds that every agent that has installed a bundle accepts what
// every server serves, wherever they are.
func (w *world) checkAccepted() {
	for _, agent := range w.agents {
		if slices.Contains(w.waived, agent) || !w.has(agent, "etc/trust/ca.pem") {
			continue
		}
		for _, server := range w.servers {
			if err := handshake(w.credentials(server), w.trust(agent), w.clock.Now()); err != nil {
				w.t.Errorf("%s does not accept %s: %v", agent, server, err)
			}
		}
	}
}

// settle brings everything back and repeats the wish.
func (w *world) settle() {
	w.mend()
	for _, name := range w.gone {
		w.back(name)
	}
	w.gone = nil
	want := w.wished()
	end := want
	if w.declined != "" || w.state == clm.RootRollingBack {
		end = w.active
	}
	w.rest(wish(want))
	if w.state != clm.RootActive {
		w.checkHeldBack()
		w.rest(wish(want, without("api")))
	}
	if w.state != clm.RootActive || w.active != end {
		w.t.Fatalf("it rests in %+v, unmet %+v", w.slot, w.rollout().Unmet)
	}
	w.published()
	w.checkServed()
}

// rest asks once more and goes on as far as that leads.
func (w *world) rest(asked engine.RootWish) {
	must2(w.UpdateRoot(w.t.Context(), alice, "corp", asked))
	for range 3 {
		must(w.t, goesOn(w.fleet))
		w.putRight()
		w.refresh()
	}
	w.check()
}

// putRight does what a plan does about devices and connectors that are not as they
// should be.
func (w *world) putRight() {
	for _, agent := range w.agents {
		if w.trusted(agent).Pending {
			must(w.t, w.told(agent))
		}
	}
	for _, c := range must2(w.Connectors(w.t.Context(), clm.ConnectorFilter{}, clm.Page{})) {
		seen := must2(w.ObserveConnector(w.t.Context(), c.ID))
		if c.WantsPush(seen.Sync) && seen.Current.State != clm.VersionRevoked {
			must(w.t, w.PushConnector(w.t.Context(), alice, c.ID).Err)
		}
	}
}

// checkHeldBack holds that only what may be in use somewhere keeps the slot from
// being at rest, and that it is named.
func (w *world) checkHeldBack() {
	r := w.rollout()
	codes := map[clm.RootState]clm.ViolationCode{clm.RootRetiring: clm.ViolationOldInUse, clm.RootRollingBack: clm.ViolationNewInUse}
	for _, v := range r.Unmet {
		if v.Code != codes[w.state] || slices.Compact(slices.Clone(v.Devices))[0] != "api" {
			w.t.Errorf("%+v is held back by %+v", w.slot, v)
		}
	}
	if len(r.Unmet) == 0 {
		w.t.Errorf("%+v is held back by nothing", w.slot)
	}
}
