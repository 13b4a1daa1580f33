package server_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/auth"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/server"
)

// Every operation has a cell, and every cell an operation.
func TestEveryOperationHasACell(t *testing.T) {
	t.Parallel()
	cells := server.NeededRoles()
	for path, operations := range described(t).Paths {
		for method, op := range operations {
			if role := cells[op.OperationID]; role.Check() != nil && !role.OfMachine() {
				t.Errorf("%s (%s %s) needs the role %q", op.OperationID, method, path, cells[op.OperationID])
			}
			delete(cells, op.OperationID)
		}
	}
	left := slices.Sorted(maps.Keys(cells))
	if want := []string{"decide-work-order approve", "decide-work-order cancel", "decide-work-order implement", "decide-work-order reject"}; !slices.Equal(left, want) {
		t.Errorf("cells of no operation: %v, want %v", left, want)
	}
}

// route is one request of the matrix, with who may make it: said here once more, in
// other words than the table's.
type route struct {
	operation, method, path, body string
	may                           []clm.Role
}

func routes(t *testing.T) (all []route) {
	t.Helper()
	for path, operations := range described(t).Paths {
		for method, op := range operations {
			r := route{operation: op.OperationID, method: strings.ToUpper(method), path: strings.ReplaceAll(path, "{ref}", "nobody")}
			if op.OperationID != "decide-work-order" {
				r.may = whoMay(r)
				all = append(all, r)
				continue
			}
			for verb, role := range map[string]clm.Role{"approve": clm.RoleApprover, "reject": clm.RoleApprover, "implement": clm.RoleOperator, "cancel": clm.RoleOperator} {
				r.operation, r.body, r.may = "decide-work-order "+verb, `{"verb":"`+verb+`"}`, []clm.Role{role, clm.RoleAdministrator}
				all = append(all, r)
			}
		}
	}
	return all
}

func whoMay(r route) []clm.Role {
	switch {
	case r.path == api.AgentEnrolment:
		return []clm.Role{clm.RoleEnrolling}
	case strings.HasPrefix(r.path, "/v1/agent/"):
		return []clm.Role{clm.RoleAgent}
	case strings.HasPrefix(r.path, api.AccessTokens), strings.HasSuffix(r.path, api.PrivateKeyExports),
		r.method == http.MethodDelete && strings.HasPrefix(r.path, api.RootCertificates),
		r.method != http.MethodGet && strings.HasPrefix(r.path, api.ApprovalPolicies):
		return []clm.Role{clm.RoleAdministrator}
	case r.method == http.MethodGet, strings.HasSuffix(r.path, api.Preview):
		return clm.Roles()
	}
	return []clm.Role{clm.RoleOperator, clm.RoleAdministrator}
}

// caller is one kind of principal, with the way it shows itself.
type caller struct {
	kind   string
	role   clm.Role // "" for who is not let in
	secret string
	client *http.Client
}

// Every kind of principal against every route, over HTTP: who is not known is not let
// in, whose role is not enough is told which is, and everybody else is answered by the
// operation.
func TestAuthorizationMatrix(t *testing.T) {
	t.Parallel()
	w := newMatrix(t)
	all, cells := routes(t), 0
	for _, who := range w.callers {
		t.Run(who.kind, func(t *testing.T) {
			for _, r := range all {
				w.holds(t, who, r)
			}
		})
		cells += len(all)
	}
	if cells < 8*60 {
		t.Errorf("only %d cells", cells)
	}
}

// holds checks one cell.
func (w *matrix) holds(t *testing.T, who caller, r route) {
	t.Helper()
	status, header, p := w.ask(t, who, r)
	switch {
	case who.role == "":
		if status != http.StatusUnauthorized || p.Code != api.CodeDenied || !strings.HasPrefix(header.Get("WWW-Authenticate"), "Bearer") {
			t.Errorf("%s: answered %d %s: %s", r.operation, status, p.Code, p.Error())
		}
	case slices.Contains(r.may, who.role):
		if status == http.StatusUnauthorized || status == http.StatusForbidden || status >= http.StatusInternalServerError {
			t.Errorf("%s: refused with %d: %s", r.operation, status, p.Error())
		}
	default:
		if needs := "needs the role " + string(r.may[0]); status != http.StatusForbidden || !strings.Contains(p.Detail, needs) || !strings.Contains(p.Detail, r.operation) {
			t.Errorf("%s: answered %d: %s, want one that %s", r.operation, status, p.Error(), needs)
		}
	}
}

