package engine_test

import (
	"crypto/x509"
	"fmt"
	"maps"
	"os"
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

// command is what an owner or an operator asks for. It sets the world up for
// itself and, given again, does what is still missing.
type command func(f *fleet) error

// step is a command and where it leaves the slot.
type step struct {
	do    command
	leads clm.RootState
}

// story is a replacement, command by command.
type story struct {
	agents, servers int
	gateway         bool
	steps           []step
	outcome         string // the one on record at the end
}

// stories are the ways a replacement can go.
var stories = map[string]story{
	"the whole way": {3, 2, true, []step{
		{wants("corp 2027", held), clm.RootDistributing}, {refreshes, clm.RootDistributing},
		{wants("corp 2027"), clm.RootRetiring}, {refreshes, clm.RootActive},
	}, clm.OutcomeCompleted},
	"cancelled": {2, 1, false, []step{
		{wants("corp 2027", held), clm.RootDistributing}, {wants("corp"), clm.RootActive},
	}, clm.OutcomeCancelled},
	"cancelled by an action": {2, 1, false, []step{
		{wants("corp 2027", held), clm.RootDistributing}, {asks(clm.VerbCancel), clm.RootActive}, {wants("corp 2027", held), clm.RootActive},
	}, clm.OutcomeCancelled},
	"set back half-way": {1, 2, false, []step{
		{out("server-1", wants("corp 2027")), clm.RootActivating}, {wants("corp"), clm.RootActive},
	}, clm.OutcomeRolledBack},
	"set back without a server": {1, 2, false, []step{
		{wants("corp 2027", slow), clm.RootRetiring}, {out("server-1", wants("corp", without("server-1"))), clm.RootRollingBack},
		{pushes("server-1"), clm.RootRollingBack}, {goesOn, clm.RootActive},
	}, clm.OutcomeRolledBack},
	"set back by an action": {1, 1, false, []step{
		{wants("corp 2027", slow), clm.RootRetiring}, {asks(clm.VerbRollBack), clm.RootActive}, {wants("corp 2027", slow), clm.RootActive},
	}, clm.OutcomeRolledBack},
	"stopped and tried again": {1, 2, false, []step{
		{fails("server-0", wants("corp 2027")), clm.RootActivating}, {goesOn, clm.RootActive},
	}, clm.OutcomeCompleted},
	"gone on without a server": {1, 2, false, []step{
		{fails("server-0", wants("corp 2027")), clm.RootActivating},
		{fails("server-0", wants("corp 2027", without("server-0"))), clm.RootRetiring},
		{pushes("server-0"), clm.RootRetiring}, {goesOn, clm.RootActive},
	}, clm.OutcomeCompleted},
	"forced past a device": {2, 1, false, []step{
		{out("agent-1", wants("corp 2027", forced)), clm.RootRetiring}, {goesOn, clm.RootActive},
	}, clm.OutcomeCompleted},
	"rolled back by a failure": {1, 2, false, []step{
		{fails("server-1", wants("corp 2027", rollsBack)), clm.RootActive},
	}, clm.OutcomeRolledBack},
}

func wants(subject string, change ...func(*clm.ReplacementPolicy)) command {
	return func(f *fleet) error {
		if _, err := f.UpdateRoot(f.t.Context(), alice, "corp", wish(subject, change...)); err != nil {
			return err
		}
		return goesOn(f)
	}
}

func goesOn(f *fleet) error {
	_, err := f.Advance(f.t.Context(), alice, "corp", true)
	return err
}

func refreshes(f *fleet) error {
	f.clock.Advance(time.Minute)
	if _, err := f.RefreshGateway(f.t.Context(), alice, "dmz"); err != nil {
		return err
	}
	return goesOn(f)
}

// asks goes back by an action. Asked again it finds that done, and is refused.
func asks(verb string) command {
	return func(f *fleet) error {
		if _, err := f.Transit(f.t.Context(), alice, "corp", verb, nil); err != nil && clm.KindOf(err) != clm.KindRefused {
			return err
		}
		return goesOn(f)
	}
}

func pushes(connector string) command {
	return func(f *fleet) error { return f.PushConnector(f.t.Context(), alice, connector).Err }
}

// out gives a command while a device is off the network, fails while its disk is
// full.
func out(device string, do command) command {
	return func(f *fleet) error {
		f.away(device)
		defer f.back(device)
		return do(f)
	}
}

func fails(device string, do command) command {
	return func(f *fleet) error {
		f.deployer.Fail("preflight", full(device))
		defer f.deployer.Fail("preflight", clmtest.Fault{})
		return do(f)
	}
}

func rollsBack(p *clm.ReplacementPolicy) { p.OnFailure = clm.FailureRollsBack }

func forced(p *clm.ReplacementPolicy) { p.ForceReason = "the old key leaked" }

func slow(p *clm.ReplacementPolicy) { p.Overlap = time.Hour }

func without(names ...string) func(*clm.ReplacementPolicy) {
	return func(p *clm.ReplacementPolicy) { p.OverrideChildren = names }
}

// The process dies at any write of any of the stories, before or after its commit.
// Whoever is served at that moment is accepted; the next process, given the same
// commands, brings it to the same end, and each step is on record once.
func TestReplaceSurvivesACrashAtAnyWrite(t *testing.T) {
	t.Parallel()
	for name, s := range stories {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before, writes, want := s.undisturbed(t)
			for i, n := range writes {
				for at := 1; at <= n; at++ {
					for _, applied := range []bool{false, true} {
						t.Run(fmt.Sprintf("command %d, write %d, applied %t", i, at, applied), func(t *testing.T) {
							t.Parallel()
							f := before[i].copied(t)
							f.dies(s.steps[i].do, at, applied)
							s.ends(f, i, want)
						})
					}
				}
			}
		})
	}
}

