package daemon_test

import (
	"crypto/tls"
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/client"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// speaking sends the certificate of an agent along with every request.
type speaking struct {
	http.RoundTripper
	agent tls.Certificate
}

func (s speaking) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Client-Cert", ":"+base64.StdEncoding.EncodeToString(s.agent.Certificate[0])+":")
	return s.RoundTripper.RoundTrip(r)
}

// speakingFor is a client that shows one certificate, and speaks for another.
func (w *world) speakingFor(t *testing.T, agent tls.Certificate, shown ...tls.Certificate) *client.Client {
	t.Helper()
	c := trusting(t, w.config.CAFile, w.estate.Clock, shown...)
	return client.New(client.Options{Endpoint: "https://" + w.Address(), Transport: speaking{c.Transport, agent}})
}

// What a gateway may speak for are agents of this estate, of its own profile, that are not
// revoked: its word is enough for nothing else.
func TestAGatewaySpeaksForItsAgents(t *testing.T) {
	t.Parallel()
	strange, w := serving(t), serving(t) // in this order: what the stranger has is valid at the time of the other
	profile := w.withProfile(t)
	w.gateway(t, "dmz", profile.ID)
	w.device(t, "edge", profile.ID)
	w.device(t, "lost", profile.ID)
	root, err := w.estate.RootCertificate(t.Context(), clm.ServerRoot)
	must(t, err)
	others, err := w.estate.CreateCommunicationProfile(t.Context(), api.WriteCommunicationProfile{
		Name: "others", RootCertificateIDs: []string{root.ID}, CheckInIntervalSeconds: 60, TrustStore: api.TrustStore{Directory: "trust", BundleFile: "ca.pem"},
	})
	must(t, err)
	w.device(t, "foreign", others.ID)
	strange.device(t, "edge", strange.withProfile(t).ID)
	gateway, edge, lost, foreign := w.enrolledGateway(t, "dmz"), w.enrolled(t, "edge"), w.enrolled(t, "lost"), w.enrolled(t, "foreign")
	_, err = w.estate.RevokeAgent(t.Context(), "lost", "key_compromise")
	must(t, err)
	told, err := w.speakingFor(t, edge, gateway).CheckIn(t.Context(), api.CheckIn{})
	must(t, err)
	if told == nil || told.Name != "edge" || !strings.Contains(w.log.String(), `"principal":"agent:edge","relayed_by":"internet-gateway:dmz"`) {
		t.Errorf("told %+v; the log has %s", told, w.log)
	}
	for name, tt := range map[string]struct {
		client *client.Client
		want   string
	}{
		"for an agent that is revoked":      {w.speakingFor(t, lost, gateway), `the agent of device "lost" was revoked`},
		"for one of another profile":        {w.speakingFor(t, foreign, gateway), "another communication profile"},
		"for one of another estate":         {w.speakingFor(t, strange.enrolled(t, "edge"), gateway), "does not chain to any of the given roots"},
		"for itself":                        {w.speakingFor(t, gateway, gateway), "it is that of no device"},
		"an agent that is none":             {w.speakingFor(t, edge, edge), "agent:edge is no internet gateway"},
		"somebody without a certificate":    {w.speakingFor(t, edge), "does not say who asks"},
		"a gateway that asks as if it were": {w.api(t, gateway), "has the role internet_gateway"},
	} {
		if _, err := tt.client.CheckIn(t.Context(), api.CheckIn{}); !api.Is(err, api.CodeDenied) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
	w.estate.Clock.Advance(clm.AgentValidity)
	if _, err := w.estate.Backend.AuthenticateRelayed(t.Context(), clm.Principal{AgentID: "dmz"}, edge.Leaf); err == nil || !strings.Contains(err.Error(), "expired") {
		t.Errorf("an expired certificate is answered %v", err)
	}
}

// A renewal through a gateway is on record with both.
func TestARelayedRenewalIsOnRecord(t *testing.T) {
	t.Parallel()
	w := serving(t)
	profile := w.withProfile(t)
	w.gateway(t, "dmz", profile.ID)
	w.device(t, "edge", profile.ID)
	gateway := w.enrolledGateway(t, "dmz")
	request, _ := certificateRequest(t)
	w.estate.Clock.Advance(time.Minute)
	_, err := w.speakingFor(t, w.enrolled(t, "edge"), gateway).RenewAgentCertificate(t.Context(), request)
	must(t, err)
	rows, err := w.estate.AuditEvents(t.Context())
	must(t, err)
	last := rows[len(rows)-1]
	if last.Principal != "agent:edge" || last.Action != "agent.renew" || last.Details["relayed_by"] != "internet-gateway:dmz" {
		t.Errorf("on record is %+v", last)
	}
}
