package engine_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/engine"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

// withoutCRLSign is a root that the product would not make.
func withoutCRLSign(t *testing.T, now time.Time) pkiMaterial {
	t.Helper()
	key := must2(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	template := &x509.Certificate{
		SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: "mute"}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(10000 * time.Hour),
		BasicConstraintsValid: true, IsCA: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der := must2(x509.CreateCertificate(rand.Reader, template, template, key.Public(), key))
	return pkiMaterial{pemOf(der), string(must2(pki.EncodePrivateKey(key)))}
}

// asks asks about the version in a row, and tells status and reason.
func (s *stage) asks(row clm.CertificateRow) string {
	s.t.Helper()
	leaf := must2(pki.ParseCertificate(row.Current.Certificate))
	issuer := must2(pki.ParseCertificate(row.Current.Chain[0]))
	request := must2(ocsp.CreateRequest(leaf, issuer, &ocsp.RequestOptions{Hash: crypto.SHA256}))
	answer, err := s.OCSP(s.t.Context(), alice, request)
	must(s.t, err)
	response, err := ocsp.ParseResponseForCert(answer.DER, leaf, issuer)
	if err != nil {
		return err.Error()
	}
	if !response.NextUpdate.Equal(answer.NextUpdate) || response.ThisUpdate.After(s.clock.Now()) {
		s.t.Errorf("the answer is good from %v to %v and may be kept until %v", response.ThisUpdate, response.NextUpdate, answer.NextUpdate)
	}
	return map[int]string{ocsp.Good: "good", ocsp.Unknown: "unknown", ocsp.Revoked: "revoked"}[response.Status] + reasonIn(response)
}

func reasonIn(r *ocsp.Response) string {
	return map[int]string{ocsp.KeyCompromise: " key_compromise", ocsp.Superseded: " superseded", ocsp.CertificateHold: " certificate_hold"}[r.RevocationReason]
}

// Every answer is of what is recorded at that moment.
func TestOCSPFollowsTheLife(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	root := s.root("lab")
	shop, idle := s.certificate("shop", root), s.certificate("idle", root)
	is := func(want string) {
		t.Helper()
		if got := s.asks(shop); got != want {
			t.Errorf("it is %q, want %q", got, want)
		}
	}
	is("good")
	must2(s.RevokeCertificate(t.Context(), alice, "shop", clm.ReasonHold))
	is("revoked certificate_hold")
	must2(s.ReleaseCertificate(t.Context(), alice, "shop"))
	is("good")
	must2(s.renew("shop", "2"))
	is("good") // the version before is superseded, and valid
	must2(s.RevokeCertificate(t.Context(), alice, "shop", "key_compromise"))
	is("good")
	shop = s.row("shop")
	is("revoked key_compromise")
	must(t, s.DeleteCertificate(t.Context(), alice, "shop"))
	is("revoked key_compromise")
	must(t, s.DeleteCertificate(t.Context(), alice, "idle"))
	if got := s.asks(idle); got != "unknown" {
		t.Errorf("what was forgotten is %s", got)
	}
	s.checkTrail()
}

// Whoever may not answer says so, and what is no request is answered too.
func TestOCSPRefuses(t *testing.T) {
	t.Parallel()
	s, other := newStage(t), newStage(t)
	s.root("lab")
	foreign := other.certificate("shop", other.root("lab"))
	if got := s.asks(foreign); !strings.Contains(got, "unauthorized") {
		t.Errorf("about another's certificate: %s", got)
	}
	answer, err := s.OCSP(t.Context(), alice, []byte("garbage"))
	must(t, err)
	if _, err := ocsp.ParseResponse(answer.DER, nil); err == nil || !strings.Contains(err.Error(), "malformed") {
		t.Errorf("garbage: %v", err)
	}
	if len(s.trail()) != 1 {
		t.Error("a refusal is on record, or used a key")
	}
}

// One response has one signer: a request about two CAs is refused.
func TestOCSPAboutTwoCAs(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	dir := t.TempDir()
	args := []string{"ocsp", "-no_nonce", "-reqout", "request"}
	for _, name := range []string{"a", "b"} {
		row := s.certificate(name, s.root("root "+name))
		must(t, os.WriteFile(filepath.Join(dir, name), []byte(pemOf(row.Current.Certificate)), 0o600))
		must(t, os.WriteFile(filepath.Join(dir, name+"-ca"), []byte(pemOf(row.Current.Chain[0])), 0o600))
		args = append(args, "-issuer", name+"-ca", "-cert", name)
	}
	clmtest.OpenSSL(t, dir, args...)
	answer, err := s.OCSP(t.Context(), alice, must2(os.ReadFile(filepath.Join(dir, "request"))))
	must(t, err)
	if !bytes.Equal(answer.DER, pki.OCSPUnauthorized.DER()) {
		t.Errorf("the answer is %x", answer.DER)
	}
}

// The responder is delegated once in half a day, however many ask, and each time it
// is on record.
func TestTheResponderIsDelegatedAhead(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	row := s.certificate("shop", s.root("lab"))
	delegated := func() (n int) {
		for _, e := range s.trail() {
			if e.Action == "root_certificate.delegate_ocsp" {
				n++
			}
		}
		return n
	}
	for round := 1; round <= 3; round++ {
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				if got := s.asks(row); got != "good" {
					t.Errorf("it is %s", got)
				}
			})
		}
		wg.Wait()
		if n := delegated(); n != round {
			t.Errorf("%d were delegated in round %d", n, round)
		}
		s.clock.Advance(12 * time.Hour)
	}
	s.checkTrail()
}

