package pki

import (
	"bytes"
	"cmp"
	"crypto"
	"crypto/x509"
	"time"
)

// CrossSign issues a certificate for root's name and key under issuer, so that whoever trusts issuer accepts what root signs.
// It is valid from notBefore, or from when both are, until the first of the two ends. Key identifiers, key usage and path
// length are root's own, the last cut down to what issuer allows.
func CrossSign(root, issuer *x509.Certificate, issuerKey crypto.Signer, notBefore time.Time) (*x509.Certificate, error) {
	if err := firstError(checkMayIssue(root), withName(root, CheckKeyStrength(root.PublicKey)), checkIssuer(issuer, issuerKey)); err != nil {
		return nil, err
	}
	if SameKey(root.PublicKey, issuer.PublicKey) && bytes.Equal(root.RawSubject, issuer.RawSubject) {
		return nil, refuse(KeyMismatch, pemField, "", "%s cannot be cross-signed by itself", nameOf(root))
	}
	if isConstrainedToLeaves(issuer) {
		return nil, refuse(PathLength, "", "", "%s may not issue CA certificates (path length 0)", nameOf(issuer))
	}
	notBefore, notAfter := commonValidity(root, issuer, notBefore)
	if err := checkDates(notBefore, notAfter); err != nil {
		return nil, err
	}
	template, err := crossTemplate(root, issuer, notBefore, notAfter)
	if err != nil {
		return nil, err
	}
	cert, err := sign(template, issuer, root.PublicKey, issuerKey)
	if err != nil {
		return nil, err
	}
	return cert, checkChained(cert, issuer)
}

func isConstrainedToLeaves(cert *x509.Certificate) bool {
	length := maxPathLength(cert)
	return length != nil && *length == 0
}

func commonValidity(a, b *x509.Certificate, notBefore time.Time) (from, to time.Time) {
	from, to = notBefore, a.NotAfter
	for _, cert := range []*x509.Certificate{a, b} {
		if cert.NotBefore.After(from) {
			from = cert.NotBefore
		}
		if cert.NotAfter.Before(to) {
			to = cert.NotAfter
		}
	}
	return from, to
}

func crossTemplate(root, issuer *x509.Certificate, notBefore, notAfter time.Time) (*x509.Certificate, error) {
	template, err := newTemplate(root.PublicKey, notBefore, notAfter)
	if err != nil {
		return nil, err
	}
	// The name byte for byte: a re-encoded one may differ, and then nothing root signed would chain through.
	template.RawSubject = root.RawSubject
	template.IsCA = true
	template.KeyUsage = cmp.Or(root.KeyUsage, x509.KeyUsageCertSign|x509.KeyUsageCRLSign)
	if len(root.SubjectKeyId) > 0 {
		template.SubjectKeyId = root.SubjectKeyId
	}
	if template.AuthorityKeyId, err = issuerKeyID(issuer); err != nil {
		return nil, err
	}
	template.MaxPathLen = crossPathLength(root, issuer)
	template.MaxPathLenZero = template.MaxPathLen == 0
	return template, nil
}

// crossPathLength is the smaller of root's limit and one less than issuer's; -1 for none.
func crossPathLength(root, issuer *x509.Certificate) int {
	length := -1
	if own := maxPathLength(root); own != nil {
		length = *own
	}
	if above := maxPathLength(issuer); above != nil && (length < 0 || *above-1 < length) {
		length = *above - 1
	}
	return length
}
