package engine

import (
	"context"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

// CreateEnrolmentToken makes a token for the agent of a device or internet gateway, and
// its secret, which nobody sees again. Earlier ones for the same are worth nothing then.
func (e *Engine) CreateEnrolmentToken(ctx context.Context, by clm.Principal, noun clm.Noun, ref string, life time.Duration) (token clm.EnrolmentToken, name, secret string, err error) {
	secret = clm.NewAccessSecret()
	err = e.update(ctx, by, func(c change) error {
		subject, err := subjectOfAgent(c.Tx, noun, ref)
		if err != nil {
			return err
		}
		if err := subject.mayEnrol(c.Tx); err != nil {
			return err
		}
		name = subject.name
		token = clm.EnrolmentToken{ID: clm.NewID(), Noun: noun, SubjectID: subject.id, CreatedAt: c.now, ExpiresAt: c.now.Add(life)}
		token.Hash, _ = clm.HashAccessSecret(secret) // it has the form of one
		if err := token.Check(); err != nil {
			return err
		}
		if err := c.DeleteEnrolmentTokens(subject.id, c.now); err != nil {
			return err
		}
		if err := c.InsertEnrolmentToken(&token); err != nil {
			return err
		}
		return c.record(clm.NounEnrolment, "create", token.ID, subject.title(), map[string]string{"expires_at": token.ExpiresAt.Format(time.RFC3339)})
	})
	return token, name, secret, err
}

// Enrol gives the agent of a device or internet gateway its first certificate, for a key
// that stays where it is. Whoever was its agent before is withdrawn in the same
// transaction.
//
//	before    the token is unused
//	after     the agent is on record; when the answer is lost, the same key asks again
//	          with the same token, and gets another certificate
func (e *Engine) Enrol(ctx context.Context, by clm.Principal, secret string, request []byte, inventory clm.Inventory) (agent clm.Agent, err error) {
	asked, err := askedFor(request)
	if err != nil {
		return agent, err
	}
	token, subject, err := e.admitted(ctx, secret, asked.publicKey)
	if err != nil {
		return agent, err
	}
	issued, err := e.issueAgent(ctx, subject, asked)
	if err != nil {
		return agent, err
	}
	err = e.update(ctx, by, func(c change) error {
		if err := c.stillSigns(issued.root); err != nil {
			return err
		}
		if err := c.use(token, asked.publicKey); err != nil {
			return err
		}
		agent, err = c.enrolled(subject, issued.certificate, inventory)
		return err
	})
	return agent, err
}

// admitted is whom a token is for.
func (e *Engine) admitted(ctx context.Context, secret, publicKey string) (token clm.EnrolmentToken, subject agentSubject, err error) {
	hash, ok := clm.HashAccessSecret(secret)
	if !ok {
		return token, subject, clm.Errorf(clm.KindDenied, "this is no enrolment token").
			WithHint("give one as the ephemeral resource clm_enrolment_token shows it: clm_ and 36 letters and digits")
	}
	err = e.view(ctx, func(tx Tx) error {
		if token, err = admit(tx, hash, publicKey, e.now()); err != nil {
			return err
		}
		if subject, err = subjectOfAgent(tx, token.Noun, token.SubjectID); err != nil {
			return err
		}
		return subject.mayEnrol(tx)
	})
	return token, subject, err
}

func admit(tx Tx, hash, publicKey string, now time.Time) (clm.EnrolmentToken, error) {
	token, err := tx.EnrolmentTokenByHash(hash)
	if clm.KindOf(err) == clm.KindNotFound {
		return token, clm.Errorf(clm.KindDenied, "the enrolment token is not one of this estate, or a later one has taken its place").
			WithHint("make another one with the ephemeral resource clm_enrolment_token or the command enrolment-token create")
	}
	if err != nil {
		return token, err
	}
	return token, token.Refusal(publicKey, now)
}

// use gives the token to a public key, unless another was faster.
func (c change) use(token clm.EnrolmentToken, publicKey string) error {
	token, err := admit(c.Tx, token.Hash, publicKey, c.now)
	if err != nil {
		return err
	}
	token.UsedBy, token.UsedAt = publicKey, &c.now
	return c.UpdateEnrolmentToken(&token)
}

// enrolled records a new agent in place of the one before, if there was one.
func (c change) enrolled(subject agentSubject, certificate clm.AgentCertificate, inventory clm.Inventory) (clm.Agent, error) {
	agent := clm.Agent{ID: subject.id, Noun: subject.noun, Name: subject.name, Current: certificate, EnrolledAt: c.now, Inventory: inventory}
	before, err := c.Agent(subject.id)
	if unlessNotFound(err) != nil {
		return agent, err
	}
	if err == nil {
		if err := c.withdraw(before, "superseded"); err != nil {
			return agent, err
		}
		agent.Revision = before.Revision
		err = c.UpdateAgent(&agent)
	} else {
		err = c.InsertAgent(&agent)
	}
	if err != nil {
		return agent, err
	}
	return agent, c.recordAgent("enrol", agent)
}

// withdraw puts what an agent could show on the revocation lists.
func (c change) withdraw(agent clm.Agent, reason clm.RevocationReason) error {
	for _, certificate := range agent.Certificates() {
		if err := c.withdrawOne(certificate, reason); err != nil {
			return err
		}
	}
	return nil
}

func (c change) withdrawOne(certificate clm.AgentCertificate, reason clm.RevocationReason) error {
	if !certificate.NotAfter.After(c.now) {
		return nil
	}
	return c.PutRevocation(certificate.Issuer, clm.Revocation{
		SerialNumber: certificate.SerialNumber, RevokedAt: c.now, Reason: reason.OrDefault(), NotAfter: certificate.NotAfter,
	})
}

func (c change) recordAgent(verb string, agent clm.Agent) error {
	latest := agent.Latest()
	return c.record(clm.NounAgent, verb, agent.ID, agent.Title(), map[string]string{
		"serial_number": latest.SerialNumber, "fingerprint_sha256": latest.FingerprintSHA256,
	})
}

// request is what an agent asks a certificate for.
type agentRequest struct {
	key       any
	publicKey string
}

func askedFor(pem []byte) (agentRequest, error) {
	request, err := pki.ParseRequest(pem)
	if err != nil {
		return agentRequest{}, invalid("certificate_request_pem", err)
	}
	publicKey, err := pki.PublicKeyFingerprint(request.PublicKey)
	return agentRequest{request.PublicKey, publicKey}, invalid("certificate_request_pem", err)
}
