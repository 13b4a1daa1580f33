package engine

import (
	"context"
	"crypto/x509"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

// AuthenticateRelayed tells which agent an internet gateway speaks for: the one whose
// certificate the gateway has seen in a handshake. It is asked at each request, and
// believes the gateway in nothing else:
//
//	signed   by the servers' root certificate, and not expired
//	known    as that of an agent of a device, which is not revoked
//	theirs   the device and the gateway have one communication profile
func (e *Engine) AuthenticateRelayed(ctx context.Context, gateway clm.Principal, shown *x509.Certificate) (by clm.Principal, err error) {
	if err := e.signed(ctx, shown); err != nil {
		return by, err
	}
	fingerprint := pki.Fingerprint(shown.Raw)
	var agent clm.Agent
	err = e.view(ctx, func(tx Tx) error {
		if agent, err = tx.AgentByFingerprint(fingerprint); err != nil {
			return unlessStrange(err)
		}
		return mayRelay(tx, gateway.AgentID, agent)
	})
	if err != nil {
		return by, err
	}
	if err := agent.Refusal(e.now()); err != nil {
		return by, err
	}
	by = agent.Principal()
	by.RelayedBy = gateway.Name
	return by, e.shown(ctx, agent, fingerprint)
}

// signed verifies what a handshake with the server itself would.
func (e *Engine) signed(ctx context.Context, shown *x509.Certificate) error {
	ders, err := e.AgentAuthorities(ctx)
	if err != nil {
		return err
	}
	roots := make([]*x509.Certificate, len(ders))
	for i, der := range ders {
		if roots[i], err = pki.ParseCertificate(der); err != nil {
			return err
		}
	}
	if err := pki.VerifyChain(shown, nil, roots, e.now()); err != nil {
		return clm.Errorf(clm.KindDenied, "the certificate of the relayed agent is refused: %s", err).
			WithHint("let the agent enrol again with a new enrolment token")
	}
	return nil
}

// unlessStrange is a denial where a certificate is on record for nobody.
func unlessStrange(err error) error {
	if clm.KindOf(err) == clm.KindNotFound {
		return notAnAgents()
	}
	return err
}

// mayRelay keeps gateways to their own agents: who breaks into one speaks for no others.
func mayRelay(tx Tx, gatewayID string, agent clm.Agent) error {
	gateway, err := tx.Gateway(gatewayID)
	if err != nil {
		return err
	}
	device, err := tx.Device(agent.ID)
	switch {
	case agent.Noun != clm.NounDevice:
		return notRelayed(gateway, agent, "it is that of no device")
	case err == nil && device.ProfileID != gateway.ProfileID:
		return notRelayed(gateway, agent, "its device has another communication profile")
	}
	return err
}

func notRelayed(gateway clm.InternetGateway, agent clm.Agent, why string) error {
	return clm.Errorf(clm.KindDenied, "internet gateway %q may not relay the agent of %s %q: %s", gateway.Name, agent.Noun.Words(), agent.Name, why).
		WithHint("give the device and the gateway the same communication profile, or have the agent ask a server itself")
}
