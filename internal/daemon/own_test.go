package daemon_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/client"
)

// bearer sends an access token with every request.
type bearer struct {
	http.RoundTripper
	token string
}

func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+b.token)
	return b.RoundTripper.RoundTrip(r)
}

// as is a client with a token of that role.
func (w *world) as(t *testing.T, role string) *client.Client {
	t.Helper()
	return client.New(client.Options{Endpoint: "https://" + w.Address(), Transport: bearer{w.client.Transport, w.token(t, role)}, UserAgent: "test", Scope: role})
}

func selfSigned(name string) api.WriteRootCertificate {
	return api.WriteRootCertificate{Name: name, Source: api.RootSource{Kind: "self_signed", SelfSigned: &api.SelfSigned{
		Subject: api.Subject{CommonName: name}, ValidityPeriodHours: 87600,
	}}}
}

// owned is a server whose estate has a root, a device and a guarded connector of others.
type owned struct {
	*world
	server, lab api.RootCertificate
	identity    api.Certificate
	shop        api.Certificate
	policy      api.ApprovalPolicy
	device      api.Device
	guarded     api.Connector
}

func owning(t *testing.T) (w owned) {
	t.Helper()
	w.world = serving(t)
	var err error
	w.server, err = w.estate.RootCertificate(t.Context(), "clm-server")
	must(t, err)
	w.identity, err = w.estate.Certificate(t.Context(), "clm-server localhost")
	must(t, err)
	w.lab, err = w.estate.CreateRootCertificate(t.Context(), selfSigned("lab"))
	must(t, err)
	shop, err := w.estate.CreateCertificate(t.Context(), api.CertificateSpec{Name: "shop", IssuerID: w.lab.ID, DNSNames: []string{"shop.example.com"}, ValidityPeriodHours: 2160})
	must(t, err)
	w.shop = shop.Certificate
	w.policy, err = w.estate.CreateApprovalPolicy(t.Context(), api.WriteApprovalPolicy{Name: "two", Levels: 2, ExpiresSeconds: 3600})
	must(t, err)
	w.device, err = w.estate.CreateDevice(t.Context(), api.WriteDevice{Name: "web-1", CertSync: "managed", Local: &api.Local{RootDirectory: t.TempDir()}})
	must(t, err)
	guarded, err := w.estate.CreateConnector(t.Context(), w.connector("guarded", w.shop.ID, w.policy.ID))
	must(t, err)
	w.guarded = guarded.Connector
	return w
}

func (w owned) connector(name, certificateID, policyID string) api.WriteConnector {
	return api.WriteConnector{
		Name: name, CertificateID: certificateID, DeviceID: w.device.ID, RemoveOnDestroy: true,
		FileSystem: api.FileSystem{Format: "pem", Directory: name, CertificateFile: "tls.crt", KeyFile: "tls.key"},
		Push:       &api.PushSettings{Automatic: true, IncludeChain: true, ApprovalPolicyID: policyID},
	}
}

// grab is what somebody who is no administrator would grant himself more by.
type grab struct {
	name string
	try  func(context.Context, *client.Client) error
}

func only[T any](_ T, err error) error { return err }

