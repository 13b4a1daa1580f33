package server_test

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/client"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/target"
)

// asking sends requests on behalf of a principal, whatever its role.
type asking struct {
	direct
	by clm.Principal
}

func (a asking) RoundTrip(r *http.Request) (*http.Response, error) {
	return a.direct.RoundTrip(r.WithContext(clm.WithPrincipal(r.Context(), a.by)))
}

// agents is an estate with the root certificate of its servers, a profile that trusts it,
// and a device with an agent.
type agents struct {
	*clmtest.Estate
	way    *recorder // of what agents ask
	device api.Device
}

func newAgents(t *testing.T) *agents {
	t.Helper()
	a := &agents{Estate: clmtest.NewBackend(t), way: &recorder{}}
	a.populate(t)
	return a
}

func (a *agents) populate(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	root, err := a.CreateRootCertificate(ctx, api.WriteRootCertificate{Name: clm.ServerRoot, Source: api.RootSource{
		Kind: "self_signed", SelfSigned: &api.SelfSigned{Subject: api.Subject{CommonName: "CLM server"}, ValidityPeriodHours: 24 * 365 * 10},
	}})
	must(t, err)
	profile, err := a.CreateCommunicationProfile(ctx, api.WriteCommunicationProfile{
		Name: "agents", RootCertificateIDs: []string{root.ID}, CheckInIntervalSeconds: 60, TrustStore: api.TrustStore{Directory: "etc/trust", BundleFile: "ca.pem"},
	})
	must(t, err)
	a.device, err = a.CreateDevice(ctx, api.WriteDevice{Name: "edge-1", CertSync: "managed", Agent: true, CommunicationProfileID: profile.ID})
	must(t, err)
}

func (a *agents) token(t *testing.T) string {
	t.Helper()
	token, err := a.CreateEnrolmentToken(t.Context(), api.CreateEnrolmentToken{DeviceID: "edge-1", ExpiresSeconds: 3600})
	must(t, err)
	return token.Secret
}

// as is a client that asks as a principal.
func (a *agents) as(by clm.Principal) *client.Client {
	return client.New(client.Options{Endpoint: "http://embedded", Transport: &recording{a.way, asking{direct{a.Backend.Handler()}, by}}})
}

// recording notes requests in a recorder, and sends them its own way.
type recording struct {
	*recorder
	next http.RoundTripper
}

func (r *recording) RoundTrip(req *http.Request) (*http.Response, error) {
	r.note(req)
	return r.next.RoundTrip(req)
}

func (a *agents) enrolling() *client.Client {
	return a.as(clm.Principal{Name: "agent:enrolling", Role: clm.RoleEnrolling})
}

func (a *agents) agent() *client.Client {
	return a.as(clm.Principal{Name: "agent:edge-1", Role: clm.RoleAgent, AgentID: a.device.ID})
}

// request makes a certificate request with openssl.
func request(t *testing.T, dir, name string) string {
	t.Helper()
	clmtest.OpenSSL(t, dir, "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=whatever",
		"-keyout", name+".key", "-out", name+".csr")
	content, err := os.ReadFile(filepath.Join(dir, name+".csr"))
	must(t, err)
	return string(content)
}

// chainOf is the chain a verifier would build: what the agent shows, and the root.
func chainOf(t *testing.T, shown api.AgentCertificate) (chain []*x509.Certificate) {
	t.Helper()
	for rest := []byte(shown.CertificatePEM); ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return chain
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		must(t, err)
		chain = append(chain, cert)
	}
}

func (a *agents) letsIn(t *testing.T, shown api.AgentCertificate, want string) {
	t.Helper()
	by, err := a.Backend.AuthenticateAgent(t.Context(), chainOf(t, shown))
	switch {
	case want == "" && (err != nil || by.Name != "agent:edge-1" || by.AgentID != a.device.ID):
		t.Errorf("it lets in %+v, %v", by, err)
	case want != "" && (clm.KindOf(err) != clm.KindDenied || !strings.Contains(err.Error(), want)):
		t.Errorf("it is refused with %v, want %q", err, want)
	}
}

