package explore

import (
	"fmt"
	"slices"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// The rules here are written down a second time, from DESIGN and not from the
// code: what the engine decides is compared with them.

// lacks: an agent counts and has not said that it trusts the new root.
func (v *scene) lacks(agent int) bool {
	return !v.states(agent, v.other()) && !v.root.Settings().Waives(v.ids[agent], v.now)
}

func (v *scene) silent(agent int) bool {
	after := v.root.Settings().SilentAfter
	return after > 0 && v.now.Sub(v.receipts[agent].LastSeen) > after
}

// heldDown: the new root was published, or last received, a shorter while ago than
// the policy asks for.
func (v *scene) heldDown() bool {
	since := v.root.Replacement.StartedAt
	for i := range agents {
		if v.states(i, v.other()) && v.receipts[i].ReceivedAt.After(since) {
			since = v.receipts[i].ReceivedAt
		}
	}
	return v.now.Before(since.Add(v.root.Settings().HoldDown))
}

// longEnough: both roots were trusted for the overlap.
func (v *scene) longEnough(now time.Time) bool {
	return !now.Before(v.root.Replacement.RetiringAt.Add(v.root.Settings().Overlap))
}

// census counts the receipts one by one.
func (v *scene) census() clm.Census {
	var reports []clm.TrustReport
	for i, receipt := range v.receipts {
		reports = append(reports, receipt.Report(clm.Membership{Old: v.states(i, v.active()), New: v.states(i, v.other())}))
	}
	return clm.Count(reports, v.root.Settings(), v.now)
}

// unmet is what finalizing has to be refused for.
func (v *scene) unmet() (why []string) {
	if census := v.census(); census.Received*100 < v.root.Settings().MinimumReceivedPercent*census.Expected {
		why = append(why, fmt.Sprintf("%d of %d have received it", census.Received, census.Expected))
	}
	for i, name := range agentNames {
		if v.lacks(i) && v.critical[i] {
			why = append(why, name+" is critical")
		}
		if v.lacks(i) && v.silent(i) {
			why = append(why, name+" is silent")
		}
	}
	if !v.gateway.RefreshedAt.After(v.root.Replacement.StartedAt) {
		why = append(why, "dmz is stale")
	}
	if v.heldDown() {
		why = append(why, "it is held down")
	}
	return why
}

// childrenLeft tells whether a child is neither in use under the root that signs
// nor gone on without.
func (v *scene) childrenLeft() bool {
	for i := range v.connectors {
		if c := &v.connectors[i]; !c.Holds(*v.shop.Current) && !v.root.Replacement.Overrides(c.Name) {
			return true
		}
	}
	return v.shop.Current.IssuedBy() != v.root.Signer().FingerprintSHA256
}

// predecessors are the only states a verb may be asked for in.
var predecessors = map[string][]clm.RootState{
	clm.VerbFinalize: {clm.RootDistributing},
	clm.VerbCancel:   {clm.RootDistributing},
	clm.VerbRollBack: {clm.RootActivating, clm.RootRetiring},
	clm.VerbRetry:    {clm.RootActivating},
	clm.VerbOverride: {clm.RootActivating},
}

// ways are the only ones from state to state.
var ways = map[clm.RootState][]clm.RootState{
	clm.RootActive:       {clm.RootDistributing},
	clm.RootDistributing: {clm.RootActivating, clm.RootActive},
	clm.RootActivating:   {clm.RootRetiring, clm.RootRollingBack},
	clm.RootRetiring:     {clm.RootActive, clm.RootRollingBack},
	clm.RootRollingBack:  {clm.RootActive},
}

func in(states ...clm.RootState) func(*scene) bool {
	return func(v *scene) bool { return slices.Contains(states, v.root.State) }
}
