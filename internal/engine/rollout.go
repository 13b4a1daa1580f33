package engine

import (
	"context"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// Rollout is where the replacement of a root stands, for people.
type Rollout struct {
	Standing    clm.Standing
	Next        string          // the verb that leads on, "" when nothing is open
	Unmet       []clm.Violation // what is unmet for it
	Laggards    []Laggard       // the first of them
	Gateways    []clm.GatewayRefresh
	HoldsNew    int64 // devices that were seen to hold a leaf of the new root
	ServesNew   int64 // connectors that hold one, by the last look
	CanAdvance  bool  // going on now would change something
	WhyAdvance  string
	Unreachable []string // names of laggards that do not answer; only when they were asked
}

// Laggard is a device without the new certificate.
type Laggard struct {
	Report clm.TrustReport
	Class  clm.DeviceClass
}

// Rollout reads where the replacement of a root stands. Its cost is that of the
// fleet's variety, not of its size.
func (e *Engine) Rollout(ctx context.Context, ref string) (r Rollout, err error) {
	err = e.view(ctx, func(tx Tx) error {
		r, err = e.rollout(tx, ref)
		return err
	})
	return r, err
}

func (e *Engine) rollout(tx Tx, ref string) (r Rollout, err error) {
	now := e.now()
	root, err := tx.Root(ref)
	if err != nil {
		return r, err
	}
	if root.Replacement == nil {
		r.Standing.Root = root
		return r, nil
	}
	c, err := cohortOf(tx, root, now)
	if err != nil {
		return r, err
	}
	children, err := childrenOf(tx, root)
	if err != nil {
		return r, err
	}
	if r.Standing, err = c.standing(children); err != nil {
		return r, err
	}
	r.Next, r.Unmet = r.Standing.Next(now)
	r.CanAdvance = r.Standing.CanAdvance(now)
	if r.CanAdvance {
		r.WhyAdvance = "nothing keeps it from " + r.Next
	}
	r.leaves(children)
	return r, r.name(c)
}

// name lists the first devices without the new certificate.
func (r *Rollout) name(c cohort) error {
	policy := c.root.Settings()
	for _, profile := range c.profiles {
		without, err := c.without(profile)
		if err != nil {
			return err
		}
		found, err := c.reports(clm.ReceiptFilter{ProfileID: profile.ID, Digests: without}, c.shown(), func(clm.DeviceClass) bool { return true })
		if err != nil {
			return err
		}
		for _, report := range found {
			r.Laggards = append(r.Laggards, Laggard{Report: report, Class: report.Class(policy, c.now)})
		}
	}
	return nil
}

// leaves counts who holds a leaf of the new root.
func (r *Rollout) leaves(children []clm.Child) {
	target := r.Standing.Root.Replacement.Target.FingerprintSHA256
	holders := map[string]bool{}
	for _, child := range children {
		current := child.Row.Current
		if current == nil || current.IssuedBy() != target {
			continue
		}
		for _, connector := range child.Connectors {
			if connector.Holds(*current) {
				holders[connector.DeviceID] = true
				r.ServesNew++
			}
		}
	}
	r.HoldsNew = int64(len(holders))
}

// Prospects is a rollout with a look at whether anything can be done now: devices
// that lag are asked, and those of children that wait. It records nothing.
func (e *Engine) Prospects(ctx context.Context, ref string) (Rollout, error) {
	r, err := e.Rollout(ctx, ref)
	if err != nil || r.Standing.Root.Replacement == nil || r.CanAdvance {
		return r, err
	}
	if r.Standing.Root.Replacement.Halted {
		r.CanAdvance, r.WhyAdvance = true, "activation stopped at a failure: it is tried again"
		return r, nil
	}
	if err := e.askLaggards(ctx, &r); err != nil || r.CanAdvance {
		return r, err
	}
	if r.Next == clm.VerbActivateChild || r.Next == clm.VerbRestoreChild {
		return r, e.askChildren(ctx, &r)
	}
	return r, nil
}

// askLaggards asks the devices that going on would tell: not only those without the
// new certificate.
func (e *Engine) askLaggards(ctx context.Context, r *Rollout) error {
	var behind []clm.Receipt
	err := e.view(ctx, func(tx Tx) (err error) {
		behind, err = laggards(tx, r.Standing.Root, clm.Page{Limit: shownDevices})
		return err
	})
	if err != nil {
		return err
	}
	for _, receipt := range behind {
		device, err := e.Device(ctx, receipt.DeviceID)
		if err != nil {
			return unlessNotFound(err)
		}
		if !device.Reached() {
			continue
		}
		trust, err := e.Trust(ctx, device)
		if err != nil {
			return err
		}
		if trust.Pending {
			r.CanAdvance, r.WhyAdvance = true, "device "+device.Name+" answers and can be told"
			return nil
		}
		r.Unreachable = append(r.Unreachable, device.Name)
	}
	return nil
}

// askChildren: a child that is not issued yet can always go on; one that is waits
// for its devices.
func (e *Engine) askChildren(ctx context.Context, r *Rollout) error {
	if r.Standing.ToIssue > 0 {
		r.CanAdvance, r.WhyAdvance = true, "children are left to issue"
		return nil
	}
	root := r.Standing.Root
	var children []clm.Child
	err := e.view(ctx, func(tx Tx) (err error) {
		children, err = childrenOf(tx, root)
		return err
	})
	if err != nil {
		return err
	}
	for _, child := range children {
		for _, connector := range child.Behind(root.Replacement.Overrides) {
			device, err := e.Device(ctx, connector.DeviceID)
			if err != nil {
				return unlessNotFound(err)
			}
			if e.Ask(ctx, device) == nil {
				r.CanAdvance, r.WhyAdvance = true, "device "+device.Name+" answers and can be served"
				return nil
			}
			r.Unreachable = append(r.Unreachable, device.Name)
		}
	}
	return nil
}
