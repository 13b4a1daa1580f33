package explore

import (
	"errors"
	"fmt"
	"slices"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// checkUpdate holds one update to the rules of DESIGN 6 that are about steps.
func checkUpdate(old, now *scene) error {
	return errors.Join(checkRecorded(old, now), checkWay(old, now), checkPublished(old, now), checkSigned(old, now), checkHistory(old, now))
}

// checkRecorded: a write has an audit row in its transaction, with who did it. What
// a device states is the one exception.
func checkRecorded(old, now *scene) error {
	added, changed := now.trailAfter(old.last().Sequence), now.estate.Differs(old.estate)
	if len(added) == 0 && !slices.Equal(changed, []string{"receipts"}) {
		return fmt.Errorf("%v changed without an audit row", changed)
	}
	for _, e := range added {
		if e.Principal == "" || e.Action == "" || e.SubjectID == "" {
			return fmt.Errorf("audit row %d says too little: %+v", e.Sequence, e)
		}
	}
	return clm.CheckAuditChainAfter(old.last(), added)
}

// checkWay: the slot moves on as DESIGN 4.1 has it.
func checkWay(old, now *scene) error {
	from, to := old.root.State, now.root.State
	switch {
	case now.open() && now.root.Replacement.Halted && to != clm.RootActivating:
		return fmt.Errorf("it has stopped at a failure, and is %s", to)
	case from == to:
		return nil
	case !slices.Contains(ways[from], to):
		return fmt.Errorf("the slot went from %s to %s", from, to)
	case to == clm.RootActivating:
		return checkFinalized(old, now)
	case now.ended(old) == clm.OutcomeCompleted:
		return checkRetired(old, now)
	case to == clm.RootActive:
		return now.servesNothingBut(now.active())
	}
	return nil
}

// checkFinalized: the gate was met in the very state that was left, or somebody has
// said why it had not to be.
func checkFinalized(old, now *scene) error {
	left := *old
	left.now = now.now
	unmet, force := left.unmet(), now.root.Replacement.Forced
	switch {
	case len(unmet) > 0 && left.root.Settings().ForceReason == "":
		return fmt.Errorf("it was finalized although %v", unmet)
	case (len(unmet) > 0) != (force != nil):
		return fmt.Errorf("unmet %v, and on record is %+v", unmet, force)
	case force != nil && (force.Reason == "" || force.By == "" || len(force.Violations) == 0):
		return fmt.Errorf("it was forced, and on record is %+v", force)
	}
	return nil
}

// checkRetired: nobody needs the old root any more but those who were gone on without.
func checkRetired(old, now *scene) error {
	if !old.longEnough(now.now) {
		return errors.New("the old root was retired before the overlap was over")
	}
	if !old.gateway.RefreshedAt.After(old.root.Replacement.FinalizedAt) {
		return errors.New("the old root was retired although dmz is stale")
	}
	for i, name := range agentNames {
		if !now.excused[i] && !old.states(i, old.other()) {
			return fmt.Errorf("the old root was retired although %s trusts nothing else", name)
		}
	}
	return now.servesNothingBut(now.active())
}

// servesNothingBut: what is not trusted any more has not signed what is served.
func (v *scene) servesNothingBut(a *authority) error {
	for i, name := range serverNames {
		if version := v.servedVersion(i); version != nil && version.IssuedBy() != a.fingerprint {
			return fmt.Errorf("only %s is trusted from now on, and %s serves version %d, which it has not signed", v.role(a.fingerprint), name, version.Number)
		}
	}
	return nil
}

// checkPublished: a bundle is a function of the slot, the same in every phase; its
// epoch rises when it changes and at no other time.
func checkPublished(old, now *scene) error {
	want := digestOf(now.active())
	if now.open() {
		want = digestOf(now.active(), now.other())
	}
	epochs, newest := now.profile.Epoch-old.profile.Epoch, now.bundles[len(now.bundles)-1]
	switch same := now.profile.BundleDigest == old.profile.BundleDigest; {
	case now.profile.BundleDigest != want:
		return fmt.Errorf("in %s the bundle holds %s", now.root.State, now.rolesOf(now.held[now.profile.BundleDigest]))
	case same && epochs != 0, !same && epochs != 1:
		return fmt.Errorf("the epoch rose by %d", epochs)
	case newest.Epoch != now.profile.Epoch || newest.Digest != want:
		return errors.New("the published bundle is not the newest")
	}
	return nil
}

// checkHistory: a replacement ends once, with one outcome, and the next is another.
func checkHistory(old, now *scene) error {
	before, after := old.root.History, now.root.History
	same := func(a, b clm.Outcome) bool { return a.ID == b.ID && a.Outcome == b.Outcome }
	switch closed := old.open() && !now.open(); {
	case !slices.EqualFunc(before, after[:min(len(before), len(after))], same):
		return errors.New("the history was rewritten")
	case closed && (len(after) != len(before)+1 || after[len(after)-1].ID != old.root.Replacement.ID):
		return fmt.Errorf("a replacement ended, and the history grew by %d", len(after)-len(before))
	case !closed && len(after) != len(before):
		return errors.New("the history has an outcome of nothing that ended")
	case old.open() && now.open() && old.root.Replacement.ID != now.root.Replacement.ID:
		return errors.New("one replacement took another's place")
	case now.open() && slices.ContainsFunc(after, func(o clm.Outcome) bool { return o.ID == now.root.Replacement.ID }):
		return errors.New("a replacement goes on after its end")
	}
	return nil
}
