package clmtest

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/client"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// Enrol is what an agent does with the secret of an enrolment token: openssl makes it a
// key, and nothing but the token says who asks.
func (e *Estate) Enrol(t testing.TB, secret string) (api.AgentCertificate, error) {
	t.Helper()
	dir := t.TempDir()
	OpenSSL(t, dir, "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "agent.key", "-out", "agent.csr", "-subj", "/CN=agent")
	request, err := os.ReadFile(filepath.Join(dir, "agent.csr"))
	if err != nil {
		t.Fatal(err)
	}
	nobody := e.As(clm.Principal{Name: "test:enrolling", Role: clm.RoleEnrolling})
	return nobody.EnrolAgent(t.Context(), api.EnrolAgent{
		Token: secret, CertificateRequestPEM: string(request),
		Inventory: api.Inventory{Version: "1.2.3", OperatingSystem: "linux/amd64", Hostname: "agent.example.com"},
	})
}

// EnrolDevice has the agent of a device enrol.
func (e *Estate) EnrolDevice(t testing.TB, ref string) api.Agent {
	t.Helper()
	token, err := e.CreateEnrolmentToken(t.Context(), api.CreateEnrolmentToken{DeviceID: ref, ExpiresSeconds: 3600})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Enrol(t, token.Secret); err != nil {
		t.Fatal(err)
	}
	agent, err := e.Agent(t.Context(), ref)
	if err != nil {
		t.Fatal(err)
	}
	return agent
}

// As is a client that asks as a principal with the role it has, past the estate's own
// transport, which takes everybody for an administrator.
func (e *Estate) As(by clm.Principal) *client.Client {
	return client.New(client.Options{Endpoint: "http://embedded", UserAgent: "test", Transport: letIn{e.Backend.Handler(), by}})
}

// letIn asks a handler as if it had found out who sends the request.
type letIn struct {
	handler http.Handler
	by      clm.Principal
}

func (l letIn) RoundTrip(r *http.Request) (*http.Response, error) {
	inbound := r.Clone(clm.WithPrincipal(r.Context(), l.by))
	inbound.RequestURI = r.URL.RequestURI()
	w := httptest.NewRecorder()
	l.handler.ServeHTTP(w, inbound)
	return w.Result(), nil
}
