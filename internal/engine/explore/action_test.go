package explore

import (
	"slices"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// action is what somebody or something does. It is offered where it may make a
// difference.
type action struct {
	name    string
	offered func(v *scene) bool
	do      func(p *process) error // an error breaks a rule
	atomic  bool                   // all it reads and writes is in one transaction
}

func always(*scene) bool { return true }

// mayBegin keeps the number of states within bounds: a replacement begins when an
// earlier one has left no more machines in disarray than the shard allows. A root
// that is given up is not wished for before that is done.
func mayBegin(v *scene) bool {
	return v.root.State != clm.RootRollingBack && (v.open() || v.unsettled() <= v.leftover)
}

// wishes is the owner's configuration, applied.
func wishes(name string, offered func(*scene) bool, whose func(*scene) *authority, change ...func(*clm.ReplacementPolicy)) action {
	return action{name, offered, func(p *process) error {
		_, err := p.UpdateRoot(p.ctx, alice, "corp", p.wish(whose(p.look()), change...))
		return p.unlessLate(err)
	}, false}
}

func wishesOther(name string, change ...func(*clm.ReplacementPolicy)) action {
	return wishes(name, mayBegin, (*scene).other, change...)
}

// unlessLate allows an error that says that another controller was first: nothing
// was done.
func (p *process) unlessLate(err error) error {
	if kind := clm.KindOf(err); len(p.others) > 0 && (kind == clm.KindConflict || kind == clm.KindRefused) {
		return nil
	}
	return err
}

// wishesWaiving goes on without the last agent, for a while.
var wishesWaiving = action{"the owner wishes for the other root, waiving agent-2", mayBegin, func(p *process) error {
	waiver := clm.Waiver{DeviceID: p.ids[2], Reason: "it is on a ship", Until: p.now.Add(30 * time.Minute)}
	wish := p.wish(p.look().other(), func(policy *clm.ReplacementPolicy) { policy.Waivers = []clm.Waiver{waiver} })
	_, err := p.UpdateRoot(p.ctx, alice, "corp", wish)
	return err
}, false}

// held stays in distribution.
func held(p *clm.ReplacementPolicy) { p.Finalize = false }

func forced(p *clm.ReplacementPolicy) { p.ForceReason = "the key leaked" }

// verb is an operator's.
func verb(verb string, names ...string) action {
	return action{verb, in(predecessors[verb]...), func(p *process) error {
		_, err := p.Transit(p.ctx, bob, "corp", verb, names)
		return p.unlessLate(err)
	}, true}
}

// finalize may be refused, but not while the gate is open.
var finalize = action{clm.VerbFinalize, in(clm.RootDistributing), func(p *process) error {
	unmet := p.look().unmet()
	_, err := p.Transit(p.ctx, bob, "corp", clm.VerbFinalize, nil)
	if clm.KindOf(err) == clm.KindRefused && len(unmet) > 0 {
		return nil
	}
	return err
}, true}

// refresh is a person at the internet gateway.
var refresh = action{"dmz is refreshed", (*scene).open, func(p *process) error {
	_, err := p.RefreshGateway(p.ctx, bob, "dmz")
	return err
}, true}

// hourPasses is more than any policy asks for.
var hourPasses = action{"an hour passes", always, func(p *process) error {
	p.now = p.now.Add(time.Hour)
	return nil
}, true}

// states is a statement of the first agent that comes late: of less than it has. None
// lies.
func states(name string, which func(v *scene) []*authority) action {
	return action{"agent-0 states " + name, func(v *scene) bool {
		for _, a := range which(v) {
			if !slices.Contains(v.installed(0), a) {
				return false
			}
		}
		return digestOf(which(v)...) != v.receipts[0].Digest
	}, func(p *process) error {
		_, err := p.Attest(p.ctx, alice, agentNames[0], digestOf(which(p.look())...), "")
		return err
	}, true}
}

func justTheActive(v *scene) []*authority { return []*authority{v.active()} }
func nothingOfOurs(*scene) []*authority   { return nil }
