package server_test

import (
	"bytes"
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
)

// relays is an estate of agents with an internet gateway that has enrolled.
type relays struct {
	*agents
	gateway api.InternetGateway
	shown   api.AgentCertificate
}

func (a *agents) relayed(t *testing.T) *relays {
	t.Helper()
	r, ctx := &relays{agents: a}, t.Context()
	var err error
	r.gateway, err = a.CreateInternetGateway(ctx, api.WriteInternetGateway{
		Name: "dmz", CommunicationProfileID: a.device.CommunicationProfileID, Addresses: []string{"gw.example.com", "192.0.2.7"},
	})
	must(t, err)
	token, err := a.CreateEnrolmentToken(ctx, api.CreateEnrolmentToken{InternetGatewayID: "dmz", ExpiresSeconds: 3600})
	must(t, err)
	r.shown, err = a.enrolling().EnrolAgent(ctx, api.EnrolAgent{Token: token.Secret, CertificateRequestPEM: request(t, t.TempDir(), "gateway")})
	must(t, err)
	return r
}

// itself is a client that asks as the gateway.
func (r *relays) itself() *client.Client {
	return r.as(clm.Principal{Name: "internet-gateway:dmz", Role: clm.RoleInternetGateway, AgentID: r.gateway.ID})
}

// now is the time in the precision of what is on record.
func (r *relays) now() time.Time { return r.Clock.Now().Truncate(time.Microsecond) }

func (r *relays) checksIn(t *testing.T, in api.CheckInGateway) *api.GatewayConfiguration {
	t.Helper()
	told, err := r.itself().CheckInGateway(t.Context(), in)
	must(t, err)
	return told
}

// A gateway is told what to relay by, and nothing as long as that is so.
func TestGatewayChecksIn(t *testing.T) {
	t.Parallel()
	r, ctx := newAgents(t).relayed(t), t.Context()
	_, err := r.enrolling().EnrolAgent(ctx, api.EnrolAgent{Token: r.token(t), CertificateRequestPEM: request(t, t.TempDir(), "agent")})
	must(t, err)
	told := r.checksIn(t, api.CheckInGateway{Inventory: api.Inventory{Hostname: "dmz-1"}})
	if told == nil || told.Name != "dmz" || told.CheckInIntervalSeconds != 60 || told.AutoRefresh || told.Trust.PEM != told.ServerCAPEM || len(told.RevocationLists) != 1 {
		t.Fatalf("told %+v", told)
	}
	if again := r.checksIn(t, api.CheckInGateway{Tag: told.Tag, Digest: told.Trust.Digest}); again != nil {
		t.Errorf("told again %+v", again)
	}
	if row, err := r.Agent(ctx, "dmz"); err != nil || row.LastSeen == nil || !row.LastSeen.Equal(r.now()) || row.InternetGatewayID != r.gateway.ID {
		t.Errorf("on record is %+v, %v", row, err)
	}
	revoked, err := r.RevokeAgent(ctx, "edge-1", "key_compromise")
	must(t, err)
	news := r.checksIn(t, api.CheckInGateway{Tag: told.Tag, Digest: told.Trust.Digest})
	if news == nil || bytes.Equal(news.RevocationLists[0], told.RevocationLists[0]) {
		t.Fatalf("after a revocation it is told %+v", news)
	}
	root, err := pki.ParseCertificates([]byte(news.ServerCAPEM))
	must(t, err)
	if list, err := pki.ParseCRL(news.RevocationLists[0], root[0]); err != nil || len(list.Entries) != 1 || list.Entries[0].SerialNumber != revoked.SerialNumber {
		t.Errorf("the list has %+v, %v", list.Entries, err)
	}
}