// An agent enrols once by a token, for a key of its own; the certificate is one that
// openssl believes in, and says who the agent is whatever its request said.
func TestEnrolment(t *testing.T) {
	t.Parallel()
	a, dir, ctx := newAgents(t), t.TempDir(), t.Context()
	stale, token := a.token(t), a.token(t)
	first, second := request(t, dir, "first"), request(t, dir, "second")
	enrol := func(token, csr string) (api.AgentCertificate, error) {
		return a.enrolling().EnrolAgent(ctx, api.EnrolAgent{Token: token, CertificateRequestPEM: csr, Inventory: api.Inventory{Version: "1"}})
	}
	for name, c := range map[string]struct{ token, csr, want string }{
		"a later token was made":     {stale, first, "a later one has taken its place"},
		"not a token":                {"nothing", first, "this is no enrolment token"},
		"not a request":              {token, "nothing", "no certificate request in PEM"},
		"a request somebody damaged": {token, strings.Replace(first, "A", "B", 1), "certificate request"},
	} {
		if _, err := enrol(c.token, c.csr); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	shown, err := enrol(token, first)
	must(t, err)
	must(t, os.WriteFile(filepath.Join(dir, "ca.pem"), []byte(shown.ServerCAPEM), 0o600))
	must(t, os.WriteFile(filepath.Join(dir, "agent.pem"), []byte(shown.CertificatePEM), 0o600))
	clmtest.OpenSSL(t, dir, "verify", "-CAfile", "ca.pem", "-purpose", "sslclient", "agent.pem")
	if text := clmtest.OpenSSL(t, dir, "x509", "-in", "agent.pem", "-noout", "-subject", "-ext", "subjectAltName"); !strings.Contains(text, "edge-1") || !strings.Contains(text, "URI:urn:uuid:"+a.device.ID) {
		t.Errorf("the certificate is for %s", text)
	}
	if _, err := enrol(token, second); err == nil || !strings.Contains(err.Error(), "was used at") {
		t.Errorf("the token lets another key in: %v", err)
	}
	again, err := enrol(token, first)
	must(t, err)
	a.letsIn(t, shown, "has a later one")
	a.letsIn(t, again, "")
	if agent, err := a.Agent(ctx, "edge-1"); err != nil || agent.Status != "active" || agent.Version != "1" || agent.LastSeen != nil {
		t.Errorf("the agent is %+v, %v", agent, err)
	}
}

// A token needs a device with an agent, in a profile that trusts the servers.
func TestEnrolmentTokenRefused(t *testing.T) {
	t.Parallel()
	a, ctx := newAgents(t), t.Context()
	root, err := a.CreateRootCertificate(ctx, api.WriteRootCertificate{Name: "lab", Source: api.RootSource{
		Kind: "self_signed", SelfSigned: &api.SelfSigned{Subject: api.Subject{CommonName: "Lab"}, ValidityPeriodHours: 24 * 365},
	}})
	must(t, err)
	other, err := a.CreateCommunicationProfile(ctx, api.WriteCommunicationProfile{
		Name: "other", RootCertificateIDs: []string{root.ID}, CheckInIntervalSeconds: 60, TrustStore: api.TrustStore{Directory: "etc", BundleFile: "ca.pem"},
	})
	must(t, err)
	_, err = a.CreateDevice(ctx, api.WriteDevice{Name: "foreign", CertSync: "managed", Agent: true, CommunicationProfileID: other.ID})
	must(t, err)
	_, err = a.CreateDevice(ctx, api.WriteDevice{Name: "local", CertSync: "managed", Local: &api.Local{RootDirectory: t.TempDir()}})
	must(t, err)
	for want, in := range map[string]api.CreateEnrolmentToken{
		"does not trust the servers":         {DeviceID: "foreign", ExpiresSeconds: 60},
		"is not reached by an agent":         {DeviceID: "local", ExpiresSeconds: 60},
		`there is no device "nobody"`:        {DeviceID: "nobody", ExpiresSeconds: 60},
		"one device or one internet gateway": {ExpiresSeconds: 60},
		"expected number <= 2.6784e+06":      {DeviceID: "edge-1", ExpiresSeconds: 1 << 40},
	} {
		if _, err := a.CreateEnrolmentToken(ctx, in); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", in, err, want)
		}
	}
}

