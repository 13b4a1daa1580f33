package pki

import (
	"crypto/x509"
	"encoding/pem"
)

const (
	requestField = "certificate_request_pem"
	// maxRequest is far above any request with a few names.
	maxRequest = 64 << 10
)

// ParseRequest reads a PKCS#10 certificate request (RFC 2986) in PEM, and proves that whoever sent it has the key: its signature
// is right, and neither the key nor the signature is weak.
func ParseRequest(text []byte) (*x509.CertificateRequest, error) {
	if len(text) > maxRequest {
		return nil, refuse(Malformed, requestField, "", "the certificate request of %d bytes is longer than %d", len(text), maxRequest)
	}
	block, _ := pem.Decode(plainLines(text))
	if block == nil || block.Type != requestBlock && block.Type != "NEW "+requestBlock {
		return nil, refuse(Malformed, requestField, "copy it again, from -----BEGIN CERTIFICATE REQUEST----- to -----END", "there is no certificate request in PEM")
	}
	request, err := x509.ParseCertificateRequest(block.Bytes)
	if err != nil {
		return nil, refuse(Malformed, requestField, "", "the certificate request cannot be parsed: %w", err)
	}
	if isWeakSignature(request.SignatureAlgorithm) {
		return nil, refuse(WeakSignature, requestField, "sign it with SHA-256 or better", "the certificate request is signed with %s", request.SignatureAlgorithm)
	}
	if err := request.CheckSignature(); err != nil {
		return nil, refuse(Malformed, requestField, "make it anew", "the certificate request is not signed by the key it is for: %w", err)
	}
	return request, CheckKeyStrength(request.PublicKey)
}
