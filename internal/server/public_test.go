package server_test

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"io"
	"log/slog"
	"math"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/backend"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
)

// site is an estate whose server is reached by relying parties, and a folder with
// the certificates they have.
type site struct {
	*clmtest.Estate
	t    *testing.T
	dir  string
	url  string
	root api.RootCertificate
}

func newSite(t *testing.T, names ...string) *site {
	t.Helper()
	listener := httptest.NewUnstartedServer(nil)
	address := "http://" + listener.Listener.Addr().String()
	s := &site{t: t, dir: t.TempDir(), url: address, Estate: clmtest.NewBackend(t, func(c *backend.Config) { c.Address = address + "/" })}
	listener.Config.Handler = s.Backend.Handler()
	listener.Start()
	t.Cleanup(listener.Close)
	var err error
	s.root, err = s.CreateRootCertificate(t.Context(), rootInput("lab"))
	must(t, err)
	s.file("ca", s.root.CertificatePEM)
	for _, name := range names {
		enrolled, err := s.CreateCertificate(t.Context(), certificateInput(name, s.root.ID))
		must(t, err)
		s.file(name, enrolled.Certificate.CertificatePEM)
	}
	return s
}

func (s *site) file(name, content string) {
	s.t.Helper()
	must(s.t, os.WriteFile(filepath.Join(s.dir, name), []byte(content), 0o600))
}

func (s *site) revokeShop(reason string) {
	s.t.Helper()
	_, err := s.RevokeCertificate(s.t.Context(), "shop", reason)
	must(s.t, err)
}

// asks is what OpenSSL learns by OCSP about a certificate.
func (s *site) asks(about ...string) string {
	s.t.Helper()
	return clmtest.OpenSSL(s.t, s.dir, append([]string{"ocsp", "-issuer", "ca", "-CAfile", "ca", "-url", s.url + "/ocsp"}, about...)...)
}

func (s *site) hears(want string, about ...string) {
	s.t.Helper()
	got := s.asks(about...)
	if !strings.Contains(got, "Response verify OK") || !strings.Contains(got, want) || strings.Contains(got, "WARNING") {
		s.t.Errorf("asked about %v, want %q:\n%s", about, want, got)
	}
}

// OpenSSL asks over the network, with a nonce, through the life of a certificate.
func TestOpenSSLAsksTheServer(t *testing.T) {
	t.Parallel()
	s := newSite(t, "shop", "mail")
	s.hears("shop: good", "-cert", "shop")
	s.hears("shop: good", "-sha256", "-cert", "shop")
	s.revokeShop("certificate_hold")
	s.hears("Reason: certificateHold", "-cert", "shop", "-cert", "mail")
	_, err := s.ReleaseCertificate(t.Context(), "shop")
	must(t, err)
	s.hears("shop: good", "-cert", "shop")
	s.revokeShop("key_compromise")
	s.hears("Reason: keyCompromise", "-cert", "shop")
	s.hears("mail: good", "-cert", "shop", "-cert", "mail")
	s.hears("0x1234: unknown", "-serial", "0x1234")
	if got := s.asks("-cert", "shop"); !strings.Contains(got, "Revocation Time: "+s.Clock.Now().UTC().Format("Jan _2 15:04:05 2006")) {
		t.Errorf("the time of the revocation is not told:\n%s", got)
	}
}

// What certificates say of the places is where OpenSSL finds them.
func TestPlacesInCertificatesLeadThere(t *testing.T) {
	t.Parallel()
	s := newSite(t, "shop", "mail")
	places := clmtest.OpenSSL(t, s.dir, "x509", "-in", "shop", "-noout", "-text")
	list := s.url + "/crl/" + s.root.FingerprintSHA256 + ".crl"
	if !strings.Contains(places, "OCSP - URI:"+s.url+"/ocsp\n") || !strings.Contains(places, "URI:"+list) {
		t.Fatalf("the places are %s", places)
	}
	verify := []string{"verify", "-CAfile", "ca", "-crl_check", "-crl_download"}
	clmtest.OpenSSL(t, s.dir, append(verify, "shop")...)
	s.revokeShop("superseded")
	if out, err := clmtest.TryOpenSSL(t, s.dir, append(verify, "shop")...); err == nil || !strings.Contains(out, "certificate revoked") {
		t.Errorf("openssl says %s", out)
	}
	clmtest.OpenSSL(t, s.dir, append(verify, "mail")...)
}

