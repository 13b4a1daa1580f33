package agentserver

import (
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"testing"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

// authority is a root certificate with its key.
type authority struct {
	root *x509.Certificate
	key  crypto.Signer
}

func newAuthority(t testing.TB, name string) authority {
	t.Helper()
	key, err := pki.GenerateKey(pki.KeySpec{})
	if err != nil {
		t.Fatal(err)
	}
	root, err := pki.CreateRoot(pki.RootRequest{Subject: pki.Subject{CommonName: name}, Validity: 24 * time.Hour, NotBefore: time.Now().Add(-time.Hour)}, key)
	if err != nil {
		t.Fatal(err)
	}
	return authority{root, key}
}

func (a authority) pem() string { return pemOf(a.root.Raw) }

func pemOf(der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

func (a authority) leaf(t testing.TB, subject string, names pki.Names, public crypto.PublicKey, usage string) *x509.Certificate {
	certificate, err := pki.CreateLeaf(pki.LeafRequest{
		Subject: pki.Subject{CommonName: subject}, Names: names, PublicKey: public, ExtKeyUsages: []string{usage},
		NotBefore: time.Now().Add(-time.Minute), NotAfter: time.Now().Add(time.Hour),
	}, a.root, a.key)
	if err != nil {
		t.Error(err)
	}
	return certificate
}

// agent is a certificate of what a request asks for; the name is the server's to give.
func (a authority) agent(t testing.TB, request *x509.CertificateRequest) *x509.Certificate {
	return a.leaf(t, "web-1", pki.Names{}, request.PublicKey, "client_auth")
}

// made tells whether a certificate is of this authority, and valid.
func (a authority) made(certificate *x509.Certificate) bool {
	pool := x509.NewCertPool()
	pool.AddCert(a.root)
	_, err := certificate.Verify(x509.VerifyOptions{Roots: pool, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	return err == nil
}

// server is a certificate for this machine.
func (a authority) server(t testing.TB) tls.Certificate {
	key, err := pki.GenerateKey(pki.KeySpec{})
	if err != nil {
		t.Fatal(err)
	}
	leaf := a.leaf(t, "clm", pki.Names{DNS: []string{"localhost"}, IPs: []string{"127.0.0.1"}}, key.Public(), "server_auth")
	return tls.Certificate{Certificate: [][]byte{leaf.Raw}, PrivateKey: key, Leaf: leaf}
}
