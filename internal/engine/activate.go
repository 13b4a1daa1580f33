package engine

import (
	"context"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// activation is one pass over the children of a root that is being replaced.
//
//	issue   a version under the root that signs now; before it is recorded nothing
//	        has happened, after it the child is to be pushed
//	push    connector by connector, each verified by reading back
//
// Where a child stands is derived from what it and its connectors record, so a pass
// that died is simply made again.
type activation struct {
	*Engine
	by      clm.Principal
	root    clm.RootCertificate
	waiting []PushOutcome // devices that do not answer, and pushes nobody agreed to yet
	moved   bool          // something was done
}

// pass moves every child that can be moved. It stops at a failure where the policy
// says so.
func (a *activation) pass(ctx context.Context) error {
	var children []clm.Child
	err := a.view(ctx, func(tx Tx) (err error) {
		children, err = childrenOf(tx, a.root)
		return err
	})
	if err != nil {
		return err
	}
	for _, child := range children {
		if err := ctx.Err(); err != nil {
			return nil //nolint:nilerr // time is up; what is left stays for the next run
		}
		stop, err := a.move(ctx, child)
		if err != nil || stop {
			return err
		}
	}
	return nil
}

// move brings one child to the end, or to its failure.
func (a *activation) move(ctx context.Context, child clm.Child) (stop bool, err error) {
	overrides := a.root.Replacement.Overrides
	if child.State(a.root.Signer(), overrides) == clm.ChildToIssue {
		row, failure := a.issue(ctx, child.Row)
		if failure != nil {
			return a.failed(ctx, child, "", clm.StepIssue, failure)
		}
		child.Row, a.moved = row, true
	}
	for _, connector := range child.Behind(overrides) {
		outcome := a.pushMissing(ctx, a.by, connector.ID)
		if stop, err := a.pushed(ctx, child, connector, outcome); stop || err != nil {
			return stop, err
		}
	}
	return false, nil
}

// pushed sorts what became of a push. A device that does not answer is no failure, nor
// is a push that people have to agree to: it is waited for.
func (a *activation) pushed(ctx context.Context, child clm.Child, connector clm.Connector, outcome PushOutcome) (stop bool, err error) {
	switch {
	case outcome.Err == nil:
		a.moved = true
		return false, a.forget(ctx, child.Row.Certificate.Name, connector.Name)
	case clm.KindOf(outcome.Err) == clm.KindUnreachable, clm.KindOf(outcome.Err) == clm.KindPending:
		a.waiting = append(a.waiting, outcome)
		return false, nil
	}
	return a.failed(ctx, child, connector.Name, clm.StepPush, outcome.Err)
}

// issue signs a child anew: the same key and subject under the root that signs now.
func (a *activation) issue(ctx context.Context, row clm.CertificateRow) (clm.CertificateRow, error) {
	due := clm.Due{Operation: clm.OperationRenew, Reason: "its issuer " + a.root.Name + " is " + string(a.root.State)}
	asked := row
	asked.Certificate.Spec.ValidityPeriodHours = a.validity(row.Certificate.Spec)
	m, err := a.mint(ctx, asked, due)
	if err != nil {
		return row, err
	}
	err = a.update(ctx, a.by, func(c change) error {
		root, err := a.standing(c)
		if err != nil {
			return err
		}
		if err := root.Apply(childVerb(root.State)); err != nil {
			return err
		}
		row, err = c.updateCertificate(row, m)
		return err
	})
	return row, err
}

func childVerb(state clm.RootState) string {
	if state == clm.RootRollingBack {
		return clm.VerbRestoreChild
	}
	return clm.VerbActivateChild
}

// validity is how long a child is to live under the new root: as long as the
// policy says, or the child itself, and no longer than the root.
func (a *activation) validity(spec clm.CertificateSpec) int64 {
	now := a.now()
	hours := spec.ValidityPeriodHours
	if months := a.root.Settings().ChildValidityMonths; months > 0 {
		hours = int64(now.AddDate(0, int(months), 0).Sub(now) / time.Hour)
	}
	return min(hours, int64(a.root.Signer().NotAfter.Sub(now)/time.Hour))
}

// failed records a failed action and tells whether the pass ends with it. Trouble of
// the estate's own is no failure of a child: nothing stops, and nothing is rolled
// back, because somebody else was first, a disk was full or the caller gave up.
func (a *activation) failed(ctx context.Context, child clm.Child, connector, step string, cause error) (stop bool, err error) {
	switch clm.KindOf(cause) {
	case clm.KindInternal, clm.KindUnavailable, clm.KindConflict:
		return true, cause
	}
	if ctx.Err() != nil {
		return true, nil //nolint:nilerr // time is up: what is left stays for the next run
	}
	if a.isGone(ctx, child, connector) {
		return false, nil
	}
	failure := clm.ChildFailure{Child: child.Row.Certificate.Name, Connector: connector, Step: step, Error: recordable(cause)}
	policy := a.root.Settings().OnFailure
	halts := a.root.State == clm.RootActivating && policy == clm.FailureStops
	err = a.note(ctx, func(c change, r *clm.Replacement) {
		failure.At = c.now
		r.Fail(failure)
		r.Halted = halts
	}, "fail_child", map[string]string{"child": failure.Child, "connector": connector, "step": step, "error": failure.Error})
	if err != nil || a.root.State == clm.RootRollingBack || policy != clm.FailureRollsBack {
		return halts, err
	}
	return true, a.rollBack(ctx, failure)
}

// isGone tells whether the child, or that connector of it, was taken away meanwhile.
func (a *activation) isGone(ctx context.Context, child clm.Child, connector string) bool {
	err := a.view(ctx, func(tx Tx) error {
		_, err := tx.Certificate(child.Row.Certificate.ID)
		if err == nil && connector != "" {
			_, err = tx.Connector(connector)
		}
		return err
	})
	return clm.KindOf(err) == clm.KindNotFound
}

// forget drops the record of a failure that was overcome.
func (a *activation) forget(ctx context.Context, child, connector string) error {
	for _, f := range a.root.Replacement.Failures {
		if f.Child == child && f.Connector == connector {
			return a.note(ctx, func(_ change, r *clm.Replacement) { r.Forget(child, connector) }, "overcome_failure", map[string]string{"child": child, "connector": connector})
		}
	}
	return nil
}

// standing reads the root, where it still stands as it did when the pass began: what
// a pass has found out is not about another replacement, nor about the way back.
func (a *activation) standing(c change) (clm.RootCertificate, error) {
	root, err := c.Root(a.root.ID)
	if err == nil && (root.Replacement == nil || root.Replacement.ID != a.root.Replacement.ID || root.State != a.root.State) {
		err = clm.NounRoot.Changed(root.Name)
	}
	return root, err
}

// note changes what is recorded of the replacement.
func (a *activation) note(ctx context.Context, write func(change, *clm.Replacement), verb string, details map[string]string) error {
	return a.update(context.WithoutCancel(ctx), a.by, func(c change) error {
		root, err := a.standing(c)
		if err != nil {
			return err
		}
		write(c, root.Replacement)
		if err := c.Tx.UpdateRoot(&root); err != nil {
			return err
		}
		a.root = root
		return c.record(clm.NounRoot, verb, root.ID, root.Name, details)
	})
}

// rollBack goes back because of a failure, as the policy has it. The owner's wish
// is answered with that: it is not tried again by itself.
func (a *activation) rollBack(ctx context.Context, failure clm.ChildFailure) error {
	return a.update(context.WithoutCancel(ctx), a.by, func(c change) error {
		root, err := a.standing(c)
		if err != nil {
			return err
		}
		because := failure.Step + " of " + failure.Name() + " failed: " + failure.Error
		c.decline(&root, clm.VerbRollBack, because)
		if err := c.back(&root, clm.VerbRollBack, because); err != nil {
			return err
		}
		a.root = root
		return nil
	})
}
