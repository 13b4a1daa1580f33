package daemon_test

import (
	"crypto"
	"crypto/tls"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/client"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
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

// token lets the agent of a device enrol.
func (w *world) enrolmentToken(t testing.TB, device string) string {
	t.Helper()
	token, err := w.estate.CreateEnrolmentToken(t.Context(), api.CreateEnrolmentToken{DeviceID: device, ExpiresSeconds: 60})
	must(t, err)
	return token.Secret
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
	request, key := certificateRequest(t)
	shown, err := w.api(t).EnrolAgent(t.Context(), api.EnrolAgent{Token: w.enrolmentToken(t, device), CertificateRequestPEM: request})
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
