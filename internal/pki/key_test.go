package pki_test

import (
	"bytes"
	"crypto/dsa" //nolint:staticcheck // a key of a kind nobody should use is what the test is about
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"strings"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

func TestKeySpec(t *testing.T) {
	t.Parallel()
	for _, spec := range append(specs, pki.KeySpec{}) {
		must(t, spec.Check())
		if got := pki.KeySpecOf(newKey(t, spec).Public()); got != spec.WithDefaults() {
			t.Errorf("a key of %+v is %+v", spec, got)
		}
	}
	for _, tt := range []struct {
		spec        pki.KeySpec
		field, text string
	}{
		{pki.KeySpec{Algorithm: "rsa"}, "key_algorithm", `key algorithm "rsa" is not known: use RSA, ECDSA or ED25519`},
		{pki.KeySpec{Algorithm: pki.RSA, RSABits: 1024}, "rsa_bits", "1024 is not an RSA key size from 2048 to 8192: use 2048, 3072 or 4096"},
		{pki.KeySpec{Algorithm: pki.RSA, RSABits: 2049}, "rsa_bits", "2049 is not an RSA key size from 2048 to 8192: use 2048, 3072 or 4096"},
		{pki.KeySpec{Algorithm: pki.RSA, RSABits: 8200}, "rsa_bits", "8200 is not an RSA key size from 2048 to 8192: use 2048, 3072 or 4096"},
		{pki.KeySpec{Algorithm: pki.RSA, Curve: pki.P256}, "ecdsa_curve", "ecdsa_curve has no meaning for RSA: leave it out, or set key_algorithm to ECDSA"},
		{pki.KeySpec{RSABits: 2048}, "rsa_bits", "rsa_bits has no meaning for ECDSA: leave it out, or set key_algorithm to RSA"},
		{pki.KeySpec{Curve: "P224"}, "ecdsa_curve", `curve "P224" is not known: use P256, P384 or P521`},
	} {
		wantError(t, tt.spec.Check(), pki.InvalidKeySpec, tt.field, tt.text)
		if _, err := pki.GenerateKey(tt.spec); pki.CodeOf(err) != pki.InvalidKeySpec {
			t.Errorf("%+v generated: %v", tt.spec, err)
		}
	}
}

func TestCheckKeyStrength(t *testing.T) {
	t.Parallel()
	for _, spec := range specs {
		must(t, pki.CheckKeyStrength(newKey(t, spec).Public()))
	}
	p224, err := ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	must(t, err)
	wantError(t, pki.CheckKeyStrength(p224.Public()), pki.WeakKey, "", "the ECDSA key is on the curve P-224: use P-256, P-384 or P-521")
	short := &rsa.PublicKey{N: new(big.Int).Lsh(big.NewInt(1), 2046), E: 65537}
	wantError(t, pki.CheckKeyStrength(short), pki.WeakKey, "", "the RSA key has only 2047 bits: use at least 2048 bits")
	wantError(t, pki.CheckKeyStrength(&dsa.PublicKey{}), pki.Unsupported, "", "the public key's algorithm is not supported: use RSA, ECDSA (P-256, P-384, P-521) or Ed25519")
}

func TestSameKey(t *testing.T) {
	t.Parallel()
	a, b := newKey(t, pki.KeySpec{}).Public(), newKey(t, pki.KeySpec{}).Public()
	if !pki.SameKey(a, a) || pki.SameKey(a, b) || pki.SameKey(nil, nil) || pki.SameKey(a, nil) || pki.SameKey(a, rsaKey().Public()) {
		t.Error("keys compare wrongly")
	}
}

// Each kind of key comes back from each form that programs write.
func TestParsePrivateKey(t *testing.T) {
	t.Parallel()
	for _, spec := range specs {
		key := newKey(t, spec)
		pkcs8, err := pki.EncodePrivateKey(key)
		must(t, err)
		der, err := pki.MarshalPrivateKey(key)
		must(t, err)
		forms := map[string][]byte{
			"PKCS#8 PEM": pkcs8, "PKCS#8 DER": der,
			"after a certificate": append(pki.EncodeCertificates(newRoot(t, "Root", pki.KeySpec{}).cert), pkcs8...),
			"Windows line ends":   bytes.ReplaceAll(pkcs8, []byte("\n"), []byte("\r\n")),
			"indented":            bytes.ReplaceAll(pkcs8, []byte("\n"), []byte("\n    ")),
		}
		switch key := key.(type) {
		case *rsa.PrivateKey:
			forms["PKCS#1 DER"] = x509.MarshalPKCS1PrivateKey(key)
			forms["PKCS#1 PEM"] = pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: forms["PKCS#1 DER"]})
		case *ecdsa.PrivateKey:
			forms["SEC 1 DER"], err = x509.MarshalECPrivateKey(key)
			must(t, err)
			forms["SEC 1 PEM after parameters"] = append([]byte("-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"),
				pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: forms["SEC 1 DER"]})...)
		}
		for name, data := range forms {
			got, err := pki.ParsePrivateKey(data)
			if err != nil || !pki.SameKey(got.Public(), key.Public()) {
				t.Errorf("%s %s: %v", specName(spec), name, err)
			}
		}
	}
}

