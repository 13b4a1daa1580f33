package engine

import (
	"context"
	"crypto/x509"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

// PublishedCA is a CA certificate of the estate, as DER, for whoever was shown a
// certificate without its chain.
func (e *Engine) PublishedCA(ctx context.Context, fingerprint string) (der []byte, err error) {
	err = e.view(ctx, func(tx Tx) error {
		a, err := authorityBy(tx, fingerprint)
		if err == nil && a.anchor.Certificate == nil {
			err = clm.Errorf(clm.KindNotFound, "the CA certificate %q was retired", fingerprint)
		}
		der = a.anchor.Certificate
		return err
	})
	return der, err
}

// announce writes into a certificate where its issuer and its revocation are published. Where no
// server is reached by relying parties nothing is announced: a verifier that is told
// of a place and finds nothing there refuses the certificate.
func (e *Engine) announce(request *pki.LeafRequest, issuer *x509.Certificate) {
	if e.Address == "" {
		return
	}
	request.OCSPURL = e.Address + clm.OCSPPath
	request.IssuerURL = e.Address + clm.CAPath + pki.Fingerprint(issuer.Raw) + clm.CAFile
	if pki.MaySignCRLs(issuer) {
		request.CRLURL = e.Address + clm.ListPath + pki.Fingerprint(issuer.Raw) + clm.ListFile
	}
}

func (e *Engine) deltaURL(ca clm.CA) string {
	if e.Address == "" {
		return ""
	}
	return e.Address + clm.ListPath + ca.FingerprintSHA256 + clm.DeltaFile
}
