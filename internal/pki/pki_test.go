package pki_test

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"errors"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

// now is when the tests take place.
var now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

const year = 365 * 24 * time.Hour

// specs are all kinds of key that are issued here.
var specs = []pki.KeySpec{
	{Algorithm: pki.ECDSA, Curve: pki.P256},
	{Algorithm: pki.ECDSA, Curve: pki.P384},
	{Algorithm: pki.ECDSA, Curve: pki.P521},
	{Algorithm: pki.RSA, RSABits: 2048},
	{Algorithm: pki.Ed25519},
}

func specName(spec pki.KeySpec) string {
	return strings.TrimRight(spec.Algorithm+spec.Curve, "-")
}

// ca is a root certificate with its key.
type ca struct {
	cert *x509.Certificate
	key  crypto.Signer
}

// One RSA key is enough: making one takes as long as everything else here.
var rsaKey = sync.OnceValue(func() crypto.Signer {
	key, err := pki.GenerateKey(pki.KeySpec{Algorithm: pki.RSA})
	if err != nil {
		panic(err)
	}
	return key
})

func newKey(t testing.TB, spec pki.KeySpec) crypto.Signer {
	t.Helper()
	if spec.Algorithm == pki.RSA {
		return rsaKey()
	}
	key, err := pki.GenerateKey(spec)
	must(t, err)
	return key
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func rootRequest(name string) pki.RootRequest {
	return pki.RootRequest{Subject: pki.Subject{CommonName: name}, Validity: 10 * year, NotBefore: now.Add(-time.Hour)}
}

func newRoot(t testing.TB, name string, spec pki.KeySpec) ca {
	t.Helper()
	key := newKey(t, spec)
	cert, err := pki.CreateRoot(rootRequest(name), key)
	must(t, err)
	return ca{cert, key}
}

func leafRequest(name string, pub crypto.PublicKey) pki.LeafRequest {
	return pki.LeafRequest{
		Subject: pki.Subject{CommonName: name}, Names: pki.Names{DNS: []string{name}},
		PublicKey: pub, NotBefore: now.Add(-time.Minute), NotAfter: now.Add(year),
	}
}

func (c ca) leaf(t testing.TB, name string, key crypto.Signer) *x509.Certificate {
	t.Helper()
	cert, err := pki.CreateLeaf(leafRequest(name, key.Public()), c.cert, c.key)
	must(t, err)
	return cert
}

// wantError checks code, field and the whole text: people read it.
func wantError(t *testing.T, err error, code pki.Code, field, text string) {
	t.Helper()
	var e *pki.Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want a *pki.Error: %s", err, text)
	}
	if e.Code != code || e.Field != field || err.Error() != text {
		t.Errorf("got  %s (%s) %s\nwant %s (%s) %s", e.Code, e.Field, err, code, field, text)
	}
}

// file writes content where outside programs find it.
func file(t testing.TB, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	must(t, os.WriteFile(path, content, 0o600))
	return path
}

func keyFile(t testing.TB, key crypto.Signer) string {
	t.Helper()
	pem, err := pki.EncodePrivateKey(key)
	must(t, err)
	return file(t, "key.pem", pem)
}

func certFile(t testing.TB, certs ...*x509.Certificate) string {
	t.Helper()
	return file(t, "cert.pem", pki.EncodeCertificates(certs...))
}

// run starts an outside program, which must succeed, and returns what it says.
func run(t testing.TB, name string, args ...string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8")
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s %s: %v\n%s%s", name, strings.Join(args, " "), err, stdout.String(), stderr.String())
	}
	return stdout.String()
}

// runBoth is openssl, with what it says on its standard error too.
func runBoth(t testing.TB, args ...string) string {
	t.Helper()
	out, err := exec.Command("openssl", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("openssl %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

func openssl(t testing.TB, args ...string) string { t.Helper(); return run(t, "openssl", args...) }

var bigOne = big.NewInt(1)

type zeroReader struct{}

func (zeroReader) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// lyingSigner signs with another key than it shows.
type lyingSigner struct {
	crypto.Signer
	public crypto.PublicKey
}

func (l lyingSigner) Public() crypto.PublicKey { return l.public }