// begin makes the fleet of a story.
func (s story) begin(t *testing.T) *fleet {
	f := newFleet(t, s.agents, s.servers)
	if s.gateway {
		f.dmz()
	}
	return f
}

// undisturbed is how a story goes when nobody dies: the fleet before each command,
// how many writes that takes, and the end.
func (s story) undisturbed(t *testing.T) (before []*fleet, writes []int, end []string) {
	t.Helper()
	f := s.begin(t)
	for i, step := range s.steps {
		must(t, f.store.Close())
		before = append(before, f)
		f = f.copied(t)
		f.store.failNext(0, false, false)
		must(t, step.do(f))
		writes = append(writes, f.store.count())
		if state := f.corp().State; state != step.leads {
			t.Fatalf("command %d leads to %s", i, state)
		}
	}
	end = f.ending()
	if history := f.corp().History; len(history) != 1 || history[0].Outcome != s.outcome {
		t.Errorf("it ends with %+v", history)
	}
	return before, writes, end
}

// dies gives a command to a process that does not live to see its end.
func (f *fleet) dies(do command, at int, applied bool) {
	f.t.Helper()
	f.store.failNext(at, applied, true)
	if err := do(f); err == nil || f.store.count() < at {
		f.t.Fatalf("the process lived through %d writes: %v", f.store.count(), err)
	}
}

// ends lets the next process carry out the commands from the i-th on.
func (s story) ends(f *fleet, i int, want []string) {
	f.t.Helper()
	f = reopened(f, f.clock)
	f.checkHandshakes()
	for _, step := range s.steps[i:] {
		must(f.t, step.do(f))
	}
	if diff := cmp.Diff(want, f.ending()); diff != "" {
		f.t.Errorf("it ended otherwise: %s", diff)
	}
}

// A device that takes the new root, says that it could not, and states no more: it is
// told again when that root is given up, and does not go on trusting it.
func TestCancelReachesADeviceInTrouble(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 2, 0)
	before := f.bundles()
	f.deployer.Fail("install", clmtest.Fault{Err: clm.Errorf(clm.KindFailed, trouble), Applied: true, Device: "agent-1"})
	f.want(wish("corp 2027", held))
	if diff := cmp.Diff(before, f.bundles()); !strings.Contains(diff, "agent-1") || f.receipt("agent-1").Failure != trouble {
		t.Fatalf("it states %+v: %s", f.receipt("agent-1"), diff)
	}
	f.deployer.Fail("install", clmtest.Fault{})
	f.want(wish("corp"))
	if diff := cmp.Diff(before, f.bundles()); diff != "" {
		t.Errorf("the bundles differ: %s", diff)
	}
	f.published()
}

// ending is where the fleet ends, in words that do not depend on ids, keys, times
// and the number of attempts. Like every plan, it first puts right what is out of
// sync.
func (f *fleet) ending() (lines []string) {
	f.t.Helper()
	r := &run{stage: f.stage}
	r.repair()
	must(f.t, r.err)
	f.checkHandshakes()
	f.checkServed()
	f.checkKeys()
	f.checkTrail()
	lines = append(f.slot(), f.published()...)
	lines = append(lines, f.children()...)
	lines = append(lines, f.disks()...)
	return append(lines, f.steps()...)
}

// slot is what is on record of the root.
func (f *fleet) slot() []string {
	root := f.corp()
	lines := []string{fmt.Sprintf("%s holds %s from %s, open: %t", root.State, subjects(root.Active.Certificate),
		root.Source.SelfSigned.Subject.CommonName, root.Replacement != nil)}
	if d := root.Declined; d != nil {
		lines = append(lines, fmt.Sprintf("declined %s by %s", subjects(d.Target.Certificate), d.Verb))
	}
	for _, o := range root.History {
		lines = append(lines, fmt.Sprintf("%s, %d of %d, without %v, because %q", o.Outcome, o.Received, o.Expected, o.Overridden, o.Because))
	}
	return lines
}

