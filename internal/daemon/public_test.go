package daemon_test

import (
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/daemon"
)

// relied is a served estate with a certificate that relying parties are shown, in a folder
// of theirs.
type relied struct {
	*world
	dir, list string
}

func relying(t *testing.T) relied {
	t.Helper()
	w := serving(t, func(c *daemon.Config) { c.PublicListen = "127.0.0.1:0" })
	root, err := w.estate.CreateRootCertificate(t.Context(), api.WriteRootCertificate{Name: "lab", Source: api.RootSource{
		Kind: "self_signed", SelfSigned: &api.SelfSigned{Subject: api.Subject{CommonName: "Lab"}, ValidityPeriodHours: 87600},
	}})
	must(t, err)
	shop, err := w.estate.CreateCertificate(t.Context(), api.CertificateSpec{Name: "shop", IssuerID: root.ID, DNSNames: []string{"shop.example.com"}, ValidityPeriodHours: 2160})
	must(t, err)
	_, err = w.estate.RevokeCertificate(t.Context(), "shop", "key_compromise")
	must(t, err)
	r := relied{w, t.TempDir(), "/crl/" + root.FingerprintSHA256 + ".crl"}
	for name, content := range map[string]string{"ca.pem": root.CertificatePEM, "shop.pem": shop.Certificate.CertificatePEM} {
		must(t, os.WriteFile(filepath.Join(r.dir, name), []byte(content), 0o600))
	}
	return r
}

// curl is what curl makes of a URL, by the CA file where it has one.
func (r relied) curl(t *testing.T, url string, args ...string) string {
	t.Helper()
	args = append([]string{"--silent", "--show-error", "--fail-with-body", "--noproxy", "*", "--cacert", r.config.CAFile, "--write-out", "%{stderr}%{http_code}"}, append(args, url)...)
	cmd := exec.CommandContext(t.Context(), "curl", args...)
	cmd.Dir = r.dir
	out, _ := cmd.CombinedOutput() // a status that is none of success is what some are after
	return string(out)
}

// Whoever is shown a certificate learns whether it is revoked, without a word about
// himself: at the address for that, without TLS, and at that of the API.
func TestRelyingPartiesAreAnybody(t *testing.T) {
	t.Parallel()
	r := relying(t)
	serial := strings.TrimSpace(strings.TrimPrefix(clmtest.OpenSSL(t, r.dir, "x509", "-in", "shop.pem", "-noout", "-serial"), "serial="))
	for i, url := range []string{"http://" + r.PublicAddress(), "https://" + r.Address()} {
		file := "list" + strconv.Itoa(i) + ".crl"
		if status := r.curl(t, url+r.list, "--output", file); status != "200" {
			t.Errorf("%s is answered %s", url, status)
		}
		said := clmtest.OpenSSL(t, r.dir, "crl", "-in", file, "-inform", "DER", "-CAfile", "ca.pem", "-noout", "-text")
		if !strings.Contains(said, "verify OK") || !strings.Contains(said, serial) || !strings.Contains(said, "Key Compromise") {
			t.Errorf("openssl reads in the list:\n%s", said)
		}
	}
	ca := strings.NewReplacer("/crl/", "/ca/", ".crl", ".cer").Replace(r.list)
	if status := r.curl(t, "http://"+r.PublicAddress()+ca, "--output", "ca.cer"); status != "200" {
		t.Errorf("the CA certificate is answered %s", status)
	}
	clmtest.OpenSSL(t, r.dir, "x509", "-in", "ca.cer", "-inform", "DER", "-out", "fetched.pem")
	clmtest.OpenSSL(t, r.dir, "verify", "-CAfile", "fetched.pem", "shop.pem")
	if status := r.curl(t, "http://"+r.PublicAddress()+"/ca/"+strings.Repeat("0", 64)+".cer"); !strings.HasSuffix(status, "404") {
		t.Errorf("a CA certificate of nobody is answered %s", status)
	}
	said := clmtest.OpenSSL(t, r.dir, "ocsp", "-issuer", "ca.pem", "-CAfile", "ca.pem", "-cert", "shop.pem", "-url", "http://"+r.PublicAddress()+"/ocsp")
	if !strings.Contains(said, "Response verify OK") || !strings.Contains(said, "shop.pem: revoked") {
		t.Errorf("openssl learns:\n%s", said)
	}
	clmtest.OpenSSL(t, r.dir, "ocsp", "-issuer", "ca.pem", "-cert", "shop.pem", "-reqout", "request")
	if status := r.curl(t, "https://"+r.Address()+"/ocsp", "--header", "Content-Type: application/ocsp-request", "--data-binary", "@request", "--output", "response"); status != "200" {
		t.Errorf("OCSP through TLS is answered %s", status)
	}
	if log := r.log.String(); !strings.Contains(log, `"operation":"publish-list"`) || !strings.Contains(log, `"operation":"answer-ocsp"`) {
		t.Errorf("the log tells nothing of it:\n%s", log)
	}
}

// The address for relying parties answers nothing else, and a token does not help.
func TestThePublicAddressIsForThemAlone(t *testing.T) {
	t.Parallel()
	r := relying(t)
	token := "Authorization: Bearer " + r.token(t, "administrator")
	for path, want := range map[string]string{
		"/healthz": "200", "/readyz": "200", "/metrics": "404", "/": "404", "/openapi.json": "404", api.Devices: "404", api.AccessTokens: "404",
		"/ocsp/../" + strings.TrimPrefix(api.Devices, "/"): "200", // a request of OCSP, and a malformed one
	} {
		said := r.curl(t, "http://"+r.PublicAddress()+path, "--path-as-is", "--header", token)
		if !strings.HasSuffix(said, want) || want == "404" && !strings.Contains(said, "answers relying parties alone") {
			t.Errorf("%s is answered %s", path, said)
		}
	}
}

// Relying parties neither spend what their address may fail nor suffer from it.
func TestRelyingPartiesSpendNoFailures(t *testing.T) {
	t.Parallel()
	r := relying(t)
	for range 50 {
		if status, _ := r.got(t, "/crl/nobody.crl", "wrong"); status != http.StatusNotFound {
			t.Fatalf("a list of nobody is answered %d", status)
		}
	}
	if status, content := r.got(t, api.Devices, r.token(t, "viewer")); status != http.StatusOK {
		t.Errorf("after them a viewer is answered %d %s", status, content)
	}
	for status := 0; status != http.StatusTooManyRequests; {
		status, _ = r.got(t, api.Devices, "wrong")
	}
	if status, content := r.got(t, r.list, ""); status != http.StatusOK {
		t.Errorf("where others fail too often a relying party is answered %d %s", status, content)
	}
}

// An address that is taken is told, with the setting it comes from, and the other is free
// again.
func TestThePublicAddressIsTaken(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer taken.Close()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	must(t, free.Close())
	w := serving(t)
	config := w.config
	config.Listen, config.PublicListen = free.Addr().String(), taken.Addr().String()
	if _, err := daemon.Listen(t.Context(), w.estate.Backend, config); err == nil || !strings.Contains(err.Error(), "--public-listen names another address") {
		t.Errorf("listening where somebody else does: %v", err)
	}
	config.PublicListen = ""
	alone, err := daemon.Listen(t.Context(), w.estate.Backend, config)
	must(t, err)
	if alone.PublicAddress() != "" {
		t.Errorf("a server without an address for relying parties has %s", alone.PublicAddress())
	}
}