// A gateway with other addresses renews at once, and its certificate has them.
func TestGatewayWithOtherAddressesRenews(t *testing.T) {
	t.Parallel()
	r, dir := newAgents(t).relayed(t), t.TempDir()
	named := func(shown api.AgentCertificate, want string) {
		t.Helper()
		must(t, os.WriteFile(filepath.Join(dir, "gateway.pem"), []byte(shown.CertificatePEM), 0o600))
		text := clmtest.OpenSSL(t, dir, "x509", "-in", "gateway.pem", "-noout", "-ext", "subjectAltName,extendedKeyUsage")
		if !strings.Contains(text, want) || !strings.Contains(text, "TLS Web Server Authentication") || !strings.Contains(text, "TLS Web Client Authentication") {
			t.Errorf("the certificate has %s, want %s", text, want)
		}
	}
	named(r.shown, "DNS:gw.example.com, IP Address:192.0.2.7")
	told := r.checksIn(t, api.CheckInGateway{})
	if soon := r.Clock.Now().Add(24 * time.Hour); told.RenewAt.Before(soon) {
		t.Errorf("a new certificate is to be renewed at %s", told.RenewAt)
	}
	_, err := r.UpdateInternetGateway(t.Context(), "dmz", api.WriteInternetGateway{
		Name: "dmz", CommunicationProfileID: r.gateway.CommunicationProfileID, Addresses: []string{"relay.example.com"},
	})
	must(t, err)
	told = r.checksIn(t, api.CheckInGateway{Tag: told.Tag})
	if told == nil || told.RenewAt.After(r.Clock.Now()) {
		t.Fatalf("told %+v", told)
	}
	next, err := r.itself().RenewGatewayCertificate(t.Context(), request(t, dir, "next"))
	must(t, err)
	named(next, "DNS:relay.example.com")
}

// A refresh by hand is on record once, whatever becomes of the answers, and only if what
// was taken in is what is published.
func TestGatewayStatesARefresh(t *testing.T) {
	t.Parallel()
	r := newAgents(t).relayed(t)
	told := r.checksIn(t, api.CheckInGateway{})
	refreshed := func(in api.CheckInGateway, want bool) {
		t.Helper()
		r.Clock.Advance(time.Second)
		r.checksIn(t, in)
		now, err := r.InternetGateway(t.Context(), "dmz")
		must(t, err)
		if got := now.RefreshedAt.Equal(r.now()) && now.RefreshedBy == "internet-gateway:dmz"; got != want {
			t.Errorf("%+v: refreshed at %s by %s", in, now.RefreshedAt, now.RefreshedBy)
		}
	}
	refreshed(api.CheckInGateway{Digest: strings.Repeat("0", 64), Refresh: "one"}, false)
	refreshed(api.CheckInGateway{Digest: told.Trust.Digest}, false)
	refreshed(api.CheckInGateway{Digest: told.Trust.Digest, Refresh: "one"}, true)
	refreshed(api.CheckInGateway{Digest: told.Trust.Digest, Refresh: "one"}, false)
	refreshed(api.CheckInGateway{Digest: told.Trust.Digest}, false)
	refreshed(api.CheckInGateway{Digest: told.Trust.Digest, Refresh: "one"}, false)
	refreshed(api.CheckInGateway{Digest: told.Trust.Digest, Refresh: "two"}, true)
}

// Nobody's word counts for a gateway with a process, until that is gone for good.
func TestAGatewayWithAProcessIsAskedItself(t *testing.T) {
	t.Parallel()
	r, ctx := newAgents(t).relayed(t), t.Context()
	raised := api.WriteInternetGateway{Name: "dmz", CommunicationProfileID: r.gateway.CommunicationProfileID, RefreshEpoch: 1}
	for name, try := range map[string]func() (api.InternetGateway, error){
		"the action":     func() (api.InternetGateway, error) { return r.RefreshInternetGateway(ctx, "dmz") },
		"a raised epoch": func() (api.InternetGateway, error) { return r.UpdateInternetGateway(ctx, "dmz", raised) },
	} {
		if _, err := try(); !api.Is(err, api.CodeRefused) || !strings.Contains(err.Error(), "internet-gateway refresh on its machine") {
			t.Errorf("%s is answered %v", name, err)
		}
	}
	_, err := r.RevokeAgent(ctx, "dmz", "")
	must(t, err)
	if now, err := r.UpdateInternetGateway(ctx, "dmz", raised); err != nil || now.RefreshEpoch != 1 || now.RefreshedBy == "internet-gateway:dmz" {
		t.Errorf("without one it is %+v, %v", now, err)
	}
}
