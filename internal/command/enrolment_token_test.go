package command_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/backend"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/client"
)

// agentEstate has the servers' root, and a device and an internet gateway whose agents may enrol.
func agentEstate(t *testing.T) (dir string) {
	t.Helper()
	dir, _ = lived(t)
	asking(t, backend.Config{DataDir: dir}, func(c *client.Client) {
		root, err := c.CreateRootCertificate(t.Context(), api.WriteRootCertificate{Name: "clm-server", Source: api.RootSource{
			Kind: "self_signed", SelfSigned: &api.SelfSigned{Subject: api.Subject{CommonName: "Servers"}, ValidityPeriodHours: 8760},
		}})
		must(t, err)
		profile, err := c.CreateCommunicationProfile(t.Context(), api.WriteCommunicationProfile{
			Name: "edge", RootCertificateIDs: []string{root.ID}, CheckInIntervalSeconds: 900, TrustStore: api.TrustStore{Directory: "etc/trust", BundleFile: "ca.pem"},
		})
		must(t, err)
		_, err = c.CreateDevice(t.Context(), api.WriteDevice{Name: "edge-1", CertSync: "managed", Agent: true, CommunicationProfileID: profile.ID})
		must(t, err)
		_, err = c.CreateInternetGateway(t.Context(), api.WriteInternetGateway{Name: "relay", CommunicationProfileID: profile.ID})
		must(t, err)
	})
	return dir
}

// The secret is printed once, alone, and is nowhere in the audit trail.
func TestEnrolmentToken(t *testing.T) {
	t.Parallel()
	dir := agentEstate(t)
	var secrets []string
	for _, subject := range []string{"--device=edge-1", "--internet-gateway=relay"} {
		out, err := typed(t, "enrolment-token", "create", subject, "--expires", "15m", "--data-dir", dir)
		must(t, err)
		if !regexp.MustCompile(`^clm_[0-9A-Za-z]{36}\n$`).MatchString(out) {
			t.Errorf("%s: printed %q", subject, out)
		}
		secrets = append(secrets, strings.TrimSpace(out))
	}
	var made []string
	asking(t, backend.Config{DataDir: dir}, func(c *client.Client) {
		events, err := c.AuditEvents(t.Context())
		must(t, err)
		for _, e := range events {
			if e.Noun == "enrolment_token" {
				made = append(made, e.Subject)
			}
			for _, secret := range secrets {
				if strings.Contains(e.Details["secret"]+e.Subject, secret) {
					t.Errorf("row %d tells a secret", e.Sequence)
				}
			}
		}
	})
	if strings.Join(made, " ") != "device:edge-1 internet_gateway:relay" {
		t.Errorf("the trail has tokens for %v", made)
	}
}

// What cannot enrol gets no token.
func TestEnrolmentTokenRefused(t *testing.T) {
	t.Parallel()
	dir := agentEstate(t)
	create := func(args ...string) []string {
		return append([]string{"enrolment-token", "create", "--data-dir", dir}, args...)
	}
	refuses(t, `there is no device "nobody"`, create("--device", "nobody")...)
	refuses(t, "an enrolment token cannot last for 800h0m0s (give --expires from 1s to 744h)", create("--device", "edge-1", "--expires", "800h")...)
	refuses(t, "missing flags: --device=STRING or --internet-gateway=STRING", create()...)
	refuses(t, "--device and --internet-gateway can't be used together", create("--device", "edge-1", "--internet-gateway", "relay")...)
}

// Agents are asked and revoked by name; the guide "Enrol agents" has some that answer.
func TestAgentsThatAreNotThere(t *testing.T) {
	t.Parallel()
	dir := agentEstate(t)
	prints(t, "asked 0 agents to renew their certificates\n", "renew-agents", "--data-dir", dir)
	refuses(t, `there is no agent "edge-1"`, "renew-agents", "edge-1", "--data-dir", dir)
	refuses(t, `there is no agent "edge-1"`, "revoke-agent", "edge-1", "--data-dir", dir)
	refuses(t, `"boredom" is not a revocation reason (use unspecified, key_compromise, ca_compromise, affiliation_changed, superseded, `+
		`cessation_of_operation, privilege_withdrawn or aa_compromise)`, "revoke-agent", "edge-1", "--reason", "boredom", "--data-dir", dir)
}
