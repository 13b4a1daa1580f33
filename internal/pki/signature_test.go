package pki

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"math/big"
	"testing"
)

// The hash is never weaker than the key that signs it.
func TestSignatureAlgorithm(t *testing.T) {
	t.Parallel()
	ofRSA := func(bits uint) crypto.PublicKey { return &rsa.PublicKey{N: new(big.Int).Lsh(big.NewInt(1), bits-1)} }
	for _, tt := range []struct {
		key  crypto.PublicKey
		want x509.SignatureAlgorithm
	}{
		{ofRSA(2048), x509.SHA256WithRSA}, {ofRSA(3072), x509.SHA256WithRSA}, {ofRSA(4096), x509.SHA384WithRSA},
		{&ecdsa.PublicKey{Curve: elliptic.P256()}, x509.ECDSAWithSHA256},
		{&ecdsa.PublicKey{Curve: elliptic.P384()}, x509.ECDSAWithSHA384},
		{&ecdsa.PublicKey{Curve: elliptic.P521()}, x509.ECDSAWithSHA512},
		{ed25519.PublicKey{}, x509.PureEd25519},
	} {
		if got := signatureAlgorithm(tt.key); got != tt.want {
			t.Errorf("%+v: got %s, want %s", KeySpecOf(tt.key), got, tt.want)
		}
	}
}
