package daemon_test

import (
	"crypto"
	"crypto/tls"
	"strings"
	"testing"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/client"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/daemon"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

// withProfile makes a profile for agents of the server.
func (w *world) withProfile(t testing.TB) api.CommunicationProfile {
	t.Helper()
	root, err := w.estate.RootCertificate(t.Context(), clm.ServerRoot)
	must(t, err)
	profile, err := w.estate.CreateCommunicationProfile(t.Context(), api.WriteCommunicationProfile{
		Name: "agents", RootCertificateIDs: []string{root.ID}, CheckInIntervalSeconds: 1, TrustStore: api.TrustStore{Directory: "trust", BundleFile: "ca.pem"},
	})
	must(t, err)
	return profile
}

// gateway makes an internet gateway for the agents of a profile.
func (w *world) gateway(t *testing.T, name, profileID string) api.InternetGateway {
	t.Helper()
	gateway, err := w.estate.CreateInternetGateway(t.Context(), api.WriteInternetGateway{Name: name, CommunicationProfileID: profileID, Addresses: []string{"127.0.0.1"}})
	must(t, err)
	return gateway
}

func (w *world) device(t testing.TB, name, profileID string) api.Device {
	t.Helper()
	device, err := w.estate.CreateDevice(t.Context(), api.WriteDevice{Name: name, CertSync: "managed", Agent: true, CommunicationProfileID: profileID})
	must(t, err)
	return device
}

// api is a client of the server that shows these certificates.
func (w *world) api(t testing.TB, certificates ...tls.Certificate) *client.Client {
	t.Helper()
	c := trusting(t, w.config.CAFile, w.estate.Clock, certificates...)
	return client.New(client.Options{Endpoint: "https://" + w.Address(), Transport: c.Transport})
}

func certificateRequest(t testing.TB) (string, crypto.Signer) {
	t.Helper()
	key, err := pki.GenerateKey(pki.KeySpec{}.WithDefaults())
	must(t, err)
	request, err := pki.CreateRequest(pki.Subject{CommonName: "whoever"}, key)
	must(t, err)
	return string(request), key
}

func pairOf(shown api.AgentCertificate, key crypto.Signer) (tls.Certificate, error) {
	text, err := pki.EncodePrivateKey(key)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.X509KeyPair([]byte(shown.CertificatePEM), text)
}

// enrolled is the certificate of a device's agent.
func (w *world) enrolled(t testing.TB, device string) tls.Certificate {
	t.Helper()
	return w.enrolledBy(t, api.CreateEnrolmentToken{DeviceID: device, ExpiresSeconds: 60})
}

// enrolledGateway is that of an internet gateway.
func (w *world) enrolledGateway(t *testing.T, name string) tls.Certificate {
	t.Helper()
	return w.enrolledBy(t, api.CreateEnrolmentToken{InternetGatewayID: name, ExpiresSeconds: 60})
}

func (w *world) enrolledBy(t testing.TB, ask api.CreateEnrolmentToken) tls.Certificate {
	t.Helper()
	token, err := w.estate.CreateEnrolmentToken(t.Context(), ask)
	must(t, err)
	request, key := certificateRequest(t)
	shown, err := w.api(t).EnrolAgent(t.Context(), api.EnrolAgent{Token: token.Secret, CertificateRequestPEM: request})
	must(t, err)
	pair, err := pairOf(shown, key)
	must(t, err)
	return pair
}

// A revoked agent is refused at its next request, on a new connection and on one that is
// open.
func TestRevokedAgent(t *testing.T) {
	t.Parallel()
	w := serving(t)
	w.device(t, "edge", w.withProfile(t).ID)
	agent := w.api(t, w.enrolled(t, "edge"))
	told, err := agent.CheckIn(t.Context(), api.CheckIn{})
	must(t, err)
	if told == nil || told.Name != "edge" {
		t.Errorf("told %+v", told)
	}
	_, err = w.estate.RevokeAgent(t.Context(), "edge", "key_compromise")
	must(t, err)
	if _, err := agent.CheckIn(t.Context(), api.CheckIn{}); !api.Is(err, api.CodeDenied) {
		t.Errorf("a revoked agent is answered %v", err)
	}
}

// A server whose certificate is not the estate's takes no agents, and says why.
func TestNoAgentsWithAForeignCertificate(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	w := serving(t, func(c *daemon.Config) {
		c.CertificateFile, c.KeyFile = pair(t, dir, "one")
		c.CAFile = c.CertificateFile
	})
	w.estate.Clock.Advance(time.Minute) // the certificate begins at openssl's present
	request, _ := certificateRequest(t)
	_, err := w.api(t).EnrolAgent(t.Context(), api.EnrolAgent{Token: clm.NewAccessSecret(), CertificateRequestPEM: request})
	if err == nil || !strings.Contains(err.Error(), "takes no agents") {
		t.Errorf("an agent is answered %v", err)
	}
}
