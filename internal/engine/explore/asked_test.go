package explore

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/engine"
)

// checkAsked asks for what must be refused, or must change nothing, in a state.
func (v *scene) checkAsked() error {
	return errors.Join(v.checkCensus(), v.checkVerbs(), v.checkSameWish(), v.checkSecondWish(), v.checkTwice(), v.checkStrangers())
}

// asks does something, which is then undone, and tells what came of it.
func (v *scene) asks(do func(p *process) error) (after *scene, changed []string, err error) {
	p := v.begin(v, &script{})
	p.blind = true
	err = do(p)
	after = p.look()
	return after, after.estate.Differs(v.estate), err
}

// refused holds that something is refused and has changed nothing.
func (v *scene) refused(what string, kind clm.Kind, do func(p *process) error) error {
	_, changed, err := v.asks(do)
	if clm.KindOf(err) != kind || len(changed) > 0 {
		return fmt.Errorf("%s of a root that is %s: %w; %v changed", what, v.root.State, err, changed)
	}
	return nil
}

// checkCensus: what is told is what counting one by one gives.
func (v *scene) checkCensus() error {
	var told engine.Rollout
	_, _, err := v.asks(func(p *process) (err error) {
		told, err = p.Rollout(p.ctx, "corp")
		return err
	})
	if err != nil || !v.open() {
		return err
	}
	got, want := told.Standing.Census, v.census()
	got.LastReceiptAt = want.LastReceiptAt // it remembers who has moved on
	switch {
	case got.Received < 0 || got.Received > got.Expected || got.Expected > agents:
		return fmt.Errorf("%d of %d received", got.Received, got.Expected)
	case got.Cohort() != agents:
		return fmt.Errorf("the classes add up to %d: %v", got.Cohort(), got.Classes)
	}
	if diff := cmp.Diff(want, got, classCounts); diff != "" {
		return fmt.Errorf("the census differs from the count of receipts: %s", diff)
	}
	return nil
}

// classCounts takes a class that is not there for an empty one.
var classCounts = cmp.Transformer("counts", func(m map[clm.DeviceClass]int64) (all []int64) {
	for _, class := range clm.DeviceClasses {
		all = append(all, m[class])
	}
	return all
})

// checkVerbs: a verb that is not legal here changes nothing, and says where it is.
func (v *scene) checkVerbs() error {
	for verb, from := range predecessors {
		if slices.Contains(from, v.root.State) {
			continue
		}
		said := ""
		err := v.refused(verb, clm.KindRefused, func(p *process) error {
			_, err := p.Transit(p.ctx, alice, "corp", verb, []string{"server-0"})
			said = fmt.Sprint(err)
			return err
		})
		if err != nil {
			return err
		}
		for _, state := range from {
			if !strings.Contains(said, string(state)) {
				return fmt.Errorf("%s was refused without saying that it is possible in %s: %s", verb, state, said)
			}
		}
	}
	return nil
}

// checkSameWish: the same wish again is no change.
func (v *scene) checkSameWish() error {
	wished, a := v.other(), v.active()
	if anchor, _ := v.root.Wished(); anchor.FingerprintSHA256 == wished.fingerprint {
		a = wished
	}
	again, changed, err := v.asks(func(p *process) error {
		_, err := p.UpdateRoot(p.ctx, alice, "corp", p.wish(a, func(policy *clm.ReplacementPolicy) { *policy = *v.root.Policy }))
		return err
	})
	if err != nil || !slices.Equal(changed, []string{"roots", "audit"}) || again.key() != v.key() {
		return fmt.Errorf("the same wish again: %w; %v changed, and it led to %s", err, changed, again.key())
	}
	return nil
}

// checkSecondWish: another replacement is refused while one is open, and that of a
// root which is just given up, too.
func (v *scene) checkSecondWish() error {
	second := v.three
	if v.root.State == clm.RootRollingBack && v.root.Declined == nil {
		second = v.other()
	}
	if !v.open() {
		return nil
	}
	return v.refused("a second replacement", clm.KindRefused, func(p *process) error {
		_, err := p.UpdateRoot(p.ctx, alice, "corp", p.wish(second))
		return err
	})
}

// checkTwice: a receipt that comes twice counts once.
func (v *scene) checkTwice() error {
	again, changed, err := v.asks(func(p *process) error {
		_, err := p.Attest(p.ctx, alice, agentNames[0], v.receipts[0].Digest, v.receipts[0].Failure)
		return err
	})
	if err != nil || !slices.Equal(changed, []string{"receipts"}) {
		return fmt.Errorf("a receipt that came twice: %w; %v changed", err, changed)
	}
	before, now := v.census(), again.census()
	if v.open() && (before.Expected != now.Expected || before.Received != now.Received || before.TrustsNew != now.TrustsNew) {
		return fmt.Errorf("a receipt that came twice has changed the census from %+v to %+v", before, now)
	}
	return nil
}

// checkStrangers: who is not waited for states nothing.
func (v *scene) checkStrangers() error {
	attest := func(name string) func(*process) error {
		return func(p *process) error {
			_, err := p.Attest(p.ctx, alice, name, v.profile.BundleDigest, "")
			return err
		}
	}
	return errors.Join(
		v.refused("a receipt of a device without a profile", clm.KindRefused, attest(serverNames[0])),
		v.refused("a receipt of nobody's", clm.KindNotFound, attest("stranger")))
}