func (w owned) grabs() []grab {
	renamed, issued := w.identity.Spec, api.CertificateSpec{Name: "mine", IssuerID: w.server.ID, DNSNames: []string{"localhost"}, ValidityPeriodHours: 24}
	renamed.Name = "mine"
	taken, moved := issued, w.shop.Spec
	taken.Name, taken.IssuerID = "clm-server other.example.com", w.lab.ID
	moved.IssuerID = w.server.ID
	own := selfSigned("clm-server")
	return []grab{
		{"create a policy", func(ctx context.Context, c *client.Client) error {
			return only(c.CreateApprovalPolicy(ctx, api.WriteApprovalPolicy{Name: "none", Levels: 1, ExpiresSeconds: 3600}))
		}},
		{"weaken a policy", func(ctx context.Context, c *client.Client) error {
			return only(c.UpdateApprovalPolicy(ctx, w.policy.ID, api.WriteApprovalPolicy{Name: "two", Levels: 1, ExpiresSeconds: 3600}))
		}},
		{"delete a policy", func(ctx context.Context, c *client.Client) error { return c.DeleteApprovalPolicy(ctx, w.policy.ID) }},
		{"take a policy off", func(ctx context.Context, c *client.Client) error {
			return only(c.UpdateConnector(ctx, w.guarded.ID, w.connector("guarded", w.shop.ID, "")))
		}},
		{"delete what it guards", func(ctx context.Context, c *client.Client) error { return c.DeleteConnector(ctx, w.guarded.ID) }},
		{"replace the server's root", func(ctx context.Context, c *client.Client) error {
			return only(c.UpdateRootCertificate(ctx, w.server.ID, own))
		}},
		{"rename the server's root", func(ctx context.Context, c *client.Client) error {
			return only(c.UpdateRootCertificate(ctx, w.server.ID, selfSigned("mine")))
		}},
		{"advance the server's root", func(ctx context.Context, c *client.Client) error {
			return only(c.AdvanceRootCertificate(ctx, "clm-server", api.Advance{}))
		}},
		{"be the server's root", func(ctx context.Context, c *client.Client) error {
			return only(c.CreateRootCertificate(ctx, selfSigned("clm-server 2")))
		}},
		{"issue by the server's root", func(ctx context.Context, c *client.Client) error { return only(c.CreateCertificate(ctx, issued)) }},
		{"take a server's name", func(ctx context.Context, c *client.Client) error { return only(c.CreateCertificate(ctx, taken)) }},
		{"move under the server's root", func(ctx context.Context, c *client.Client) error {
			return only(c.UpdateCertificate(ctx, w.shop.ID, moved))
		}},
		{"rename the server's certificate", func(ctx context.Context, c *client.Client) error {
			return only(c.UpdateCertificate(ctx, w.identity.ID, renamed))
		}},
		{"revoke the server's certificate", func(ctx context.Context, c *client.Client) error {
			return only(c.RevokeCertificate(ctx, w.identity.ID, "key_compromise"))
		}},
		{"hold the server's certificate", func(ctx context.Context, c *client.Client) error {
			return only(c.RevokeCertificate(ctx, w.identity.ID, "certificate_hold"))
		}},
		{"delete the server's certificate", func(ctx context.Context, c *client.Client) error { return c.DeleteCertificate(ctx, w.identity.ID) }},
		{"export the server's key", func(ctx context.Context, c *client.Client) error { return only(c.ExportPrivateKey(ctx, w.identity.ID)) }},
		{"push the server's key", func(ctx context.Context, c *client.Client) error {
			return only(c.CreateConnector(ctx, w.connector("stolen", w.identity.ID, "")))
		}},
		{"push the server's key instead", func(ctx context.Context, c *client.Client) error {
			return only(c.UpdateConnector(ctx, w.guarded.ID, w.connector("guarded", w.identity.ID, w.policy.ID)))
		}},
	}
}

// snapshot is what none of that may change.
func (w owned) snapshot(t *testing.T) (all []any) {
	t.Helper()
	keep := func(what any, err error) {
		must(t, err)
		all = append(all, what)
	}
	roots, err := w.estate.RootCertificates(t.Context())
	keep(roots, err)
	certificates, err := w.estate.Certificates(t.Context(), client.CertificateFilter{})
	keep(certificates, err)
	connectors, err := w.estate.Connectors(t.Context(), "")
	keep(connectors, err)
	policies, err := w.estate.ApprovalPolicies(t.Context())
	keep(policies, err)
	return all
}

// An operator grants himself nothing: neither by the policies that guard pushes, nor by
// what the server proves itself by. An administrator is not told that he may not.
func TestAnOperatorGrantsHimselfNothing(t *testing.T) {
	t.Parallel()
	w := owning(t)
	operator, administrator := w.as(t, "operator"), w.as(t, "administrator")
	before := w.snapshot(t)
	for _, g := range w.grabs() {
		if err := g.try(t.Context(), operator); !api.Is(err, api.CodeDenied) || !strings.Contains(err.Error(), "the role administrator") {
			t.Errorf("an operator that would %s: %v", g.name, err)
		}
	}
	if diff := cmp.Diff(before, w.snapshot(t)); diff != "" {
		t.Errorf("the operator has changed\n%s", diff)
	}
	for _, g := range w.grabs() {
		if err := g.try(t.Context(), administrator); api.Is(err, api.CodeDenied) {
			t.Errorf("an administrator that would %s: %v", g.name, err)
		}
	}
}
