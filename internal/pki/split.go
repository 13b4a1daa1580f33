package pki

import (
	"crypto/x509"
	"slices"
)

// SplitChain sorts a bundle given in any order into the end-entity certificate, its intermediates from the bottom up, and the
// self-signed roots. Repeated certificates count once. A bundle of CA certificates alone has a nil leaf; two end-entity
// certificates are "ambiguous". CA certificates that do not belong to the leaf follow those that do, in their given order.
func SplitChain(data []byte) (leaf *x509.Certificate, intermediates, roots []*x509.Certificate, err error) {
	certs, err := ParseCertificates(data)
	if err != nil {
		return nil, nil, nil, err
	}
	var leaves []*x509.Certificate
	for _, cert := range distinct(certs) {
		switch {
		case isSelfSigned(cert) && (cert.IsCA || issuedAnother(cert, certs)):
			roots = append(roots, cert)
		case cert.IsCA:
			intermediates = append(intermediates, cert)
		default:
			leaves = append(leaves, cert)
		}
	}
	if len(leaves) > 1 {
		return nil, nil, nil, refuse(Ambiguous, pemField, "keep one", "the bundle holds %d end-entity certificates, such as %s and %s",
			len(leaves), nameOf(leaves[0]), nameOf(leaves[1]))
	}
	if len(leaves) == 1 {
		leaf = leaves[0]
	}
	return leaf, upward(leaf, intermediates, roots), roots, nil
}

func distinct(certs []*x509.Certificate) []*x509.Certificate {
	var out []*x509.Certificate
	for _, cert := range certs {
		if !slices.ContainsFunc(out, cert.Equal) {
			out = append(out, cert)
		}
	}
	return out
}

func issuedAnother(issuer *x509.Certificate, certs []*x509.Certificate) bool {
	return slices.ContainsFunc(certs, func(cert *x509.Certificate) bool { return !cert.Equal(issuer) && issued(issuer, cert) })
}

// upward orders intermediates: those on leaf's chain first, bottom to top, then the others as they came.
func upward(leaf *x509.Certificate, intermediates, roots []*x509.Certificate) []*x509.Certificate {
	if leaf == nil {
		return intermediates
	}
	chain, _ := BuildChain(leaf, slices.Concat(intermediates, roots))
	var out []*x509.Certificate
	for _, cert := range chain[1:] {
		if slices.ContainsFunc(intermediates, cert.Equal) {
			out = append(out, cert)
		}
	}
	return distinct(append(out, intermediates...))
}
