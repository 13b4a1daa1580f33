package pki

import (
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
)

const requestBlock = "CERTIFICATE REQUEST"

// CreateRequest asks for a certificate of the key, as PEM (PKCS#10, RFC 2986). The
// signature proves that who asks has the key, which stays where it is.
func CreateRequest(subject Subject, key crypto.Signer) ([]byte, error) {
	if err := firstError(subject.Check("subject"), CheckKeyStrength(key.Public())); err != nil {
		return nil, err
	}
	template := &x509.CertificateRequest{Subject: subject.Name(), SignatureAlgorithm: signatureAlgorithm(key.Public())}
	der, err := x509.CreateCertificateRequest(rand.Reader, template, key)
	if err != nil {
		return nil, refuse(Unsupported, "", "", "the certificate request cannot be signed: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: requestBlock, Bytes: der}), nil
}
