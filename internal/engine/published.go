package engine

import (
	"crypto/x509"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

// announce writes into a certificate where its revocation is published. Where no
// server is reached by relying parties nothing is announced: a verifier that is told
// of a place and finds nothing there refuses the certificate.
func (e *Engine) announce(request *pki.LeafRequest, issuer *x509.Certificate) {
	if e.Address == "" {
		return
	}
	request.OCSPURL = e.Address + clm.OCSPPath
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
