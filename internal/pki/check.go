package pki

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"errors"
	"time"
)

// CheckRoot says whether cert may be a root certificate at now: an X.509 v3 CA that may sign certificates, valid now, with a
// strong key, and not signed with MD5 or SHA-1, its own signature included.
func CheckRoot(cert *x509.Certificate, now time.Time) error {
	if cert.Version != 3 {
		return refuse(Unsupported, pemField, "issue a version 3 certificate", "%s is an X.509 version %d certificate", nameOf(cert), cert.Version)
	}
	return firstError(
		checkMayIssue(cert),
		checkValidAt(cert, now),
		withName(cert, CheckKeyStrength(cert.PublicKey)),
		checkSignatureHash(cert),
		checkUnderstood(cert),
		checkSelfSignature(cert),
	)
}

func withName(cert *x509.Certificate, err error) error {
	var e *Error
	if !errors.As(err, &e) {
		return err
	}
	named := *e
	named.Field, named.Message = pemField, nameOf(cert)+": "+e.Message
	return &named
}

func checkValidAt(cert *x509.Certificate, now time.Time) error {
	if now.After(cert.NotAfter) {
		return refuse(Expired, pemField, "", "%s expired at %s", nameOf(cert), date(cert.NotAfter))
	}
	if now.Before(cert.NotBefore) {
		return refuse(NotYetValid, pemField, "", "%s is valid only from %s", nameOf(cert), date(cert.NotBefore))
	}
	return nil
}

func checkSignatureHash(cert *x509.Certificate) error {
	if !isWeakSignature(cert.SignatureAlgorithm) {
		return nil
	}
	return refuse(WeakSignature, pemField, "issue it again with SHA-256 or better", "%s is signed with %s", nameOf(cert), cert.SignatureAlgorithm)
}

func isWeakSignature(algorithm x509.SignatureAlgorithm) bool {
	switch algorithm {
	case x509.MD2WithRSA, x509.MD5WithRSA, x509.SHA1WithRSA, x509.DSAWithSHA1, x509.ECDSAWithSHA1:
		return true
	}
	return false
}

// checkUnderstood refuses critical extensions that verifiers here cannot process: every chain to this root would fail.
func checkUnderstood(cert *x509.Certificate) error {
	if len(cert.UnhandledCriticalExtensions) == 0 {
		return nil
	}
	return refuse(Unsupported, pemField, "", "%s has a critical extension that is not supported (%s)", nameOf(cert), cert.UnhandledCriticalExtensions[0])
}

// checkSelfSignature catches a damaged root. A certificate that names itself as issuer but was signed by an earlier key of
// the same name (RFC 4210, section 4.4) says so in its key identifiers, and is let through.
func checkSelfSignature(cert *x509.Certificate) error {
	if !isSelfIssued(cert) || isRollover(cert) {
		return nil
	}
	if err := cert.CheckSignature(cert.SignatureAlgorithm, cert.RawTBSCertificate, cert.Signature); err != nil {
		return refuse(Malformed, pemField, "", "the self-signature of %s does not verify: %w", nameOf(cert), err)
	}
	return nil
}

func isSelfIssued(cert *x509.Certificate) bool { return bytes.Equal(cert.RawSubject, cert.RawIssuer) }

func isRollover(cert *x509.Certificate) bool {
	return len(cert.AuthorityKeyId) > 0 && !bytes.Equal(cert.AuthorityKeyId, cert.SubjectKeyId)
}

// CheckKeyPair refuses a private key that is missing ("no_private_key") or belongs to another certificate ("key_mismatch").
func CheckKeyPair(cert *x509.Certificate, key crypto.Signer) error {
	if key == nil {
		return refuse(NoPrivateKey, keyField, "", "there is no private key for %s", nameOf(cert))
	}
	if !SameKey(cert.PublicKey, key.Public()) {
		return refuse(KeyMismatch, keyField, "give the key that the certificate was issued for", "the private key does not belong to %s", nameOf(cert))
	}
	return nil
}
