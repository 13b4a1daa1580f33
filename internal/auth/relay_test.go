package auth_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"math/big"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/auth"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// agents lets in whose common name is that of an agent or gateway.
func agents(_ context.Context, chain []*x509.Certificate) (clm.Principal, error) {
	switch name := chain[0].Subject.CommonName; name {
	case "edge":
		return clm.Principal{Name: "agent:edge", Role: clm.RoleAgent}, nil
	case "dmz":
		return clm.Principal{Name: "internet-gateway:dmz", Role: clm.RoleInternetGateway}, nil
	}
	return clm.Principal{}, clm.NounAgent.NotFound("nobody")
}

// known has seen every serial number but 2.
func known(_ context.Context, gateway clm.Principal, shown *x509.Certificate) (clm.Principal, error) {
	if shown.SerialNumber.Int64() == 2 {
		return clm.Principal{}, clm.Errorf(clm.KindDenied, "the agent was revoked")
	}
	return clm.Principal{Name: "agent:edge", Role: clm.RoleAgent, RelayedBy: gateway.Name}, nil
}

// header is a certificate as RFC 9440 has it.
func header(t *testing.T, serial int64) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(serial), NotAfter: noon.Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return ":" + base64.StdEncoding.EncodeToString(der) + ":"
}

func all(changes ...func(*http.Request)) func(*http.Request) {
	return func(r *http.Request) {
		for _, change := range changes {
			change(r)
		}
	}
}

func relays(certificate ...string) func(*http.Request) {
	return func(r *http.Request) { r.Header["Client-Cert"] = certificate }
}

func to(path string) func(*http.Request) { return func(r *http.Request) { r.URL.Path = path } }

// An internet gateway speaks for agents, and nobody else does.
func TestWhoSpeaksForAgents(t *testing.T) {
	t.Parallel()
	h := guarded(auth.Config{Agents: agents, Relayed: known})
	edge, lost := header(t, 1), header(t, 2)
	for name, tt := range map[string]struct {
		change func(*http.Request)
		status int
		want   string
	}{
		"a gateway itself":          {shows("dmz"), http.StatusOK, "internet-gateway:dmz internet_gateway"},
		"a gateway for an agent":    {all(shows("dmz"), relays(edge)), http.StatusOK, "agent:edge agent"},
		"a gateway for a new agent": {all(shows("dmz"), to(api.AgentEnrolment)), http.StatusOK, "agent:enrolling enrolling"},
		"for one that is revoked":   {all(shows("dmz"), relays(lost)), http.StatusUnauthorized, "the agent was revoked"},
		"for two":                   {all(shows("dmz"), relays(edge, edge)), http.StatusUnauthorized, "is no certificate"},
		"for nonsense":              {all(shows("dmz"), relays("edge")), http.StatusUnauthorized, "is no certificate"},
		"for nothing":               {all(shows("dmz"), relays("")), http.StatusUnauthorized, "is no certificate"},
		"for a sequence too short":  {all(shows("dmz"), relays(":")), http.StatusUnauthorized, "is no certificate"},
		"for other bytes":           {all(shows("dmz"), relays(":AAAA:")), http.StatusUnauthorized, "is no certificate"},
		"an agent for an agent":     {all(shows("edge"), relays(edge)), http.StatusUnauthorized, "agent:edge is no internet gateway"},
		"a token for an agent":      {all(says("Bearer good"), relays(edge)), http.StatusUnauthorized, "token:good is no internet gateway"},
		"a gateway's token for one": {all(shows("dmz"), says("Bearer good"), relays(edge)), http.StatusUnauthorized, "token:good is no internet gateway"},
		"eve for an agent":          {all(shows("eve"), relays(edge)), http.StatusUnauthorized, "certificate:eve is no internet gateway"},
		"nobody for an agent":       {relays(edge), http.StatusUnauthorized, "does not say who asks"},
		"nobody who enrols for one": {all(to(api.AgentEnrolment), relays(edge)), http.StatusUnauthorized, "does not say who asks"},
	} {
		if w, _ := asked(h, tt.change); w.Code != tt.status || !strings.Contains(w.Body.String(), tt.want) {
			t.Errorf("%s: %d %s, want %d %s", name, w.Code, w.Body, tt.status, tt.want)
		}
	}
}

// Who fails through a gateway has to wait, and nobody else who comes through it. Only the
// address that the gateway has added counts.
func TestFailuresThroughAGateway(t *testing.T) {
	t.Parallel()
	h := guarded(auth.Config{Agents: agents, Relayed: known, Failures: 2})
	through := func(certificate string, addresses ...string) func(*http.Request) {
		return all(shows("dmz"), relays(certificate), func(r *http.Request) { r.Header["X-Forwarded-For"] = addresses })
	}
	edge, lost := header(t, 1), header(t, 2)
	for range 2 {
		if w, _ := asked(h, through(lost, "192.0.2.9, 198.51.100.1")); w.Code != http.StatusUnauthorized {
			t.Errorf("refused with %d", w.Code)
		}
	}
	for name, tt := range map[string]struct {
		change func(*http.Request)
		status int
	}{
		"the same address":        {through(edge, "198.51.100.1"), http.StatusTooManyRequests},
		"with another before":     {through(edge, "192.0.2.9", "192.0.2.10, 198.51.100.1"), http.StatusTooManyRequests},
		"another address":         {through(edge, "198.51.100.2"), http.StatusOK},
		"the address it invented": {through(edge, "192.0.2.9"), http.StatusOK},
		"the gateway itself":      {shows("dmz"), http.StatusOK},
	} {
		if w, _ := asked(h, tt.change); w.Code != tt.status {
			t.Errorf("%s: %d, want %d", name, w.Code, tt.status)
		}
	}
}
