package engine

import (
	"context"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// AuthenticateAgent tells which agent shows a certificate, or why that lets nobody in. A
// certificate that is not of this kind at all is clm.KindNotFound: issuer is the
// fingerprint of the root that its chain ends in.
//
// It is asked at each request: who is revoked is refused from the next one on.
func (e *Engine) AuthenticateAgent(ctx context.Context, fingerprint, issuer string) (by clm.Principal, err error) {
	var agent clm.Agent
	err = e.view(ctx, func(tx Tx) error {
		agent, err = tx.AgentByFingerprint(fingerprint)
		if clm.KindOf(err) == clm.KindNotFound {
			err = strange(tx, issuer)
		}
		return err
	})
	if err != nil {
		return by, err
	}
	if err := agent.Refusal(e.now()); err != nil {
		return by, err
	}
	return agent.Principal(), e.shown(ctx, agent, fingerprint)
}

// strange is what a certificate of no agent is: denied where only agents have such.
func strange(tx Tx, issuer string) error {
	root, err := tx.Root(clm.ControlRoot)
	if err == nil && root.Holds(issuer) {
		return clm.Errorf(clm.KindDenied, "the certificate is not that of an agent of this estate, or the agent has a later one").
			WithHint("let the agent enrol again with a new enrolment token")
	}
	if err == nil {
		err = clm.NounAgent.NotFound(issuer)
	}
	return err
}

// shown records that an agent has its next certificate: the one before lets in no more.
func (e *Engine) shown(ctx context.Context, agent clm.Agent, fingerprint string) error {
	if agent.Next == nil || agent.Next.FingerprintSHA256 != fingerprint {
		return nil
	}
	return e.update(ctx, agent.Principal(), func(c change) error {
		now, err := c.Agent(agent.ID)
		if err != nil || !now.Show(fingerprint) {
			return err
		}
		return c.UpdateAgent(&now)
	})
}
