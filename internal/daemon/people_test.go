package daemon_test

import (
	"crypto/tls"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/daemon"
)

// caller is one kind of principal, with the way it shows itself.
type caller struct {
	kind   string
	role   clm.Role // "" for who is not let in
	shut   bool     // for whom there is no connection
	secret string
	client *http.Client
}

// people are a server and one caller of each kind.
type people struct {
	*world
	callers []caller
}

// authority makes client certificates. It has been there for days, and so some of them
// are over.
type authority struct {
	*clmtest.Estate
	root api.RootCertificate
}

func newAuthority(t *testing.T) authority {
	t.Helper()
	a := authority{Estate: clmtest.NewBackend(t)}
	a.Clock.Advance(-10 * 24 * time.Hour)
	var err error
	a.root, err = a.CreateRootCertificate(t.Context(), selfSigned("people"))
	must(t, err)
	return a
}

// identity is a client certificate of that name, valid for so many hours from then on.
func (a authority) identity(t testing.TB, name string, hours int64) tls.Certificate {
	t.Helper()
	return a.issued(t, api.CertificateSpec{
		Name: name, Subject: api.Subject{CommonName: name}, ExtKeyUsages: []string{"client_auth"}, ValidityPeriodHours: hours,
	})
}

// issued is a certificate by the authority, with its key.
func (a authority) issued(t testing.TB, spec api.CertificateSpec) tls.Certificate {
	t.Helper()
	spec.IssuerID = a.root.ID
	made, err := a.CreateCertificate(t.Context(), spec)
	must(t, err)
	key, err := a.ExportPrivateKey(t.Context(), made.Certificate.ID)
	must(t, err)
	pair, err := tls.X509KeyPair([]byte(made.Certificate.CertificatePEM), []byte(key.PrivateKeyPEM))
	must(t, err)
	return pair
}

func newPeople(t *testing.T) *people {
	t.Helper()
	known, strange := newAuthority(t), newAuthority(t)
	file := filepath.Join(t.TempDir(), "people.pem")
	must(t, os.WriteFile(file, []byte(known.root.CertificatePEM), 0o600))
	roles := map[string]clm.Role{}
	for _, role := range clm.Roles() {
		roles["the "+string(role)] = role
	}
	w := &people{world: serving(t, func(c *daemon.Config) { c.ClientCAFile, c.Roles, c.Failures = file, roles, 10000 })}
	w.withTokens(t)
	w.withAgents(t)
	for name, role := range roles {
		w.add(t, caller{kind: "a certificate of " + name, role: role}, known.identity(t, name, 2160))
	}
	w.add(t, caller{kind: "a certificate without a role", role: clm.RoleViewer}, known.identity(t, "eve", 2160))
	w.add(t, caller{kind: "a certificate of an unknown authority", shut: true}, strange.identity(t, "the administrator", 2160))
	w.add(t, caller{kind: "an expired certificate", shut: true}, known.identity(t, "expired", 24))
	return w
}

func (w *people) withTokens(t *testing.T) {
	t.Helper()
	w.add(t, caller{kind: "nobody"})
	w.add(t, caller{kind: "a token of nobody", secret: clm.NewAccessSecret()})
	short, err := w.estate.CreateAccessToken(t.Context(), "short", "administrator", time.Second)
	must(t, err)
	w.add(t, caller{kind: "an expired token", secret: short.Secret})
	w.estate.Clock.Advance(time.Second)
	taken, err := w.estate.CreateAccessToken(t.Context(), "taken", "administrator", time.Hour)
	must(t, err)
	_, err = w.estate.RevokeAccessToken(t.Context(), "taken")
	must(t, err)
	w.add(t, caller{kind: "a revoked token", secret: taken.Secret})
	for _, role := range clm.Roles() {
		w.add(t, caller{kind: "a token of the " + string(role), role: role, secret: w.token(t, string(role))})
	}
}

func (w *people) withAgents(t *testing.T) {
	t.Helper()
	profile := w.withProfile(t)
	w.device(t, "edge", profile.ID)
	w.device(t, "lost", profile.ID)
	w.add(t, caller{kind: "an agent", role: clm.RoleAgent}, w.enrolled(t, "edge"))
	w.add(t, caller{kind: "a revoked agent"}, w.enrolled(t, "lost"))
	w.gateway(t, "dmz", profile.ID)
	w.gateway(t, "stolen", profile.ID)
	w.add(t, caller{kind: "a gateway", role: clm.RoleInternetGateway}, w.enrolledGateway(t, "dmz"))
	w.add(t, caller{kind: "a revoked gateway"}, w.enrolledGateway(t, "stolen"))
	for _, name := range []string{"lost", "stolen"} {
		_, err := w.estate.RevokeAgent(t.Context(), name, "")
		must(t, err)
	}
}

// add shows certificates whether the server asks for such or not.
func (w *people) add(t *testing.T, who caller, certificates ...tls.Certificate) {
	t.Helper()
	who.client = trusting(t, w.config.CAFile, w.estate.Clock)
	transport := who.client.Transport.(*http.Transport)
	transport.DisableKeepAlives = false
	if len(certificates) > 0 {
		transport.TLSClientConfig.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &certificates[0], nil }
	}
	t.Cleanup(transport.CloseIdleConnections)
	w.callers = append(w.callers, who)
}
