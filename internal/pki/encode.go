package pki

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/pem"
)

const (
	certificateBlock = "CERTIFICATE"
	privateKeyBlock  = "PRIVATE KEY"
)

// EncodeCertificates returns the certificates as PEM, one block after the other, in the order given.
func EncodeCertificates(certs ...*x509.Certificate) []byte {
	var out bytes.Buffer
	for _, cert := range certs {
		// Writing to memory cannot fail, and the block has no headers to be refused.
		_ = pem.Encode(&out, &pem.Block{Type: certificateBlock, Bytes: cert.Raw})
	}
	return out.Bytes()
}

// EncodePrivateKey returns the key as a PKCS#8 PEM block, unencrypted.
func EncodePrivateKey(key crypto.Signer) ([]byte, error) {
	der, err := MarshalPrivateKey(key)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: privateKeyBlock, Bytes: der}), nil
}

// MarshalPrivateKey returns the key as PKCS#8 DER, unencrypted. Keys that never leave their hardware are "unsupported".
func MarshalPrivateKey(key crypto.Signer) ([]byte, error) {
	if key == nil {
		return nil, refuse(NoPrivateKey, "private_key_pem", "", "there is no private key to encode")
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, refuse(Unsupported, "private_key_pem", "", "a private key of type %T cannot be exported", key)
	}
	return der, nil
}

// SamePEM reports whether a and b hold the same certificates in the same order. Whitespace, line endings, block headers and
// text around the blocks do not count. Text that holds no certificate equals only itself.
func SamePEM(a, b string) bool {
	if a == b {
		return true
	}
	left, right := certificateBlocks([]byte(a)), certificateBlocks([]byte(b))
	if len(left) == 0 || len(left) != len(right) {
		return false
	}
	for i := range left {
		if !bytes.Equal(left[i], right[i]) {
			return false
		}
	}
	return true
}
