package probe_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/servers"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/probe"
)

// name is what all servers of these tests are called.
const name = "server.example.com"

// authority is a certificate with its key, that vouches for others.
type authority struct {
	cert *x509.Certificate
	key  crypto.Signer
}

// site is the files of a server: a certificate from an intermediate CA under a root.
type site struct {
	root, intermediate authority
	leaf               *x509.Certificate

	Certificate string // path: the certificate and the intermediate
	Key         string // path
	Bundle      string // path: all of it
	Chain       string // path: the intermediate
}

// newSite issues a certificate whose key is of a kind: "ec" or "rsa".
func newSite(t testing.TB, kind string) *site {
	t.Helper()
	dir := t.TempDir()
	s := &site{
		Certificate: filepath.Join(dir, "server.crt"), Key: filepath.Join(dir, "server.key"),
		Bundle: filepath.Join(dir, "server.pem"), Chain: filepath.Join(dir, "chain.crt"),
	}
	s.root = issue(t, authority{}, "ec", "Root")
	s.intermediate = issue(t, s.root, "ec", "Intermediate")
	s.renew(t, kind)
	return s
}

// renew puts a new certificate with a new key in the place of the old ones.
func (s *site) renew(t testing.TB, kind string) {
	t.Helper()
	own := issue(t, s.intermediate, kind, name)
	s.leaf = own.cert
	key, err := x509.MarshalPKCS8PrivateKey(own.key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, chain, secret := encode("CERTIFICATE", own.cert.Raw), encode("CERTIFICATE", s.intermediate.cert.Raw), encode("PRIVATE KEY", key)
	put(t, s.Certificate, 0o644, leaf, chain)
	put(t, s.Chain, 0o644, chain)
	put(t, s.Key, 0o600, secret)
	put(t, s.Bundle, 0o600, leaf, chain, secret)
}

func (s *site) fingerprint() string { return fingerprint(s.leaf.Raw) }

func (s *site) expected() probe.Expected {
	return probe.Expected{FingerprintSHA256: s.fingerprint(), Chain: [][]byte{s.intermediate.cert.Raw}}
}

// issue makes a certificate: a CA, unless it is called like the server. An
// authority without certificate stands for the new one itself.
func issue(t testing.TB, by authority, kind, commonName string) authority {
	t.Helper()
	own := authority{key: newKey(t, kind)}
	template := &x509.Certificate{
		SerialNumber: serial(t), Subject: pkix.Name{CommonName: commonName},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment, DNSNames: []string{commonName},
	}
	if commonName != name {
		template.IsCA, template.BasicConstraintsValid = true, true
		template.KeyUsage, template.DNSNames = x509.KeyUsageCertSign, nil
	}
	parent := by
	if parent.cert == nil {
		parent = authority{template, own.key}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent.cert, own.key.Public(), parent.key)
	if err != nil {
		t.Fatal(err)
	}
	if own.cert, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	return own
}

func newKey(t testing.TB, kind string) crypto.Signer {
	t.Helper()
	var key crypto.Signer
	var err error
	if kind == "rsa" {
		key, err = rsa.GenerateKey(rand.Reader, 2048)
	} else {
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	}
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func serial(t testing.TB) *big.Int {
	t.Helper()
	n, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func encode(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

// put writes in place, so that the owner remains.
func put(t testing.TB, path string, mode os.FileMode, parts ...[]byte) {
	t.Helper()
	if err := os.WriteFile(path, bytes.Join(parts, nil), mode); err != nil {
		t.Fatal(err)
	}
}

// openssl is the outside witness.
func openssl(t testing.TB, dir string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "openssl", args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("openssl %v: %v\n%s", args, err, out)
	}
	return string(out)
}

func fingerprint(der []byte) string {
	sum := sha256.Sum256(der)
	return hex.EncodeToString(sum[:])
}

// look probes one address, which must give one look.
func look(t testing.TB, prober *probe.Prober, r probe.Request) probe.Look {
	t.Helper()
	if r.ServerName == "" {
		r.ServerName = name
	}
	results := prober.Probe(t.Context(), []probe.Request{r})
	if len(results) != 1 || len(results[0].Looks) != 1 {
		t.Fatalf("probing %+v: got %+v, want one look", r, results)
	}
	return results[0].Looks[0]
}

// served probes one address, which must serve something, by TLS.
func served(t testing.TB, address string) *probe.Served {
	t.Helper()
	l := look(t, &probe.Prober{}, probe.Request{Address: address})
	if l.Err != nil {
		t.Fatal(l.Err)
	}
	return l.Served
}

// failure probes one address, which must fail.
func failure(t testing.TB, prober *probe.Prober, r probe.Request) *probe.Failure {
	t.Helper()
	l := look(t, prober, r)
	var failed *probe.Failure
	if !errors.As(l.Err, &failed) || l.Served != nil {
		t.Fatalf("probing %+v: got %+v, %v; want a failure", r, l.Served, l.Err)
	}
	return failed
}

// checks that the address serves what the site has, all of it.
func (s *site) checks(t testing.TB, address string, protocol probe.Protocol) {
	t.Helper()
	if fault := s.fault(t, address, protocol); fault != "" {
		t.Error(fault)
	}
}

// follows waits until the address does: right after a reload, some servers go on
// with what they had.
func (s *site) follows(t testing.TB, address string, protocol probe.Protocol) {
	t.Helper()
	servers.Await(t, "new certificate at "+address, func() bool { return s.fault(t, address, protocol) == "" })
}

// fault is what is not as it should be at an address.
func (s *site) fault(t testing.TB, address string, protocol probe.Protocol) string {
	t.Helper()
	r := probe.Request{Address: address, ServerName: name, Protocol: protocol}
	result := (&probe.Prober{}).Probe(t.Context(), []probe.Request{r})[0]
	for _, v := range probe.Judge(s.expected(), result) {
		if v.Status != "in_sync" {
			return fmt.Sprintf("%s over %s: %s %s, %s", v.Address, protocol, v.Status, v.Reason, v.Detail)
		}
	}
	if got := result.Looks[0].Served; !got.NameMatches || !got.KeyProven {
		return fmt.Sprintf("%s over %s: got %+v, want a certificate valid for %s, and its key proven", address, protocol, got, name)
	}
	return ""
}