// fetch asks as anybody does.
func (s *site) fetch(method, path, kind string, body []byte, headers ...string) (*http.Response, []byte) {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, bytes.NewReader(body))
	must(s.t, err)
	req.Header.Set("Content-Type", kind)
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	must(s.t, err)
	defer resp.Body.Close()
	content, err := io.ReadAll(resp.Body)
	must(s.t, err)
	return resp, content
}

// Lists come with what caches need: they may keep one for an hour, and ask whether
// there is another.
func TestListsAreCached(t *testing.T) {
	t.Parallel()
	s := newSite(t, "shop")
	path := "/crl/" + s.root.FingerprintSHA256 + ".crl"
	delta := strings.TrimSuffix(path, ".crl") + "-delta.crl"
	resp, der := s.fetch(http.MethodGet, path, "", nil)
	h := resp.Header
	if h.Get("Content-Type") != "application/pkix-crl" || h.Get("Cache-Control") != "public, no-transform, must-revalidate, max-age=3600" || h.Get("Last-Modified") == "" || len(der) == 0 {
		t.Errorf("%s with %v", resp.Status, h)
	}
	if again, _ := s.fetch(http.MethodGet, path, "", nil, "If-None-Match", h.Get("ETag")); again.StatusCode != http.StatusNotModified {
		t.Errorf("an unchanged list is answered %s", again.Status)
	}
	if none, _ := s.fetch(http.MethodGet, delta, "", nil); none.StatusCode != http.StatusNotFound {
		t.Errorf("a delta to no list is answered %s", none.Status)
	}
	s.revokeShop("superseded")
	if next, _ := s.fetch(http.MethodGet, path, "", nil, "If-None-Match", h.Get("ETag")); next.StatusCode != http.StatusOK {
		t.Errorf("another list is answered %s", next.Status)
	}
	if head, content := s.fetch(http.MethodHead, delta, "", nil); head.StatusCode != http.StatusOK || len(content) > 0 || head.ContentLength == 0 {
		t.Errorf("HEAD of a delta is answered %s", head.Status)
	}
}

// request is what OpenSSL asks.
func (s *site) request(args ...string) []byte {
	s.t.Helper()
	clmtest.OpenSSL(s.t, s.dir, append([]string{"ocsp", "-issuer", "ca", "-reqout", "request"}, args...)...)
	der, err := os.ReadFile(filepath.Join(s.dir, "request"))
	must(s.t, err)
	return der
}

// hour is what caches are told, less the fraction of a second that times in OCSP lack.
var hour = regexp.MustCompile(`^public, no-transform, must-revalidate, max-age=(3600|3599)$`)

// GET carries the request in base64, escaped or not, and its answer may be kept
// unless it is for one request alone.
func TestOCSPByGET(t *testing.T) {
	t.Parallel()
	s := newSite(t, "shop")
	plain := base64.StdEncoding.EncodeToString(s.request("-no_nonce", "-cert", "shop"))
	for _, path := range []string{plain, url.PathEscape(plain), strings.ReplaceAll(url.QueryEscape(plain), "+", "%2B")} {
		resp, der := s.fetch(http.MethodGet, "/ocsp/"+path, "", nil)
		response, err := ocsp.ParseResponse(der, nil)
		must(t, err)
		expires, err := http.ParseTime(resp.Header.Get("Expires"))
		must(t, err)
		if response.Status != ocsp.Good || resp.Header.Get("Content-Type") != "application/ocsp-response" || !expires.Equal(response.NextUpdate) ||
			!hour.MatchString(resp.Header.Get("Cache-Control")) || expires.Sub(s.Clock.Now()) > time.Hour {
			t.Errorf("status %d with %v", response.Status, resp.Header)
		}
	}
	once := base64.StdEncoding.EncodeToString(s.request("-nonce", "-cert", "shop"))
	if resp, _ := s.fetch(http.MethodGet, "/ocsp/"+url.PathEscape(once), "", nil); resp.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("an answer to a nonce comes with %v", resp.Header)
	}
	if resp, _ := s.fetch(http.MethodPost, "/ocsp", "application/ocsp-request", s.request("-no_nonce", "-cert", "shop")); resp.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("an answer to POST comes with %v", resp.Header)
	}
}

// A request whose base64 has two slashes in a row arrives as it is.
func TestOCSPWithSlashes(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	block, _ := pem.Decode([]byte(s.root.CertificatePEM))
	ca, err := x509.ParseCertificate(block.Bytes)
	must(t, err)
	der, err := ocsp.CreateRequest(&x509.Certificate{SerialNumber: big.NewInt(math.MaxInt64)}, ca, nil)
	must(t, err)
	text := base64.StdEncoding.EncodeToString(der)
	if !strings.Contains(text, "//") {
		t.Fatalf("%s has no two slashes in a row", text)
	}
	_, answer := s.fetch(http.MethodGet, "/ocsp/"+text, "", nil)
	response, err := ocsp.ParseResponse(answer, nil)
	must(t, err)
	if response.Status != ocsp.Unknown {
		t.Errorf("the status is %d", response.Status)
	}
}

