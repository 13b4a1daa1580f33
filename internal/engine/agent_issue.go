package engine

import (
	"context"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

// issuedAgent is an agent's certificate that was signed and not yet recorded.
type issuedAgent struct {
	root        clm.RootCertificate
	certificate clm.AgentCertificate
}

// issueAgent signs a certificate for an agent's key, outside any transaction.
func (e *Engine) issueAgent(ctx context.Context, subject agentSubject, asked agentRequest) (out issuedAgent, err error) {
	var key clm.PrivateKey
	err = e.view(ctx, func(tx Tx) error {
		if out.root, err = controlRoot(tx); err != nil {
			return err
		}
		key, err = tx.Key(out.root.Signer().KeyID)
		return err
	})
	if err != nil {
		return out, err
	}
	signer, err := e.signer(key)
	if err != nil {
		return out, err
	}
	ca, err := pki.ParseCertificate(out.root.Signer().Certificate)
	if err != nil {
		return out, invalid("", err)
	}
	request := agentLeaf(subject, asked, e.now())
	if request.NotBefore.Before(ca.NotBefore) {
		request.NotBefore = ca.NotBefore
	}
	if request.NotAfter.After(ca.NotAfter) {
		request.NotAfter = ca.NotAfter
	}
	e.announce(&request, ca)
	leaf, err := e.Issuer.Issue(ctx, request, ca, signer)
	if err != nil {
		return out, invalid("", err)
	}
	out.certificate = clm.AgentCertificate{
		Certificate: leaf.Raw, Chain: out.root.SignerChain(), Issuer: clm.CA{IssuerID: out.root.ID, FingerprintSHA256: pki.Fingerprint(ca.Raw)},
		FingerprintSHA256: pki.Fingerprint(leaf.Raw), SerialNumber: pki.SerialNumber(leaf), PublicKey: asked.publicKey,
		Names: subject.serves, NotBefore: leaf.NotBefore.UTC(), NotAfter: leaf.NotAfter.UTC(),
	}
	return out, nil
}

// longestCommonName is ub-common-name of RFC 5280, appendix A.1. A name is plain ASCII.
const longestCommonName = 64

// agentLeaf is the certificate of an agent: a client's, and a server's too where an
// internet gateway answers to other agents.
func agentLeaf(subject agentSubject, asked agentRequest, now time.Time) pki.LeafRequest {
	usages := []string{"client_auth"}
	if len(subject.serves.DNS)+len(subject.serves.IPs) > 0 {
		usages = append(usages, "server_auth")
	}
	names := namesOf(subject.serves)
	names.URIs = []string{"urn:uuid:" + subject.id} // RFC 9562
	return pki.LeafRequest{
		Subject: pki.Subject{CommonName: subject.name[:min(len(subject.name), longestCommonName)]}, Names: names, ExtKeyUsages: usages, PublicKey: asked.key,
		NotBefore: now.Add(-clockSkew), NotAfter: now.Add(clm.AgentValidity),
	}
}
