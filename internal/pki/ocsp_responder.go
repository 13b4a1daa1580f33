package pki

import (
	"crypto"
	"crypto/sha1" //nolint:gosec // RFC 6960 names a responder's key by it; nothing is trusted for it
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"time"
)

var oidECDSAWithSHA256 = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}

// GenerateResponderKey makes a key for a delegated OCSP responder: ECDSA on P-256, which every client verifies.
func GenerateResponderKey() (crypto.Signer, error) { return GenerateKey(KeySpec{}) }

// CreateOCSPResponder certifies a delegated responder of issuer (RFC 6960, section 4.2.2.2). Nobody can ask whether it was
// revoked, because it is who would answer: id-pkix-ocsp-nocheck says so, and its life must be short.
func CreateOCSPResponder(issuer *x509.Certificate, issuerKey crypto.Signer, pub crypto.PublicKey, notBefore, notAfter time.Time) (*x509.Certificate, error) {
	if err := firstError(checkIssuer(issuer, issuerKey), checkDates(notBefore, notAfter), checkWithin(notBefore, notAfter, issuer)); err != nil {
		return nil, err
	}
	template, err := newTemplate(pub, notBefore, notAfter)
	if err != nil {
		return nil, err
	}
	template.Subject = pkix.Name{CommonName: "OCSP responder"}
	template.KeyUsage = x509.KeyUsageDigitalSignature
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageOCSPSigning}
	template.ExtraExtensions = []pkix.Extension{{Id: oidOCSPNoCheck, Value: asn1.NullBytes}}
	if template.AuthorityKeyId, err = issuerKeyID(issuer); err != nil {
		return nil, err
	}
	cert, err := sign(template, issuer, pub, issuerKey)
	if err != nil {
		return nil, err
	}
	return cert, checkChained(cert, issuer)
}

func checkResponder(responder *x509.Certificate, key crypto.Signer) error {
	if err := firstError(checkSigner(key), CheckKeyPair(responder, key)); err != nil {
		return err
	}
	if KeySpecOf(key.Public()) != (KeySpec{}).WithDefaults() {
		return refuse(Unsupported, "", "", "an OCSP responder signs with ECDSA on P-256 here")
	}
	return nil
}

// responderKeyHash is the byKey form of a responder's name (RFC 6960, section 4.2.1).
func responderKeyHash(responder *x509.Certificate) ([]byte, error) {
	bits, err := publicKeyBits(responder.PublicKey)
	sum := sha1.Sum(bits) //nolint:gosec // as above
	return sum[:], err
}
