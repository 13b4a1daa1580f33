package pki

import (
	"crypto/x509"
	"errors"
	"time"
)

// VerifyChain checks that leaf chains through intermediates to one of roots at now, by the rules of RFC 5280, section 6, for
// any usage and any name. Only the given roots count, never the machine's.
func VerifyChain(leaf *x509.Certificate, intermediates, roots []*x509.Certificate, now time.Time) error {
	if now.IsZero() {
		// The standard library would read a zero time as the present and break the promise to know no clock.
		return refuse(NotYetValid, "", "", "the time to verify at is not given")
	}
	_, err := leaf.Verify(x509.VerifyOptions{
		Roots: poolOf(roots), Intermediates: poolOf(intermediates), CurrentTime: now,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	})
	if err == nil {
		return nil
	}
	return explain(err, leaf, append(append([]*x509.Certificate{leaf}, intermediates...), roots...), now)
}

func poolOf(certs []*x509.Certificate) *x509.CertPool {
	pool := x509.NewCertPool()
	for _, cert := range certs {
		pool.AddCert(cert)
	}
	return pool
}

// explain looks for the reason along the chain that leaf would have had, because the standard library reports an issuer that
// is expired or weakly signed as an unknown authority, or one dead end of several.
func explain(cause error, leaf *x509.Certificate, given []*x509.Certificate, now time.Time) error {
	chain, complete := BuildChain(leaf, given)
	for i, cert := range chain {
		isAnchor := i == len(chain)-1 && complete // the signature of a trust anchor is not checked
		if err := firstError(checkValidAt(cert, now), weakLink(cert, isAnchor)); err != nil {
			return withField(err, "")
		}
		if i > 0 {
			if err := checkMayIssue(cert); err != nil {
				return withField(err, "")
			}
		}
	}
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](cause); ok {
		return explainInvalid(invalid, leaf)
	}
	return refuse(Untrusted, "", "add the missing intermediates or the right root", "%s does not chain to any of the given roots: %w", nameOf(leaf), cause)
}

func weakLink(cert *x509.Certificate, isAnchor bool) error {
	if isAnchor {
		return nil
	}
	return checkSignatureHash(cert)
}

func explainInvalid(invalid x509.CertificateInvalidError, leaf *x509.Certificate) error {
	switch invalid.Reason {
	case x509.TooManyIntermediates:
		return refuse(PathLength, "", "", "the chain of %s is longer than a path length constraint in it allows: %w", nameOf(leaf), invalid)
	case x509.CANotAuthorizedForThisName, x509.NameConstraintsWithoutSANs, x509.UnconstrainedName, x509.TooManyConstraints, x509.IncompatibleUsage, x509.CANotAuthorizedForExtKeyUsage:
		return refuse(NameConstraint, "", "", "an issuer of %s may not issue it: %w", nameOf(leaf), invalid)
	}
	return refuse(Untrusted, "", "", "%s does not verify: %w", nameOf(leaf), invalid)
}
