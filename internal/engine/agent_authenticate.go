package engine

import (
	"context"
	"crypto/x509"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

// AuthenticateAgent tells which agent shows a certificate, or why that lets nobody in. A
// certificate that is not of this kind at all is clm.KindNotFound. The chain is verified,
// and begins with it.
//
// It is asked at each request: who is revoked is refused from the next one on.
func (e *Engine) AuthenticateAgent(ctx context.Context, chain []*x509.Certificate) (by clm.Principal, err error) {
	fingerprint, issuer := pki.Fingerprint(chain[0].Raw), pki.Fingerprint(chain[len(chain)-1].Raw)
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

// AgentAuthorities are the certificates that agents' chains end in, as DER; none where no
// agent can enrol.
func (e *Engine) AgentAuthorities(ctx context.Context) (authorities [][]byte, err error) {
	err = e.view(ctx, func(tx Tx) error {
		root, err := tx.Root(clm.ServerRoot)
		if err == nil {
			authorities = root.Trusted()
		}
		return unlessNotFound(err)
	})
	return authorities, err
}

// strange is what a certificate of no agent is: denied where only agents have such.
func strange(tx Tx, issuer string) error {
	root, err := tx.Root(clm.ServerRoot)
	if err == nil && root.Holds(issuer) {
		return notAnAgents()
	}
	if err == nil {
		err = clm.NounAgent.NotFound(issuer)
	}
	return err
}

func notAnAgents() error {
	return clm.Errorf(clm.KindDenied, "the certificate is not that of an agent of this estate, or the agent has a later one").
		WithHint("let the agent enrol again with a new enrolment token")
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
