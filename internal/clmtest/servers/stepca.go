package servers

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"path/filepath"
	"testing"
	"time"
)

// StepCA is a certificate authority that is not ours: step-ca, which keeps what it has
// issued in BadgerDB, on the disk before it answers.
type StepCA struct {
	*Process
	root        *x509.Certificate // which issues by itself, as ours does
	provisioner *ecdsa.PrivateKey // whose tokens it issues for
}

// StartStepCA runs step-ca with a root of its own.
func StartStepCA(t testing.TB, program string) *StepCA {
	t.Helper()
	dir, address := folder(t), addresses(t, 1)[0]
	host, _ := split(t, address)
	ca := &StepCA{root: rootIn(t, dir), provisioner: newKey(t)}
	conf := filepath.Join(dir, "ca.json")
	write(t, conf, fmt.Sprintf(stepCAConf, dir, address, host, ca.jwk()))
	ca.Process = start(t, "golang-go, and run tools/peers/ensure step-ca", program, conf)
	ca.listens(t, address)
	return ca
}

// rootIn makes a root certificate, and leaves it in a folder with its key.
func rootIn(t testing.TB, dir string) *x509.Certificate {
	t.Helper()
	key := newKey(t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Peer"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(240 * time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	root, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "root.pem"), block("CERTIFICATE", der))
	write(t, filepath.Join(dir, "root.key"), block("PRIVATE KEY", private))
	return root
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func block(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

// StepCAClient has a certificate, and asks for the next on a connection that stays.
type StepCAClient struct {
	http    *http.Client
	url     string
	request string
}

// Enrol makes a client with its first certificate.
func (ca *StepCA) Enrol(t testing.TB, subject string) *StepCAClient {
	t.Helper()
	key := newKey(t)
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: pkix.Name{CommonName: subject}}, key)
	if err != nil {
		t.Fatal(err)
	}
	request := block("CERTIFICATE REQUEST", der)
	token, err := ca.token(subject)
	if err != nil {
		t.Fatal(err)
	}
	first, err := ask(ca.client(), ca.url("sign"), map[string]string{"csr": request, "ott": token})
	if err != nil {
		t.Fatal(err)
	}
	leaf, _ := pem.Decode([]byte(first))
	shown := tls.Certificate{Certificate: [][]byte{leaf.Bytes}, PrivateKey: key}
	return &StepCAClient{http: ca.client(shown), url: ca.url("rekey"), request: request}
}

// Again has the client's request signed once more, for showing its certificate.
func (c *StepCAClient) Again() error {
	_, err := ask(c.http, c.url, map[string]string{"csr": c.request})
	return err
}

func ask(client *http.Client, url string, in any) (certificate string, err error) {
	body, err := json.Marshal(in)
	if err != nil {
		return "", err
	}
	resp, err := client.Post(url, "application/json", bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	var out struct{ Crt, Message string }
	if err := json.NewDecoder(resp.Body).Decode(&out); err != nil {
		return "", fmt.Errorf("reading what step-ca answers: %w", err)
	}
	if resp.StatusCode != http.StatusCreated {
		return "", fmt.Errorf("step-ca answers %s: %s", resp.Status, out.Message)
	}
	return out.Crt, nil
}

func (ca *StepCA) url(verb string) string { return "https://" + ca.Address + "/1.0/" + verb }

func (ca *StepCA) client(shown ...tls.Certificate) *http.Client {
	roots := x509.NewCertPool()
	roots.AddCert(ca.root)
	return &http.Client{Transport: &http.Transport{
		ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{RootCAs: roots, Certificates: shown, MinVersion: tls.VersionTLS12},
	}}
}

// token lets one request for a subject be signed: a JWT (RFC 7519) by the provisioner's
// key.
func (ca *StepCA) token(subject string) (string, error) {
	now := time.Now()
	claims, err := json.Marshal(map[string]any{
		"iss": "bench", "sub": subject, "aud": ca.url("sign"), "sans": []string{subject}, "jti": rand.Text(),
		"iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(5 * time.Minute).Unix(),
	})
	if err != nil {
		return "", err
	}
	signed := encoded([]byte(`{"alg":"ES256","kid":"bench","typ":"JWT"}`)) + "." + encoded(claims)
	digest := sha256.Sum256([]byte(signed))
	r, s, err := ecdsa.Sign(rand.Reader, ca.provisioner, digest[:])
	if err != nil {
		return "", err
	}
	signature := make([]byte, 64) // RFC 7518, section 3.4
	r.FillBytes(signature[:32])
	s.FillBytes(signature[32:])
	return signed + "." + encoded(signature), nil
}

// jwk is the provisioner's public key (RFC 7518, section 6.2).
func (ca *StepCA) jwk() string {
	point, err := ca.provisioner.PublicKey.Bytes()
	if err != nil {
		panic(err) // the key is one we made
	}
	return fmt.Sprintf(`{"use":"sig","kty":"EC","kid":"bench","crv":"P-256","alg":"ES256","x":%q,"y":%q}`, encoded(point[1:33]), encoded(point[33:]))
}

func encoded(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

const stepCAConf = `{
  "root": "%[1]s/root.pem", "crt": "%[1]s/root.pem", "key": "%[1]s/root.key",
  "address": "%[2]s", "dnsNames": ["%[3]s"],
  "db": {"type": "badgerv2", "dataSource": "%[1]s/db"},
  "authority": {"provisioners": [{"type": "JWK", "name": "bench", "key": %[4]s}]}
}
`