// What is no request, too much, or of the wrong kind is refused, and nobody is asked
// who they are.
func TestBadInputOfRelyingParties(t *testing.T) {
	t.Parallel()
	s := newSite(t, "shop")
	whole := s.request("-cert", "shop")
	list := "/crl/" + s.root.FingerprintSHA256
	for _, tt := range []struct {
		name, method, path, kind string
		body                     []byte
		status                   int
		ocsp                     string
	}{
		{"garbage", http.MethodPost, "/ocsp", "application/ocsp-request", []byte("garbage"), http.StatusOK, "malformed"},
		{"nothing", http.MethodPost, "/ocsp", "application/ocsp-request", nil, http.StatusOK, "malformed"},
		{"truncated", http.MethodPost, "/ocsp", "application/ocsp-request", whole[:len(whole)-1], http.StatusOK, "malformed"},
		{"more than it", http.MethodPost, "/ocsp", "application/ocsp-request", append(whole[:len(whole):len(whole)], 0), http.StatusOK, "malformed"},
		{"huge", http.MethodPost, "/ocsp", "application/ocsp-request", make([]byte, 1<<20), http.StatusRequestEntityTooLarge, ""},
		{"another kind", http.MethodPost, "/ocsp", "text/plain", whole, http.StatusUnsupportedMediaType, ""},
		{"another method", http.MethodPut, "/ocsp", "application/ocsp-request", whole, http.StatusMethodNotAllowed, ""},
		{"nothing in the path", http.MethodGet, "/ocsp", "", nil, http.StatusOK, "malformed"},
		{"no base64", http.MethodGet, "/ocsp/%25%25", "", nil, http.StatusOK, "malformed"},
		{"a long path", http.MethodGet, "/ocsp/" + strings.Repeat("A", 40<<10), "", nil, http.StatusRequestURITooLong, ""},
		{"no CA", http.MethodGet, "/crl/" + strings.Repeat("0", 64) + ".crl", "", nil, http.StatusNotFound, ""},
		{"a name of a slot", http.MethodGet, "/crl/lab.crl", "", nil, http.StatusNotFound, ""},
		{"no list", http.MethodGet, list, "", nil, http.StatusNotFound, ""},
		{"a way out", http.MethodGet, "/crl/..%2f..%2fetc%2fpasswd.crl", "", nil, http.StatusNotFound, ""},
		{"a list to write", http.MethodPost, list + ".crl", "", nil, http.StatusNotFound, ""},
		{"the API", http.MethodGet, api.RevocationLists + "/lab", "", nil, http.StatusForbidden, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			resp, content := s.fetch(tt.method, tt.path, tt.kind, tt.body)
			if resp.StatusCode != tt.status {
				t.Errorf("answered %s: %s", resp.Status, content)
			}
			_, err := ocsp.ParseResponse(content, nil)
			if tt.ocsp != "" && (err == nil || !strings.Contains(err.Error(), tt.ocsp)) {
				t.Errorf("the answer is %x, %v", content, err)
			}
			if tt.ocsp == "" && resp.Header.Get("Content-Type") != "application/problem+json" {
				t.Errorf("the answer is no problem document but %s", resp.Header.Get("Content-Type"))
			}
		})
	}
}

// An estate that cannot be read tells clients of OCSP to try again later, and its log
// why.
func TestOCSPInTrouble(t *testing.T) {
	t.Parallel()
	s, log := newSite(t, "shop"), &clmtest.Journal{}
	request := s.request("-cert", "shop")
	closed, err := backend.Open(t.Context(), backend.Config{DataDir: s.Config.DataDir, Log: slog.New(slog.NewTextHandler(log, nil))})
	must(t, err)
	must(t, closed.Close())
	req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/ocsp", bytes.NewReader(request))
	req.Header.Set("Content-Type", "application/ocsp-request")
	w := httptest.NewRecorder()
	closed.Handler().ServeHTTP(w, req)
	if _, err := ocsp.ParseResponse(w.Body.Bytes(), nil); err == nil || !strings.Contains(err.Error(), "try later") || !strings.Contains(log.String(), "was closed") {
		t.Errorf("the answer is %v, the log %s", err, log.String())
	}
}