// What counts is what the agent states. Whoever has what there is to know is told nothing.
func TestAgentChecksIn(t *testing.T) {
	t.Parallel()
	a, ctx := newAgents(t), t.Context()
	_, err := a.enrolling().EnrolAgent(ctx, api.EnrolAgent{Token: a.token(t), CertificateRequestPEM: request(t, t.TempDir(), "agent")})
	must(t, err)
	told, err := a.agent().CheckIn(ctx, api.CheckIn{})
	must(t, err)
	if told == nil || told.Trust == nil || told.Trust.Files[0].Name != "ca.pem" || told.CheckInIntervalSeconds != 60 || told.Steps {
		t.Fatalf("told %+v", told)
	}
	states := func(in api.CheckIn, want string) {
		t.Helper()
		again, err := a.agent().CheckIn(ctx, in)
		must(t, err)
		if again != nil {
			t.Errorf("told again %+v", again)
		}
		device, err := a.ObserveDevice(ctx, "edge-1")
		must(t, err)
		if got := device.Trust.Receipt; got.Digest != want || got.Failure != in.Failure || got.LastSeen == nil {
			t.Errorf("the receipt is %+v, want %q", got, want)
		}
	}
	states(api.CheckIn{Tag: told.Tag, Failure: "the disk is full"}, "")
	states(api.CheckIn{Tag: told.Tag, Digest: told.Trust.Digest, Inventory: api.Inventory{Hostname: "edge"}}, told.Trust.Digest)
	states(api.CheckIn{Tag: told.Tag, Digest: strings.Repeat("0", 64)}, clm.ForeignDigest)
	if agent, err := a.Agent(ctx, a.device.ID); err != nil || agent.LastSeen == nil || agent.Hostname != "" {
		t.Errorf("the agent is %+v, %v", agent, err)
	}
}

// A renewed certificate lets in beside the one before until it has been shown; the task
// spreads renewals, and who is revoked renews no more.
func TestAgentRenewsAndIsRevoked(t *testing.T) {
	t.Parallel()
	a, dir, ctx := newAgents(t), t.TempDir(), t.Context()
	first, err := a.enrolling().EnrolAgent(ctx, api.EnrolAgent{Token: a.token(t), CertificateRequestPEM: request(t, dir, "first")})
	must(t, err)
	if n, err := a.RenewAgents(ctx, api.RenewAgents{SpreadSeconds: 60}); err != nil || n.Requested != 1 {
		t.Errorf("%+v renew, %v", n, err)
	}
	told, err := a.agent().CheckIn(ctx, api.CheckIn{})
	must(t, err)
	if now := a.Clock.Now(); told.RenewAt == nil || told.RenewAt.After(now.Add(time.Minute)) {
		t.Errorf("it is to renew at %v, now is %v", told.RenewAt, now)
	}
	second, err := a.agent().RenewAgentCertificate(ctx, request(t, dir, "second"))
	must(t, err)
	a.letsIn(t, first, "")
	a.letsIn(t, second, "")
	a.letsIn(t, first, "has a later one")
	revoked, err := a.RevokeAgent(ctx, "edge-1", "key_compromise")
	must(t, err)
	if revoked.Status != "revoked" || revoked.RevokedReason != "key_compromise" {
		t.Errorf("revoked is %+v", revoked)
	}
	a.letsIn(t, second, "was revoked at")
	if _, err := a.agent().RenewAgentCertificate(ctx, request(t, dir, "third")); !api.Is(err, api.CodeDenied) {
		t.Errorf("it renews after it was revoked: %v", err)
	}
	list, err := a.RevocationList(ctx, clm.ServerRoot)
	must(t, err)
	if len(list.Revoked) != 1 || list.Revoked[0].SerialNumber != revoked.SerialNumber {
		t.Errorf("the list has %+v", list.Revoked)
	}
	back, err := a.enrolling().EnrolAgent(ctx, api.EnrolAgent{Token: a.token(t), CertificateRequestPEM: request(t, dir, "fourth")})
	must(t, err)
	a.letsIn(t, back, "")
	must(t, a.DeleteDevice(ctx, "edge-1"))
	a.letsIn(t, back, "not that of an agent")
}

// carry takes steps and does them in a folder, until ctx ends.
func (a *agents) carry(ctx context.Context, t *testing.T, root string) {
	c, on, device := a.agent(), target.New(), clm.Device{Name: "edge-1", CertSync: clm.SyncManaged, Local: &clm.Local{RootDirectory: root}}
	defer on.Close()
	for ctx.Err() == nil {
		step, err := c.WaitForStep(ctx, api.WaitForStep{Session: "one", WaitSeconds: 5})
		if err != nil || step == nil {
			continue
		}
		if step.Kind == "run" {
			ran, err := on.Run(ctx, device, clm.Script{Inline: step.Script.Inline, Env: step.Script.Env})
			a.report(ctx, t, c, step.ID, api.StepResult{ExitCode: ran.ExitCode, Output: ran.Output, Failure: failed(err)})
			continue
		}
		set := clm.FileSet{Owner: step.Set.Owner, Directory: step.Set.Directory, Claimed: step.Set.Claimed, Restorable: step.Set.Restorable}
		for _, f := range step.Set.Files {
			set.Files = append(set.Files, clm.File{Name: f.Name, Content: f.Content, Secret: f.Secret})
		}
		var result api.StepResult
		if step.Kind == "observe" {
			found, err := on.Observe(ctx, device, set)
			for _, f := range found {
				result.Observed = append(result.Observed, api.ObservedFile(f))
			}
			result.Failure = failed(err)
		} else {
			act := map[string]func(context.Context, clm.Device, clm.FileSet) error{
				"preflight": on.Preflight, "install": on.Install, "remove": on.Remove, "restore": on.Restore, "settle": on.Settle,
			}[step.Kind]
			result.Failure = failed(act(ctx, device, set))
		}
		a.report(ctx, t, c, step.ID, result)
	}
}

