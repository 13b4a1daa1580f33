package auth_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/auth"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// lookup lets in "good"; to look at "broken" fails.
func lookup(_ context.Context, secret string) (clm.Principal, error) {
	switch secret {
	case "good":
		return clm.Principal{Name: "token:good", Role: clm.RoleOperator}, nil
	case "broken":
		return clm.Principal{}, errors.New("secret of the disk")
	}
	return clm.Principal{}, clm.Errorf(clm.KindDenied, "not one of ours").WithHint("get one")
}

var noon = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

func guarded(c auth.Config) http.Handler {
	c.Tokens, c.Now = lookup, func() time.Time { return noon }
	return auth.Required(c, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		by, _ := clm.PrincipalOf(r.Context())
		fmt.Fprintf(w, "%s %s", by.Name, by.Role)
	}))
}

// asked is what a request is answered with.
func asked(h http.Handler, change func(*http.Request)) (*httptest.ResponseRecorder, api.Problem) {
	r, w := httptest.NewRequest(http.MethodGet, "/", nil), httptest.NewRecorder()
	change(r)
	h.ServeHTTP(w, r)
	var p api.Problem
	_ = json.Unmarshal(w.Body.Bytes(), &p) // no problem is one of the answers
	return w, p
}

func says(authorization ...string) func(*http.Request) {
	return func(r *http.Request) { r.Header["Authorization"] = authorization }
}

func shows(subject string, uris ...string) func(*http.Request) {
	cert := &x509.Certificate{Subject: pkix.Name{CommonName: subject}, NotAfter: noon}
	for _, text := range uris {
		uri, err := url.Parse(text)
		if err != nil {
			panic(err)
		}
		cert.URIs = append(cert.URIs, uri)
	}
	return func(r *http.Request) { r.TLS = &tls.ConnectionState{VerifiedChains: [][]*x509.Certificate{{cert}}} }
}

func TestWhoIsLetIn(t *testing.T) {
	t.Parallel()
	h := guarded(auth.Config{Roles: map[string]clm.Role{"spiffe://corp/ops": clm.RoleOperator, "ops": clm.RoleAdministrator}})
	both := func(r *http.Request) { shows("ops")(r); says("Bearer good")(r) }
	for name, tt := range map[string]struct {
		change func(*http.Request)
		want   string
	}{
		"token":                     {says("Bearer good"), "token:good operator"},
		"the scheme in lower case":  {says("bearer  good "), "token:good operator"},
		"common name":               {shows("eve"), "certificate:eve viewer"},
		"common name with a role":   {shows("ops"), "certificate:ops administrator"},
		"a URI before the name":     {shows("ops", "spiffe://corp/eve", "spiffe://corp/ops"), "certificate:spiffe://corp/eve viewer"},
		"a URI with a role":         {shows("", "spiffe://corp/ops"), "certificate:spiffe://corp/ops operator"},
		"a token, not what is worn": {both, "token:good operator"},
	} {
		if w, _ := asked(h, tt.change); w.Code != http.StatusOK || w.Body.String() != tt.want {
			t.Errorf("%s: %d %s, want %s", name, w.Code, w.Body, tt.want)
		}
	}
}