func (w *matrix) ask(t *testing.T, who caller, r route) (int, http.Header, api.Problem) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), r.method, w.URL+r.path, strings.NewReader(r.body))
	must(t, err)
	req.Header.Set("Content-Type", "application/json")
	if who.secret != "" {
		req.Header.Set("Authorization", "Bearer "+who.secret)
	}
	resp, err := who.client.Do(req)
	must(t, err)
	defer resp.Body.Close()
	content, err := io.ReadAll(resp.Body)
	must(t, err)
	var p api.Problem
	if resp.StatusCode >= http.StatusBadRequest {
		must(t, json.Unmarshal(content, &p))
	}
	return resp.StatusCode, resp.Header, p
}

// matrix is an estate behind TLS and authentication.
type matrix struct {
	*httptest.Server
	estate  *clmtest.Estate
	callers []caller
}

func newMatrix(t *testing.T) *matrix {
	t.Helper()
	w := &matrix{estate: clmtest.NewBackend(t)}
	root, err := w.estate.CreateRootCertificate(t.Context(), rootInput("people"))
	must(t, err)
	authorities := x509.NewCertPool()
	authorities.AppendCertsFromPEM([]byte(root.CertificatePEM))
	w.Server = httptest.NewUnstartedServer(auth.Required(auth.Config{
		Tokens: w.estate.Backend.Authenticate, Roles: map[string]clm.Role{"spiffe://example.com/ops": clm.RoleOperator}, Failures: 1000,
	}, w.estate.Backend.Handler()))
	w.TLS = &tls.Config{ClientAuth: tls.VerifyClientCertIfGiven, ClientCAs: authorities, MinVersion: tls.VersionTLS12}
	w.StartTLS()
	t.Cleanup(w.Close)
	w.people(t, root.ID)
	return w
}

// people are one of each kind.
func (w *matrix) people(t *testing.T, rootID string) {
	t.Helper()
	w.add("nobody", "", "")
	w.add("an unknown token", "", clm.NewAccessSecret())
	w.add("an expired token", "", w.token(t, "expired", clm.RoleAdministrator, time.Second))
	w.estate.Clock.Advance(time.Second)
	w.add("a revoked token", "", w.token(t, "revoked", clm.RoleAdministrator, time.Hour))
	_, err := w.estate.RevokeAccessToken(t.Context(), "revoked")
	must(t, err)
	for _, role := range clm.Roles() {
		w.add("a token of the role "+string(role), role, w.token(t, string(role), role, time.Hour))
	}
	w.add("a certificate without a role", clm.RoleViewer, "", w.identity(t, rootID, "spiffe://example.com/eve"))
	w.add("a certificate with a role", clm.RoleOperator, "", w.identity(t, rootID, "spiffe://example.com/ops"))
}

func (w *matrix) add(kind string, role clm.Role, secret string, certificates ...tls.Certificate) {
	transport := w.Client().Transport.(*http.Transport).Clone()
	transport.TLSClientConfig.Certificates = certificates
	w.callers = append(w.callers, caller{kind, role, secret, &http.Client{Transport: transport}})
}

func (w *matrix) token(t *testing.T, name string, role clm.Role, expires time.Duration) string {
	t.Helper()
	made, err := w.estate.CreateAccessToken(t.Context(), name, string(role), expires)
	must(t, err)
	return made.Secret
}

// identity is a client certificate of the estate's own making.
func (w *matrix) identity(t *testing.T, rootID, uri string) tls.Certificate {
	t.Helper()
	made, err := w.estate.CreateCertificate(t.Context(), api.CertificateSpec{
		Name: uri[len(uri)-3:], IssuerID: rootID, Subject: api.Subject{CommonName: "person"}, URIs: []string{uri}, ValidityPeriodHours: 24,
	})
	must(t, err)
	key, err := w.estate.ExportPrivateKey(t.Context(), made.Certificate.ID)
	must(t, err)
	pair, err := tls.X509KeyPair([]byte(made.Certificate.CertificatePEM), []byte(key.PrivateKeyPEM))
	must(t, err)
	return pair
}
