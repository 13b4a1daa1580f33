package engine

import (
	"context"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// Advanced is what came of driving a replacement on.
type Advanced struct {
	Root    clm.RootCertificate
	Done    []string      // the transitions made, in order
	Told    []CheckIn     // devices in trouble that were to be told
	Waiting []PushOutcome // children's devices that do not answer
}

// maxConflicts bounds how often another controller of the same replacement may
// come first before this one leaves it to the other.
const maxConflicts = 20

// Advance drives a root's replacement as far as it goes now: it tells the devices
// that lag, makes every transition whose guards are met, and moves the children.
// It may be called at any time, by any number of processes: each effect happens
// once, and one that died is made good by the next call. With again, an activation
// that stopped at a failure goes on.
func (e *Engine) Advance(ctx context.Context, by clm.Principal, ref string, again bool) (Advanced, error) {
	if err := known(by); err != nil {
		return Advanced{}, err
	}
	var out Advanced
	for conflicts := 0; ; {
		more, err := e.advanceOnce(ctx, by, ref, again, &out)
		switch {
		case err != nil && clm.KindOf(err) == clm.KindConflict && conflicts < maxConflicts && ctx.Err() == nil:
			conflicts++
		case err != nil || !more:
			return out, err
		}
		again = again && err != nil
	}
}

// advanceOnce makes one round and tells whether another may get further.
func (e *Engine) advanceOnce(ctx context.Context, by clm.Principal, ref string, again bool, out *Advanced) (more bool, err error) {
	if out.Root, err = e.Root(context.WithoutCancel(ctx), ref); err != nil {
		return false, err
	}
	if err := by.MayChange(clm.NounRoot, out.Root.Name); err != nil {
		return false, err
	}
	if out.Told, err = e.tellLaggards(ctx, by, out.Root); err != nil {
		return false, err
	}
	if out.Root.Replacement == nil {
		return false, nil
	}
	if again && out.Root.Replacement.Halted {
		root, err := e.Transit(ctx, by, ref, clm.VerbRetry, nil)
		if err != nil {
			return false, overtaken(out.Root, err)
		}
		out.Root = root
		return true, nil
	}
	standing, err := e.standing(ctx, out.Root)
	if err != nil {
		return false, err
	}
	verb, unmet := standing.Next(e.now())
	if verb == clm.VerbActivateChild || verb == clm.VerbRestoreChild {
		return e.moveChildren(ctx, by, out, len(unmet) > 0)
	}
	if !standing.CanAdvance(e.now()) {
		return false, nil
	}
	return true, e.make(ctx, by, verb, out)
}

func (e *Engine) standing(ctx context.Context, root clm.RootCertificate) (s clm.Standing, err error) {
	err = e.view(context.WithoutCancel(ctx), func(tx Tx) error {
		s, err = standingOf(tx, root, e.now())
		return err
	})
	return s, err
}

// moveChildren makes one pass over the children.
func (e *Engine) moveChildren(ctx context.Context, by clm.Principal, out *Advanced, halted bool) (more bool, err error) {
	if halted {
		return false, nil
	}
	a := activation{Engine: e, by: by, root: out.Root}
	err = a.pass(ctx)
	before := out.Root.State
	out.Root, out.Waiting = a.root, a.waiting
	return a.moved || a.root.State != before, err
}

// make carries out a transition. Its guards are evaluated once more, inside the
// transaction.
func (e *Engine) make(ctx context.Context, by clm.Principal, verb string, out *Advanced) error {
	err := e.update(ctx, by, func(c change) error {
		root, err := c.Root(out.Root.ID)
		if err != nil {
			return err
		}
		if err := c.advance(&root, verb); err != nil {
			return err
		}
		out.Root = root
		return nil
	})
	if err != nil {
		return overtaken(out.Root, err)
	}
	out.Done = append(out.Done, verb)
	if verb != clm.VerbRetire {
		return nil
	}
	return e.reserve(ctx, by, out)
}

// overtaken is the conflict behind a refusal of what was possible when it was looked
// at: somebody else was first, or something was heard meanwhile.
func overtaken(root clm.RootCertificate, err error) error {
	if clm.KindOf(err) == clm.KindRefused {
		return clm.NounRoot.Changed(root.Name)
	}
	return err
}

// reserve puts the chain without the old root's word on the devices. A device that
// does not answer keeps the longer one, which harms nobody; its connector is out of
// sync and is put right like any other.
func (e *Engine) reserve(ctx context.Context, by clm.Principal, out *Advanced) error {
	var children []clm.Child
	err := e.view(context.WithoutCancel(ctx), func(tx Tx) (err error) {
		children, err = childrenOf(tx, out.Root)
		return err
	})
	if err != nil {
		return err
	}
	for _, child := range children {
		pushes, err := e.pushAll(ctx, by, child.Row.Certificate.ID)
		if err != nil {
			return err
		}
		for _, push := range pushes {
			if push.Err != nil {
				out.Waiting = append(out.Waiting, push)
			}
		}
	}
	return nil
}
