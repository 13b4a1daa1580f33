package engine

import (
	"context"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// advance makes a transition whose guards are evaluated in this very transaction.
func (c change) advance(root *clm.RootCertificate, verb string) error {
	standing, err := standingOf(c.Tx, *root, c.now)
	if err != nil {
		return err
	}
	if err := standing.May(verb, c.now); err != nil {
		return err
	}
	switch verb {
	case clm.VerbFinalize:
		return c.finalize(root, standing)
	case clm.VerbCompleteActivation:
		return c.completeActivation(root)
	case clm.VerbRetire:
		return c.retire(root, standing)
	case clm.VerbRestore:
		return c.end(root, verb, clm.OutcomeRolledBack, standing.Census)
	}
	return clm.Errorf(clm.KindInternal, "%s is no transition with guards", verb)
}

// finalize makes the new certificate sign. Its bundle has met the gate, or
// somebody takes the responsibility.
func (c change) finalize(root *clm.RootCertificate, standing clm.Standing) error {
	if err := root.Apply(clm.VerbFinalize); err != nil {
		return err
	}
	root.Replacement.FinalizedAt = c.now
	details := map[string]string{"to": root.Replacement.Target.FingerprintSHA256}
	if _, unmet := (clm.Standing{Root: distributing(*root), Census: standing.Census, Gateways: standing.Gateways, CutOff: standing.CutOff}).Next(c.now); len(unmet) > 0 {
		root.Replacement.Forced = &clm.Force{Reason: root.Settings().ForceReason, By: c.by.Name, At: c.now, Violations: unmet}
		details["forced"] = root.Settings().ForceReason
	}
	return c.saveRoot(root, clm.VerbFinalize, details)
}

func distributing(root clm.RootCertificate) clm.RootCertificate {
	root.State = clm.RootDistributing
	return root
}

// completeActivation: every child is in use under the new root, or gone on without.
func (c change) completeActivation(root *clm.RootCertificate) error {
	if err := root.Apply(clm.VerbCompleteActivation); err != nil {
		return err
	}
	root.Replacement.RetiringAt = c.now
	return c.saveRoot(root, clm.VerbCompleteActivation, nil)
}

// retire forgets the old root: the one step that cannot be undone. What the new
// one has signed is from now on served without the old root's word for it.
func (c change) retire(root *clm.RootCertificate, standing clm.Standing) error {
	r := *root.Replacement
	outcome := c.outcomeOf(*root, clm.OutcomeCompleted, standing.Census)
	old := root.Active
	if err := root.Apply(clm.VerbRetire); err != nil {
		return err
	}
	root.Active, root.Source, root.Replacement = r.Target, r.Source, nil
	root.History = append(root.History, outcome)
	if err := c.saveRoot(root, clm.VerbRetire, map[string]string{"from": outcome.From, "to": outcome.To}); err != nil {
		return err
	}
	if err := c.dropCross(*root); err != nil {
		return err
	}
	return c.forgetKey(*root, old)
}

// dropCross gives what the new root has signed the chain without the old one.
func (c change) dropCross(root clm.RootCertificate) error {
	versions, err := c.VersionsInUse(root.ID, c.now)
	if err != nil {
		return err
	}
	for i := range versions {
		if versions[i].IssuedBy() != root.Active.FingerprintSHA256 {
			continue
		}
		versions[i].IssuerFingerprint, versions[i].Chain = root.Active.FingerprintSHA256, root.SignerChain()
		if err := c.UpdateVersion(&versions[i]); err != nil {
			return err
		}
	}
	return nil
}

// end gives the new certificate up: the slot and its bundle are what they were
// before.
func (c change) end(root *clm.RootCertificate, verb, outcome string, census clm.Census) error {
	if err := root.Apply(verb); err != nil {
		return err
	}
	target := root.Replacement.Target
	ended := c.outcomeOf(*root, outcome, census)
	root.Replacement = nil
	root.History = append(root.History, ended)
	if err := c.saveRoot(root, verb, map[string]string{"from": ended.From, "to": ended.To}); err != nil {
		return err
	}
	return c.forgetKey(*root, target)
}

func (c change) outcomeOf(root clm.RootCertificate, outcome string, census clm.Census) clm.Outcome {
	r := root.Replacement
	return clm.Outcome{
		ID: r.ID, Outcome: outcome, From: root.Active.FingerprintSHA256, To: r.Target.FingerprintSHA256,
		StartedAt: r.StartedAt, StartedBy: r.StartedBy, EndedAt: c.now, EndedBy: c.by.Name,
		Expected: census.Expected, Received: census.Received,
		Forced: r.Forced, Overridden: r.Overridden, Because: r.Because,
	}
}

// back goes back from wherever the replacement stands.
func (c change) back(root *clm.RootCertificate, verb, because string) error {
	if verb == clm.VerbCancel {
		census, err := censusOf(c.Tx, *root, c.now)
		if err != nil {
			return err
		}
		return c.end(root, verb, clm.OutcomeCancelled, census)
	}
	if err := root.Apply(clm.VerbRollBack); err != nil {
		return err
	}
	root.Replacement.Because, root.Replacement.Halted, root.Replacement.Failures = because, false, nil
	return c.saveRoot(root, verb, map[string]string{"because": because})
}

// decline records that somebody else than the owner went back: the owner's wish
// for the new certificate is answered.
func (c change) decline(root *clm.RootCertificate, verb, failure string) {
	target := root.Replacement.Target
	target.KeyID = ""
	root.Declined = &clm.Declined{Target: target, Source: root.Replacement.Source, Verb: verb, Failure: failure, By: c.by.Name, At: c.now}
}

// Transit carries out one verb of a replacement that somebody asks for by name.
func (e *Engine) Transit(ctx context.Context, by clm.Principal, ref, verb string, names []string) (root clm.RootCertificate, err error) {
	err = e.update(ctx, by, func(c change) error {
		if root, err = c.Root(ref); err != nil {
			return err
		}
		return c.transit(&root, verb, names)
	})
	return root, err
}

func (c change) transit(root *clm.RootCertificate, verb string, names []string) error {
	switch verb {
	case clm.VerbFinalize:
		return c.advance(root, verb)
	case clm.VerbCancel, clm.VerbRollBack:
		if root.Replacement != nil {
			c.decline(root, verb, "")
		}
		return c.back(root, verb, "somebody asked for it")
	case clm.VerbRetry:
		return c.retry(root)
	case clm.VerbOverride:
		return c.override(root, names)
	}
	return clm.Invalid("verb", "%q is not a verb of a replacement", verb).WithHint("use finalize, cancel, roll_back, retry or override")
}

// retry lets an activation that stopped go on.
func (c change) retry(root *clm.RootCertificate) error {
	if err := root.Apply(clm.VerbRetry); err != nil {
		return err
	}
	root.Replacement.Halted, root.Replacement.Failures = false, nil
	return c.saveRoot(root, clm.VerbRetry, nil)
}

// override goes on without the children of those names. They keep what they have,
// which is recorded and holds back retiring the old root.
func (c change) override(root *clm.RootCertificate, names []string) error {
	if err := root.Apply(clm.VerbOverride); err != nil {
		return err
	}
	return c.saveRoot(root, clm.VerbOverride, c.addOverrides(root, names))
}

func (c change) addOverrides(root *clm.RootCertificate, names []string) map[string]string {
	added := ""
	for _, name := range names {
		if root.Replacement.Overrides(name) {
			continue
		}
		root.Replacement.Overridden = append(root.Replacement.Overridden, name)
		added += name + " "
	}
	root.Replacement.Halted, root.Replacement.Failures = false, nil
	return map[string]string{"overridden": added}
}
