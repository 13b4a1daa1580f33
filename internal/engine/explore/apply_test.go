package explore

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// advance is what an apply does after the wish, and what a plan foretells: in the
// same circumstances a plan says that it can go on if and only if it does.
var advance = action{"advance", always, func(p *process) error {
	before := p.look()
	_, err := p.Advance(p.ctx, alice, "corp", true)
	if err != nil || len(p.others) > 0 {
		return err
	}
	return p.foretold(before, p.look())
}, false}

// advanceOnly is without being asked to try again what has failed: then only devices
// are told.
var advanceOnly = action{"advance, not again", func(v *scene) bool { return v.open() && v.root.Replacement.Halted && v.childrenLeft() }, func(p *process) error {
	before := p.look()
	_, err := p.Advance(p.ctx, alice, "corp", false)
	changed := slices.DeleteFunc(changes(before, p.look()), func(t string) bool { return t == "receipts" || slices.Contains(agentNames[:], t) })
	if len(changed) > 0 && len(p.others) == 0 {
		return errors.Join(err, fmt.Errorf("it had stopped, and went on: %v changed", changed))
	}
	return err
}, false}

// applies is a whole run of the owner's: the wish, and what follows.
func applies(name string, offered func(*scene) bool, whose func(*scene) *authority) action {
	wish := wishes(name, always, whose)
	return action{name, offered, func(p *process) error { return errors.Join(wish.do(p), advance.do(p)) }, false}
}

// repairs is what an apply does about a connector: it looks, and pushes where that
// helps. A device's trouble is its own.
func repairs(server int) action {
	name := serverNames[server]
	return action{name + " is applied", func(v *scene) bool { return v.unserved(server) }, func(p *process) error {
		seen, err := p.ObserveConnector(p.ctx, name)
		if err == nil && seen.Connector.WantsPush(seen.Sync) {
			_ = p.PushConnector(p.ctx, alice, name)
		}
		return err
	}, false}
}

// tells is what an apply does about agents: it looks, and tells those that have
// something else than what is on record or wanted.
var tells = action{"agents are applied", func(v *scene) bool { return v.untold() > 0 }, func(p *process) error {
	for _, id := range p.ids {
		pending, err := p.pending(id)
		if err == nil && pending {
			_, err = p.CheckInDevice(p.ctx, alice, id)
		}
		if err != nil {
			return err
		}
	}
	return nil
}, false}

// pending is what the plan of a device says.
func (p *process) pending(id string) (bool, error) {
	device, err := p.Device(p.ctx, id)
	if err != nil {
		return false, err
	}
	trust, err := p.Trust(p.ctx, device)
	return trust.Pending, err
}

// foretold compares what a plan would have said with what came of it. Without an open
// replacement it is each device's own plan that tells.
func (p *process) foretold(before, after *scene) error {
	plan := p.begin(before, p.script)
	plan.blind, plan.now, plan.known = true, p.now, p.known
	can, why, err := plan.foretells(before.open())
	changed := changes(before, after)
	if err == nil && can != (len(changed) > 0) && (before.open() || !can) {
		return fmt.Errorf("a plan says that it can go on: %t (%s); %v changed", can, why, changed)
	}
	return err
}

func (p *process) foretells(open bool) (can bool, why string, err error) {
	if open {
		seen, err := p.Prospects(p.ctx, "corp")
		return seen.CanAdvance, seen.WhyAdvance, err
	}
	for _, id := range p.ids {
		pending, err := p.pending(id)
		if err != nil || pending {
			return pending, id + " is to be told", err
		}
	}
	return false, "", nil
}

// changes are what is otherwise, on record (when devices were seen apart) or on
// machines.
func changes(before, after *scene) []string {
	changed := after.estate.Differs(before.estate)
	same := func(a, b clm.Receipt) bool {
		a.LastSeen = b.LastSeen
		return cmp.Equal(a, b)
	}
	if slices.EqualFunc(before.receipts[:], after.receipts[:], same) {
		changed = slices.DeleteFunc(changed, func(t string) bool { return t == "receipts" })
	}
	for i := range before.machines {
		if !maps.EqualFunc(before.machines[i], after.machines[i], document.same) {
			changed = append(changed, nameOf(i))
		}
	}
	return changed
}