func (a *agents) report(ctx context.Context, t *testing.T, c *client.Client, id string, result api.StepResult) {
	if err := c.ReportStep(ctx, id, result); err != nil && ctx.Err() == nil {
		t.Errorf("reporting: %v", err)
	}
}

func failed(err error) *api.StepFailure {
	if err == nil {
		return nil
	}
	return &api.StepFailure{Code: api.Code(clm.KindOf(err)), Detail: err.Error()}
}

// A push reaches a device by its agent: files, hooks and what went wrong. An agent that is
// away is told of, with when it was there.
func TestPushByAgent(t *testing.T) {
	t.Parallel()
	a, folder := newAgents(t), t.TempDir()
	a.tour(t, folder)
	content, err := os.ReadFile(filepath.Join(folder, "tls", "shop.crt"))
	must(t, err)
	if _, err := pki.ParseCertificates(content); err != nil {
		t.Errorf("the device has %v", err)
	}
	if ran, err := os.ReadFile(filepath.Join(folder, "ran")); err != nil || string(ran) != "shop" {
		t.Errorf("the hook left %q, %v", ran, err)
	}
}

// tour has an agent enrol, check in, carry out a push, and be revoked.
func (a *agents) tour(t *testing.T, folder string) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	_, err := a.enrolling().EnrolAgent(ctx, api.EnrolAgent{Token: a.token(t), CertificateRequestPEM: request(t, t.TempDir(), "agent")})
	must(t, err)
	root, err := a.RootCertificate(ctx, clm.ServerRoot)
	must(t, err)
	shop, err := a.CreateCertificate(ctx, api.CertificateSpec{Name: "shop", IssuerID: root.ID, DNSNames: []string{"shop.example.com"}, ValidityPeriodHours: 24})
	must(t, err)
	push := api.WriteConnector{
		Name: "shop", CertificateID: shop.Certificate.ID, DeviceID: a.device.ID,
		FileSystem: api.FileSystem{Format: "pem", Directory: "tls", CertificateFile: "shop.crt", KeyFile: "shop.key"},
		Push:       &api.PushSettings{Automatic: true, PostScript: &api.Script{Inline: `printf shop > "` + folder + `/ran"`, TimeoutSeconds: 60}},
	}
	away := push
	away.Name, away.FileSystem.Directory = "away", "elsewhere"
	if made, err := a.CreateConnector(ctx, away); err != nil || made.Push == nil || made.Push.Code != api.CodeUnreachable || !strings.Contains(made.Push.Detail, "has never checked in") {
		t.Errorf("without its agent the push is %+v, %v", made.Push, err)
	}
	_, err = a.agent().CheckIn(ctx, api.CheckIn{})
	must(t, err)
	ended := make(chan struct{})
	go func() { a.carry(ctx, t, folder); close(ended) }()
	if made, err := a.CreateConnector(ctx, push); err != nil || made.Push != nil {
		t.Errorf("the push is %+v, %v", made.Push, err)
	}
	stop()
	<-ended
	_, err = a.Agents(t.Context())
	must(t, err)
	_, err = a.Agent(t.Context(), "edge-1")
	must(t, err)
}

// The root by which servers and agents find each other keeps its name.
func TestServerRootKeepsItsName(t *testing.T) {
	t.Parallel()
	a := newAgents(t)
	root, err := a.RootCertificate(t.Context(), clm.ServerRoot)
	must(t, err)
	_, err = a.UpdateRootCertificate(t.Context(), root.ID, api.WriteRootCertificate{Name: "other", Source: root.Source})
	if err == nil || !strings.Contains(err.Error(), "cannot be renamed") {
		t.Errorf("it is renamed: %v", err)
	}
}