// published is what the profile publishes. Every agent has installed it.
func (f *fleet) published() []string {
	bundle := must2(f.Bundle(f.t.Context(), "agents"))
	for agent, content := range f.bundles() {
		receipt := f.receipt(agent)
		if clm.FingerprintOf([]byte(content)) != bundle.Digest || receipt.Digest != bundle.Digest || receipt.Failure != "" {
			f.t.Errorf("%s has another bundle than is published, or says so: %+v", agent, receipt)
		}
	}
	return []string{fmt.Sprintf("epoch %d trusts %s", bundle.Epoch, subjects(bundle.Certificates...))}
}

func (f *fleet) receipt(device string) (receipt clm.Receipt) {
	f.t.Helper()
	id := f.known(device).ID
	must(f.t, f.store.View(f.t.Context(), func(tx engine.Tx) (err error) {
		receipt, err = tx.Receipt(id)
		return err
	}))
	return receipt
}

func (f *fleet) children() (lines []string) {
	rows := must2(f.Certificates(f.t.Context(), clm.CertificateFilter{}, clm.Page{}))
	for _, row := range rows {
		f.checkLineage(row.Certificate.ID)
		for _, v := range f.versions(row.Certificate.ID) {
			lines = append(lines, fmt.Sprintf("%s: version %d is %s by %s under %s", row.Certificate.Name, v.Number, v.State, v.Operation, f.signedBy(v)))
		}
	}
	for _, c := range must2(f.Connectors(f.t.Context(), clm.ConnectorFilter{}, clm.Page{})) {
		lines = append(lines, fmt.Sprintf("%s: %s, version %d, leftover %d, failure %q", c.Name, c.State, c.LastPush.Version, len(c.Leftover), c.Failure))
	}
	return lines
}

// signedBy names the certificate that vouches for a version, and how long its chain is.
func (f *fleet) signedBy(v clm.Version) string {
	signer := must2(pki.ParseCertificate(v.Chain[0]))
	must(f.t, must2(pki.ParseCertificate(v.Certificate)).CheckSignatureFrom(signer))
	return fmt.Sprintf("%s, chain of %d", signer.Subject.CommonName, len(v.Chain))
}

// disks lists the files of all devices; of certificates it says what they are.
func (f *fleet) disks() (lines []string) {
	for _, path := range slices.Sorted(maps.Keys(f.stage.files())) {
		content, err := os.ReadFile(f.path(path))
		must(f.t, err)
		held := "a key"
		if !strings.HasSuffix(path, ".key") {
			held = subjects(ders(must2(pki.ParseCertificates(content)))...)
		}
		lines = append(lines, path+" holds "+held)
	}
	return lines
}

// steps are the steps on record that may be made but once.
func (f *fleet) steps() (lines []string) {
	once := []string{clm.VerbReplace, clm.VerbCancel, clm.VerbFinalize, clm.VerbCompleteActivation, clm.VerbRollBack, clm.VerbRetire, clm.VerbRestore, "publish", "renew"}
	for _, e := range f.trail() {
		if _, verb, _ := strings.Cut(e.Action, "."); slices.Contains(once, verb) {
			lines = append(lines, e.Action+" of "+e.Subject)
		}
	}
	return lines
}

// subjects names certificates, and who signed those that did not sign themselves.
func subjects(ders ...[]byte) string {
	var names []string
	for _, der := range ders {
		c := must2(pki.ParseCertificate(der))
		name := c.Subject.CommonName
		if issuer := c.Issuer.CommonName; issuer != name {
			name += " by " + issuer
		}
		names = append(names, name)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

func ders(certificates []*x509.Certificate) (raw [][]byte) {
	for _, c := range certificates {
		raw = append(raw, c.Raw)
	}
	return raw
}

// checkKeys holds that every key here is somebody's, and that nobody's is missing.
func (f *fleet) checkKeys() {
	f.t.Helper()
	wanted := map[string]bool{}
	root := f.corp()
	wanted[root.Active.KeyID] = true
	if root.Replacement != nil {
		wanted[root.Replacement.Target.KeyID] = true
	}
	for _, row := range must2(f.Certificates(f.t.Context(), clm.CertificateFilter{}, clm.Page{})) {
		for _, v := range f.versions(row.Certificate.ID) {
			wanted[v.KeyID] = true
		}
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(wanted)), f.keys()); diff != "" {
		f.t.Errorf("the keys that are used and those that are here differ: %s", diff)
	}
}
