package gateway_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/client"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/servers"
)

// way is a connection that stays open, with the certificate of an agent or without.
func (w *world) way(state string) *http.Transport {
	w.Helper()
	config := &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: x509.NewCertPool()}
	trusted, err := os.ReadFile(w.caFile)
	must(w, err)
	config.RootCAs.AppendCertsFromPEM(trusted)
	if state != "" {
		content, err := os.ReadFile(filepath.Join(state, "identity.pem"))
		must(w, err)
		pair, err := tls.X509KeyPair(content, content)
		must(w, err)
		config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &pair, nil }
	}
	way := &http.Transport{TLSClientConfig: config, ForceAttemptHTTP2: true}
	w.Cleanup(way.CloseIdleConnections)
	return way
}

func asking(way http.RoundTripper, address string) *client.Client {
	return client.New(client.Options{Endpoint: "https://" + address, Transport: way, UserAgent: "test"})
}

// checkIn is what an agent that is not running any more would still try.
func (w *world) checkIn(way http.RoundTripper, address string) error {
	_, err := asking(way, address).CheckIn(w.Context(), api.CheckIn{})
	return err
}

// lies adds what only a gateway may say.
type lies struct {
	http.RoundTripper
	header, value string
}

func (l lies) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set(l.header, l.value)
	return l.RoundTripper.RoundTrip(r)
}

// A revoked agent is refused by the gateway and by the server, on a connection that is
// open and on a new one; another passes. With a new token it comes back.
func TestARevokedAgentIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, true)
	lost, kept := w.device("lost"), w.device("kept")
	lost.has()
	kept.has()
	must(t, lost.stop())
	open, direct := w.way(lost.state), w.way(lost.state)
	must(t, w.checkIn(open, w.gateway.address))
	must(t, w.checkIn(direct, w.server.address))
	_, err := w.RevokeAgent(t.Context(), "lost", "key_compromise")
	must(t, err)
	if err := w.checkIn(direct, w.server.address); !api.Is(err, api.CodeDenied) {
		t.Errorf("the server answers %v", err)
	}
	if err := w.checkIn(open, w.gateway.address); !api.Is(err, api.CodeDenied) { // the server says so before the gateway knows
		t.Errorf("an open connection is answered %v", err)
	}
	servers.Await(t, "refusal of the handshake", func() bool {
		err := w.checkIn(w.way(lost.state), w.gateway.address)
		return err != nil && strings.Contains(err.Error(), "bad certificate")
	})
	if err := w.checkIn(open, w.gateway.address); !api.Is(err, api.CodeDenied) || !strings.Contains(err.Error(), "the agent's certificate is revoked") {
		t.Errorf("an open connection is answered %v", err)
	}
	must(t, w.checkIn(w.way(kept.state), w.gateway.address))
	request, err := asking(w.way(lost.state), w.gateway.address).RenewAgentCertificate(t.Context(), "")
	if err == nil {
		t.Errorf("it renews: %+v", request)
	}
}

// What an agent says of itself does not pass: not whom it speaks for, not where it comes
// from, no token. Whoever shows no certificate may enrol, and no more.
func TestNobodySpeaksThroughTheGateway(t *testing.T) {
	t.Parallel()
	w := newWorld(t, true)
	edge, other := w.device("edge"), w.device("other")
	edge.has()
	other.has()
	must(t, other.stop())
	content, err := os.ReadFile(filepath.Join(other.state, "identity.pem"))
	must(t, err)
	pair, err := tls.X509KeyPair(content, content)
	must(t, err)
	forged := ":" + base64.StdEncoding.EncodeToString(pair.Certificate[0]) + ":"
	told, err := asking(lies{w.way(edge.state), "Client-Cert", forged}, w.gateway.address).CheckIn(t.Context(), api.CheckIn{})
	if err != nil || told == nil || told.Name != "edge" {
		t.Errorf("who says that he is another is %+v, %v", told, err)
	}
	if err := w.checkIn(lies{w.way(""), "Client-Cert", forged}, w.gateway.address); !api.Is(err, api.CodeDenied) || !strings.Contains(err.Error(), "shows no certificate") {
		t.Errorf("nobody who says that he is an agent is answered %v", err)
	}
	secret, err := w.CreateAccessToken(t.Context(), "ops", "administrator", 3600e9)
	must(t, err)
	token := lies{w.way(edge.state), "Authorization", "Bearer " + secret.Secret}
	if told, err := asking(token, w.gateway.address).CheckIn(t.Context(), api.CheckIn{}); err != nil || told.Name != "edge" {
		t.Errorf("with a token besides it is %+v, %v", told, err)
	}
	for name, try := range map[string]func() error{
		"devices": func() error { _, err := asking(token, w.gateway.address).Devices(t.Context()); return err },
		"its own": func() error {
			_, err := asking(w.way(edge.state), w.gateway.address).CheckInGateway(t.Context(), api.CheckInGateway{})
			return err
		},
	} {
		if err := try(); err == nil || !strings.Contains(err.Error(), "relays what agents ask, and nothing else") {
			t.Errorf("%s: answered %v", name, err)
		}
	}
	_, err = asking(w.way(""), w.gateway.address).EnrolAgent(t.Context(), api.EnrolAgent{Token: clm.NewAccessSecret(), CertificateRequestPEM: "nothing"})
	if err == nil {
		t.Error("nobody enrols with a token of his own making")
	}
}

// curl is a witness: the handshake, the certificate it asks for, and the public list.
func TestCurlThroughTheGateway(t *testing.T) {
	t.Parallel()
	w := newWorld(t, true)
	edge := w.device("edge")
	edge.has()
	base, identity := "https://"+w.gateway.address, filepath.Join(edge.state, "identity.pem")
	post := []string{"--request", "POST", "--header", "Content-Type: application/json", "--data", `{"inventory":{}}`, base + api.AgentCheckIn}
	root, err := w.RootCertificate(t.Context(), clm.ServerRoot)
	must(t, err)
	for name, tt := range map[string]struct {
		args []string
		want string
	}{
		"an agent":          {append([]string{"--cert", identity}, post...), `"name":"edge"`},
		"nobody":            {post, "the agent shows no certificate"},
		"a path that turns": {[]string{"--path-as-is", "--cert", identity, base + "/v1/agent/../devices"}, "relays what agents ask"},
		"health":            {[]string{base + "/healthz"}, "ok"},
		"the whole list":    {[]string{"--output", "list.crl", "--write-out", "%{http_code}", base + clm.ListPath + root.FingerprintSHA256 + clm.ListFile}, "200"},
	} {
		cmd := exec.CommandContext(t.Context(), "curl", append([]string{"--silent", "--show-error", "--cacert", w.caFile}, tt.args...)...)
		cmd.Dir = edge.root
		if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), tt.want) {
			t.Errorf("%s: %s, %v, want %s", name, out, err, tt.want)
		}
	}
	if text := clmtest.OpenSSL(t, edge.root, "crl", "-in", "list.crl", "-inform", "DER", "-CAfile", w.caFile, "-noout", "-text"); !strings.Contains(text, "No Revoked Certificates") {
		t.Errorf("the list is %s", text)
	}
}