func TestParsePrivateKeyRefuses(t *testing.T) {
	t.Parallel()
	plain, err := pki.EncodePrivateKey(newKey(t, pki.KeySpec{}))
	must(t, err)
	plainFile := file(t, "plain.pem", plain)
	encrypted := openssl(t, "pkcs8", "-topk8", "-in", plainFile, "-passout", "pass:x")
	encryptedDER := openssl(t, "pkcs8", "-topk8", "-in", plainFile, "-passout", "pass:x", "-outform", "DER")
	old := openssl(t, "ec", "-in", plainFile, "-aes128", "-passout", "pass:x")
	agreement, err := ecdh.X25519().GenerateKey(rand.Reader)
	must(t, err)
	agreementDER, err := x509.MarshalPKCS8PrivateKey(agreement)
	must(t, err)
	decrypt := "the private key is encrypted: decrypt it first, for example with: openssl pkey -in key.pem -out plain.pem"
	for name, tt := range map[string]struct {
		data []byte
		code pki.Code
		text string
	}{
		"empty":         {nil, pki.NoPrivateKey, "the input is empty"},
		"encrypted":     {[]byte(encrypted), pki.Unsupported, decrypt},
		"encrypted DER": {[]byte(encryptedDER), pki.Unsupported, decrypt},
		"encrypted old": {[]byte(old), pki.Unsupported, decrypt},
		"OpenSSH":       {[]byte("-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n"), pki.Unsupported, "the private key is in OpenSSH's own format: convert it with: ssh-keygen -p -m PKCS8 -f key"},
		"X25519":        {agreementDER, pki.Unsupported, "the private key cannot sign certificates: use RSA, ECDSA (P-256, P-384, P-521) or Ed25519"},
		"secp256k1":     {read(t, "testdata/secp256k1-key.pem"), pki.Unsupported, "the private key's algorithm (1.2.840.10045.2.1) or its parameters are not supported: use RSA, ECDSA (P-256, P-384, P-521) or Ed25519"},
		"certificate":   {pki.EncodeCertificates(newRoot(t, "Root", pki.KeySpec{}).cert), pki.NoPrivateKey, "the PEM text holds no private key"},
		"two":           {append(plain[:len(plain):len(plain)], plain...), pki.Ambiguous, "one private key is expected, 2 are there"},
		"cut off":       {plain[:len(plain)-30], pki.Malformed, "the PEM private key is damaged or cut off: copy it again, from -----BEGIN to -----END, with its line breaks"},
		"random":        {[]byte("hello"), pki.Malformed, "the input is not a PKCS#8, PKCS#1 or SEC 1 private key"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := pki.ParsePrivateKey(tt.data)
			wantError(t, err, tt.code, "private_key_pem", tt.text)
		})
	}
}

func TestEncodePrivateKeyRefuses(t *testing.T) {
	t.Parallel()
	_, err := pki.EncodePrivateKey(nil)
	wantError(t, err, pki.NoPrivateKey, "private_key_pem", "there is no private key to encode")
	_, err = pki.MarshalPrivateKey(lyingSigner{newKey(t, pki.KeySpec{}), nil})
	wantError(t, err, pki.Unsupported, "private_key_pem", "a private key of type pki_test.lyingSigner cannot be exported")
}

func TestError(t *testing.T) {
	t.Parallel()
	_, err := pki.ParseCertificates([]byte{0x30, 0x00})
	wrapped := fmt.Errorf("importing a root: %w", err)
	if pki.CodeOf(wrapped) != pki.Malformed || pki.CodeOf(nil) != "" || pki.CodeOf(io.EOF) != "" {
		t.Error("codes are not found")
	}
	if e, ok := errors.AsType[*pki.Error](err); !ok || e.Err == nil || !errors.Is(err, e.Err) || !strings.Contains(err.Error(), e.Err.Error()) {
		t.Errorf("the cause is lost: %+v", e)
	}
}
