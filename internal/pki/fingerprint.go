package pki

import (
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/hex"
)

// Fingerprint returns the lower-case hex SHA-256 of der.
func Fingerprint(der []byte) string {
	sum := sha256.Sum256(der)
	return hex.EncodeToString(sum[:])
}

// SerialNumber returns the certificate's serial number as lower-case hex of even length, no colons.
func SerialNumber(cert *x509.Certificate) string { return serialOf(cert.SerialNumber) }

// PublicKeyFingerprint returns the lower-case hex SHA-256 over the key's SubjectPublicKeyInfo, so that certificates which
// share a key share this value. It fails with "unsupported" on a key that has no such form.
func PublicKeyFingerprint(pub crypto.PublicKey) (string, error) {
	spki, err := x509.MarshalPKIXPublicKey(pub)
	if err != nil {
		return "", refuse(Unsupported, "public_key", "", "the public key cannot be encoded: %w", err)
	}
	return Fingerprint(spki), nil
}

// publicKeyBits is the subjectPublicKey bit string, which key identifiers are hashes of.
func publicKeyBits(pub crypto.PublicKey) ([]byte, error) {
	spki, err := x509.MarshalPKIXPublicKey(pub)
	if err != nil {
		return nil, refuse(Unsupported, "public_key", "", "the public key cannot be encoded: %w", err)
	}
	var info struct {
		Algorithm asn1.RawValue
		Key       asn1.BitString
	}
	if _, err := asn1.Unmarshal(spki, &info); err != nil {
		return nil, refuse(Malformed, "public_key", "", "the public key cannot be read back: %w", err)
	}
	return info.Key.RightAlign(), nil
}

// subjectKeyID is method 1 of RFC 7093, section 2: the leftmost 160 bits of the SHA-256 of the subjectPublicKey bit string.
func subjectKeyID(pub crypto.PublicKey) ([]byte, error) {
	bits, err := publicKeyBits(pub)
	sum := sha256.Sum256(bits)
	return sum[:20], err
}