// A replaced root answers for what it signed until its key is gone, and its
// successor for the rest.
func TestOCSPOfAReplacedRoot(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 1, 0)
	old := f.row("shop")
	f.want(wish("corp 2027", slow))
	f.is(clm.RootRetiring)
	fresh := f.certificate("fresh", f.corp())
	fresh.Current.Chain = [][]byte{f.corp().Signer().Certificate} // without the old root's word for it
	for _, row := range []clm.CertificateRow{old, fresh} {
		if got := f.asks(row); got != "good" {
			t.Errorf("%s is %s", row.Certificate.Name, got)
		}
	}
	f.clock.Advance(old.Current.NotAfter.Sub(f.clock.Now()) + clockStep) // nobody needs the old root any more
	f.advance()
	f.is(clm.RootActive)
	if got := f.asks(old); !strings.Contains(got, "unauthorized") {
		t.Errorf("without its key the old root answers %s", got)
	}
}

// Issued certificates say where revocation is published when a server is reached.
func TestPublishedPlaces(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	root := s.root("lab")
	silent := must2(pki.ParseCertificate(s.certificate("silent", root).Current.Certificate))
	s.Engine = engine.New(engine.Ports{
		Store: s.store, Sealer: s.Sealer, Issuer: s.issuer, Deployer: s.deployer, Prober: s.watcher, Clock: s.clock, Address: "http://pki.example.com",
	})
	loud := must2(pki.ParseCertificate(s.certificate("loud", root).Current.Certificate))
	if len(silent.CRLDistributionPoints)+len(silent.OCSPServer)+len(silent.IssuingCertificateURL) > 0 {
		t.Errorf("without an address it names %v, %v", silent.CRLDistributionPoints, silent.OCSPServer)
	}
	list, responder := "http://pki.example.com/crl/"+root.Active.FingerprintSHA256+".crl", "http://pki.example.com/ocsp"
	issuer := "http://pki.example.com/ca/" + root.Active.FingerprintSHA256 + ".cer"
	if len(loud.CRLDistributionPoints) != 1 || loud.CRLDistributionPoints[0] != list || len(loud.OCSPServer) != 1 || loud.OCSPServer[0] != responder ||
		len(loud.IssuingCertificateURL) != 1 || loud.IssuingCertificateURL[0] != issuer {
		t.Errorf("it names %v, %v", loud.CRLDistributionPoints, loud.OCSPServer)
	}
}