func TestWhoIsNotLetIn(t *testing.T) {
	t.Parallel()
	h := guarded(auth.Config{})
	unverified := func(r *http.Request) {
		r.TLS = &tls.ConnectionState{PeerCertificates: []*x509.Certificate{{Subject: pkix.Name{CommonName: "ops"}}}}
	}
	expired := func(r *http.Request) {
		shows("ops")(r)
		r.TLS.VerifiedChains[0][0].NotAfter = noon.Add(-time.Second)
	}
	for name, tt := range map[string]struct {
		change func(*http.Request)
		want   string
	}{
		"nobody":                     {func(*http.Request) {}, "the request does not say who asks"},
		"a wrong token":              {says("Bearer wrong"), "not one of ours"},
		"a wrong token, and a badge": {func(r *http.Request) { shows("ops")(r); says("Bearer wrong")(r) }, "not one of ours"},
		"another scheme":             {says("Basic good"), "not of the kind Bearer"},
		"no scheme":                  {says("good"), "not of the kind Bearer"},
		"nothing":                    {says(""), "not of the kind Bearer"},
		"two tokens":                 {says("Bearer good", "Bearer good"), "2 Authorization headers"},
		"a certificate unverified":   {unverified, "the request does not say who asks"},
		"a certificate that is over": {expired, "the client certificate expired 2026-06-01T11:59:59Z"},
		"no name":                    {shows(""), "no name to go by"},
		"a name of two lines":        {shows("eve\ntoken:root"), "no name to go by"},
		"a name that is no text":     {shows("eve\xff"), "no name to go by"},
		"a name without end":         {shows(strings.Repeat("e", 257)), "no name to go by"},
	} {
		w, p := asked(h, tt.change)
		if w.Code != http.StatusUnauthorized || p.Status != w.Code || p.Code != api.CodeDenied || !strings.Contains(p.Detail, tt.want) || p.Hint == "" || w.Header().Get("WWW-Authenticate") == "" {
			t.Errorf("%s: %d %+v, want %s", name, w.Code, p, tt.want)
		}
	}
}

// That the store does not answer is nobody's wrong token, and nobody's to read about.
func TestLookingUpFails(t *testing.T) {
	t.Parallel()
	h := guarded(auth.Config{Failures: 1})
	for range 3 {
		w, p := asked(h, says("Bearer broken"))
		if w.Code != http.StatusServiceUnavailable || strings.Contains(w.Body.String(), "secret") || p.Code != api.CodeUnavailable {
			t.Errorf("answered %d %s", w.Code, w.Body)
		}
	}
}

func from(address, secret string) func(*http.Request) {
	return func(r *http.Request) { r.RemoteAddr = address; says("Bearer " + secret)(r) }
}

// Who fails too often has to wait, with all of his network, and he alone.
func TestFailuresAreLimited(t *testing.T) {
	t.Parallel()
	h := guarded(auth.Config{Failures: 3})
	for _, address := range []string{"192.0.2.1:1", "192.0.2.1:2", "192.0.2.1:3", "[2001:db8::1]:1", "[2001:db8::2]:1", "[2001:db8::3]:1"} {
		if w, _ := asked(h, from(address, "wrong")); w.Code != http.StatusUnauthorized {
			t.Fatalf("%s: %d", address, w.Code)
		}
	}
	for address, status := range map[string]int{
		"192.0.2.1:4": http.StatusTooManyRequests, "[::ffff:192.0.2.1]:1": http.StatusTooManyRequests, "[2001:db8::9%eth0]:1": http.StatusTooManyRequests,
		"192.0.2.2:1": http.StatusOK, "[2001:db8:0:1::1]:1": http.StatusOK,
	} {
		w, p := asked(h, from(address, "good"))
		if w.Code != status {
			t.Errorf("%s: %d, want %d", address, w.Code, status)
		}
		seconds, err := strconv.Atoi(w.Header().Get("Retry-After"))
		if limited := status == http.StatusTooManyRequests; limited && (err != nil || seconds < 1 || p.Code != api.CodeUnavailable) {
			t.Errorf("%s: Retry-After %q, %+v", address, w.Header().Get("Retry-After"), p)
		}
	}
}

// What is kept of addresses is bounded; who succeeds is not counted.
func TestManyAddresses(t *testing.T) {
	t.Parallel()
	h := guarded(auth.Config{Failures: 1})
	for i := range 5000 {
		address := fmt.Sprintf("10.0.%d.%d:1", i/250, i%250)
		if w, _ := asked(h, from(address, "wrong")); w.Code != http.StatusUnauthorized {
			t.Fatalf("%s: %d", address, w.Code)
		}
	}
	if w, _ := asked(h, from("10.0.0.0:1", "good")); w.Code != http.StatusOK {
		t.Errorf("the address that failed first is not forgotten: %d", w.Code)
	}
	for range 10 {
		if w, _ := asked(h, from("192.0.2.1:1", "good")); w.Code != http.StatusOK {
			t.Errorf("who is let in is limited: %d", w.Code)
		}
	}
}
