package server_test

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/client"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/server"
)

// description is the part of an OpenAPI document the tests look at.
type description struct {
	OpenAPI string
	Info    struct{ Title, Version, Description string }
	Paths   map[string]map[string]struct {
		OperationID string
		Summary     string
		Parameters  []struct{ Name, In, Description string }
		Responses   map[string]struct {
			Content map[string]struct {
				Schema struct {
					Ref string `json:"$ref"`
				}
			}
		}
	}
	Components struct {
		Schemas map[string]struct {
			AdditionalProperties any
			Properties           map[string]struct {
				Description string
				Ref         string `json:"$ref"`
			}
		}
	}
}

func described(t *testing.T) (d description) {
	t.Helper()
	text, err := server.OpenAPI("1.2.3")
	must(t, err)
	must(t, json.Unmarshal(text, &d))
	return d
}

// The description served is the one that is published, and complete: each
// operation says what it does, each parameter what it means, and each error is a
// problem document.
func TestOpenAPI(t *testing.T) {
	t.Parallel()
	d := described(t)
	if !strings.HasPrefix(d.OpenAPI, "3.1") || d.Info.Version != "1.2.3" || len(d.Paths) < 14 {
		t.Errorf("OpenAPI %s of %+v with %d paths", d.OpenAPI, d.Info, len(d.Paths))
	}
	ids := map[string]bool{}
	for path, operations := range d.Paths {
		for method, op := range operations {
			where := method + " " + path
			if op.Summary == "" || op.OperationID == "" || ids[op.OperationID] {
				t.Errorf("%s: summary %q, operation %q", where, op.Summary, op.OperationID)
			}
			ids[op.OperationID] = true
			for _, p := range op.Parameters {
				if p.Description == "" {
					t.Errorf("%s: parameter %s has no description", where, p.Name)
				}
			}
			failures := 0
			for status, response := range op.Responses {
				if status < "400" && status != "default" {
					continue
				}
				failures++
				if ref := response.Content["application/problem+json"].Schema.Ref; ref != "#/components/schemas/Problem" {
					t.Errorf("%s: %s is answered with %q", where, status, ref)
				}
			}
			if failures == 0 {
				t.Errorf("%s never fails", where)
			}
		}
	}
	estate := clmtest.NewBackend(t)
	resp, content := answered(t, estate.Transport("test:alice"), http.MethodGet, "/openapi.json", "")
	published, err := server.OpenAPI("test")
	must(t, err)
	var got, want any
	must(t, json.Unmarshal([]byte(content), &got))
	must(t, json.Unmarshal(published, &want))
	if resp.StatusCode != http.StatusOK || !cmp.Equal(got, want) {
		t.Errorf("served with %s: %s", resp.Status, cmp.Diff(want, got))
	}
}

// evident are properties whose name says all there is to say, or whose meaning is
// that of the configuration.
var evident = regexp.MustCompile(`^(id|name|items|spec|subject|certificate|connectors?|device|key_algorithm|.*_(id|pem|at|name|time|number|sha256|names|addresses|file|bits|curve|color|hours|destroy|reason|protection|password)|` +
	`uris|username|common_name|organization|organizational_unit|country|province|locality|street_address|postal_code|local|cert_sync|file_system|status|reason|detail|total|in_sync|out_of_sync|not_observed|sync|pushes|source|pfx|` +
	`ready_for_renewal|sequence|at|principal|action|noun|details|due|operation)$`)

// Every property whose name is not evident says what it means, a problem's all.
func TestOpenAPISchemas(t *testing.T) {
	t.Parallel()
	for name, schema := range described(t).Components.Schemas {
		if len(schema.Properties) == 0 {
			t.Errorf("%s has no properties", name)
		}
		if schema.AdditionalProperties != false {
			t.Errorf("%s lets in what it does not know", name)
		}
		for property, p := range schema.Properties {
			if p.Description == "" && p.Ref == "" && (name == "Problem" || !evident.MatchString(property)) {
				t.Errorf("%s.%s has no description", name, property)
			}
		}
	}
}

// recorder notes which operations pass.
type recorder struct {
	http.RoundTripper
	mu   sync.Mutex
	seen []string
}

func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	r.note(req)
	return r.RoundTripper.RoundTrip(req)
}

func (r *recorder) note(req *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seen = append(r.seen, strings.ToLower(req.Method)+" "+req.URL.EscapedPath())
}

// Every operation is reached by a method of the client, and does its work there.
func TestClientCoversEveryOperation(t *testing.T) {
	t.Parallel()
	estate := clmtest.NewBackend(t)
	way := &recorder{RoundTripper: estate.Transport("test:alice")}
	estate.Client = client.New(client.Options{Endpoint: "http://embedded", Transport: way})
	tourApprovals(t, estate)
	tour(t, estate)
	tourReplacement(t, estate)
	tourAccessTokens(t, estate)
	tourAgents(t, way)
	tourBackgroundWork(t, estate)
	for path, operations := range described(t).Paths {
		pattern := regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(path), `\{ref\}`, "[^/]+") + "$")
		for method, op := range operations {
			reached := slices.ContainsFunc(way.seen, func(s string) bool {
				m, p, _ := strings.Cut(s, " ")
				return m == method && pattern.MatchString(p) && p != api.Certificates+api.Preview == (path != api.Certificates+api.Preview)
			})
			if !reached {
				t.Errorf("no method of the client reaches %s (%s %s)", op.OperationID, method, path)
			}
		}
	}
}

// tourAgents has an estate of its own: it asks as agents do.
func tourAgents(t *testing.T, way *recorder) {
	t.Helper()
	a := &agents{Estate: clmtest.NewBackend(t), way: way}
	a.Estate.Client = client.New(client.Options{Endpoint: "http://embedded", Transport: &recording{way, a.Transport("test:alice")}})
	a.populate(t)
	a.tour(t, t.TempDir())
	_, err := a.RenewAgents(t.Context(), api.RenewAgents{Agents: []string{"edge-1"}})
	must(t, err)
	_, err = a.agent().RenewAgentCertificate(t.Context(), request(t, t.TempDir(), "agent"))
	must(t, err)
	_, err = a.RevokeAgent(t.Context(), "edge-1", "")
	must(t, err)
	r := a.relayed(t)
	r.checksIn(t, api.CheckInGateway{})
	_, err = r.itself().RenewGatewayCertificate(t.Context(), request(t, t.TempDir(), "gateway"))
	must(t, err)
}

func tourRevocation(t *testing.T, c *clmtest.Estate) {
	t.Helper()
	_, err := c.ReleaseCertificate(t.Context(), "shop")
	must(t, err)
	list, err := c.RevocationList(t.Context(), "lab 2")
	must(t, err)
	if len(list.Revoked) != 0 {
		t.Errorf("the list is %+v", list)
	}
}

func tourCredentials(t *testing.T, c *clmtest.Estate) {
	t.Helper()
	ctx, password := t.Context(), "correct horse"
	in := api.WriteCredential{Name: "deploy", SSH: &api.WriteSSHAccount{Username: "deploy", Password: &password, PasswordVersion: 2}}
	made, err := c.CreateCredential(ctx, in)
	must(t, err)
	in.SSH.Password, in.SSH.Agent = nil, true
	changed, err := c.UpdateCredential(ctx, made.ID, in)
	must(t, err)
	read, err := c.Credential(ctx, "deploy")
	must(t, err)
	all, err := c.Credentials(ctx)
	must(t, err)
	want := api.SSHAccount{Username: "deploy", HasPassword: true, Agent: true, PasswordVersion: 2}
	if diff := cmp.Diff(changed, read); diff != "" || *read.SSH != want || len(all) != 1 {
		t.Errorf("%d credentials, %+v, %s", len(all), read.SSH, diff)
	}
	must(t, c.DeleteCredential(ctx, made.ID))
}

// tour calls every method of the client once.
func tour(t *testing.T, c *clmtest.Estate) {
	t.Helper()
	ctx := t.Context()
	w := populated(t, c)
	_, err := c.RootCertificates(ctx)
	must(t, err)
	_, err = c.Devices(ctx)
	must(t, err)
	_, err = c.Certificates(ctx, client.CertificateFilter{})
	must(t, err)
	_, err = c.Certificate(ctx, "shop")
	must(t, err)
	root, err := c.RootCertificate(ctx, "lab")
	must(t, err)
	root, err = c.UpdateRootCertificate(ctx, root.ID, api.WriteRootCertificate{Name: "lab 2", Source: root.Source})
	must(t, err)
	inspected, err := c.InspectDevice(ctx, w.device.Name)
	must(t, err)
	if inspected.Status != "managed" || len(inspected.StatusLog) != 4 || inspected.StatusLog[0].Status != "passed" {
		t.Errorf("found out %+v", inspected.StatusLog)
	}
	device, err := c.ObserveDevice(ctx, w.device.Name)
	must(t, err)
	_, err = c.UpdateDevice(ctx, device.ID, api.WriteDevice{Name: "web-2", CertSync: "managed", Local: device.Local})
	must(t, err)
	spec := w.certificate.Spec
	spec.RenewalTrigger = "2"
	due, err := c.PreviewCertificate(ctx, api.PreviewCertificate{ID: w.certificate.ID, Spec: spec})
	must(t, err)
	renewed, err := c.UpdateCertificate(ctx, w.certificate.ID, spec)
	must(t, err)
	if due.Operation != "renew" || renewed.Operation != "renew" || renewed.Certificate.Version != 2 || len(renewed.Pushes) != 1 || renewed.Pushes[0].Code != "" {
		t.Errorf("previewed %+v, done %+v", due, renewed)
	}
	tourRevocation(t, c)
	key, err := c.ExportPrivateKey(ctx, "shop")
	must(t, err)
	if !strings.HasPrefix(key.PrivateKeyPEM, "-----BEGIN PRIVATE KEY-----") {
		t.Error("the exported key is no PKCS#8 PEM")
	}
	report, err := c.SyncStatus(ctx, "shop")
	must(t, err)
	if report.Total != 1 || report.InSync != 1 {
		t.Errorf("sync status %+v", report)
	}
	_, err = c.UpdateConnector(ctx, w.connector.ID, connectorInput("moved", w))
	must(t, err)
	back, err := c.RollBackPush(ctx, "moved")
	must(t, err)
	kept, err := c.ObserveConnector(ctx, "moved")
	must(t, err)
	if back.Code != "" || kept.Sync.Reason != "previous_certificate" || kept.Sync.Repairable {
		t.Errorf("rolled back %+v, then found %+v", back, kept.Sync)
	}
	pushed, err := c.PushConnector(ctx, "moved")
	must(t, err)
	connector, err := c.ObserveConnector(ctx, "moved")
	must(t, err)
	if pushed.Code != "" || connector.Sync.Status != "in_sync" || connector.DeviceName != "web-2" {
		t.Errorf("pushed %+v, then found %+v", pushed, connector.Sync)
	}
	around, err := c.Topology(ctx, "shop")
	must(t, err)
	if len(around.Chain) != 1 || len(around.Connectors) != 1 || around.Connectors[0].Connector.Sync.Status != "in_sync" || around.Connectors[0].Device.Name != "web-2" {
		t.Errorf("the topology is %+v", around)
	}
	served, err := c.PushValidationReport(ctx, w.certificate.ID, device.ID)
	must(t, err)
	if served.Total != 0 || served.NotVerified != 1 || served.Percent != nil {
		t.Errorf("the report is %+v", served)
	}
	_, err = c.Connectors(ctx, w.certificate.ID)
	must(t, err)
	_, err = c.RevokeCertificate(ctx, "shop", "key_compromise")
	must(t, err)
	must(t, c.DeleteConnector(ctx, connector.ID))
	must(t, c.DeleteCertificate(ctx, w.certificate.ID))
	must(t, c.DeleteDevice(ctx, device.ID))
	must(t, c.DeleteRootCertificate(ctx, root.ID))
	_, err = c.AuditEvents(ctx)
	must(t, err)
}

// tourReplacement does so for what a replacement of a root is made of.
func tourReplacement(t *testing.T, c *clmtest.Estate) {
	t.Helper()
	ctx := t.Context()
	root, err := c.CreateRootCertificate(ctx, rootInput("corp"))
	must(t, err)
	profileInput := api.WriteCommunicationProfile{
		Name: "agents", RootCertificateIDs: []string{root.ID}, CheckInIntervalSeconds: 900,
		TrustStore: api.TrustStore{Directory: "etc/trust", BundleFile: "ca.pem"},
	}
	profile, err := c.CreateCommunicationProfile(ctx, profileInput)
	must(t, err)
	tourCredentials(t, c)
	gatewayInput := api.WriteInternetGateway{Name: "dmz", CommunicationProfileID: profile.ID}
	gateway, err := c.CreateInternetGateway(ctx, gatewayInput)
	must(t, err)
	agent := anyDevice(t)
	agent.Name, agent.CommunicationProfileID = "agent-1", profile.ID
	device, err := c.CreateDevice(ctx, agent)
	must(t, err)
	told, err := c.CheckInDevice(ctx, device.ID)
	must(t, err)
	bundle, err := c.TrustBundle(ctx, "agents")
	must(t, err)
	seen, err := c.ObserveDevice(ctx, device.ID)
	must(t, err)
	if told.Code != "" || seen.Trust.Receipt.Digest != bundle.Digest || len(bundle.Fingerprints) != 1 || seen.Trust.Pending {
		t.Errorf("told %+v, then it trusts %+v; published is %+v", told, seen.Trust, bundle)
	}
	tourStages(t, c, root.ID)
	_, err = c.PutReceipt(ctx, device.ID, api.WriteReceipt{Digest: bundle.Digest})
	must(t, err)
	profileInput.CheckInIntervalSeconds = 60
	changed, err := c.UpdateCommunicationProfile(ctx, profile.ID, profileInput)
	must(t, err)
	if changed.CommunicationProfile.Epoch != 3 || len(changed.Trouble) != 0 {
		t.Errorf("changed to %+v", changed)
	}
	gatewayInput.RefreshEpoch = 1
	_, err = c.UpdateInternetGateway(ctx, gateway.ID, gatewayInput)
	must(t, err)
	_, err = c.RefreshInternetGateway(ctx, "dmz")
	must(t, err)
	tourEnd(t, c, device.ID, gateway.ID, profile.ID)
}

// tourStages stages a replacement and cancels it.
func tourStages(t *testing.T, c *clmtest.Estate, id string) {
	t.Helper()
	ctx := t.Context()
	wish := rootInput("corp")
	wish.Source.SelfSigned.Subject.CommonName = "corp 2"
	wish.Policy = &api.ReplacementPolicy{MinimumReceivedPercent: 100, OnFailure: "stop", Waivers: []api.Waiver{}}
	preview, err := c.PreviewRootCertificate(ctx, id, wish)
	must(t, err)
	_, err = c.UpdateRootCertificate(ctx, id, wish)
	must(t, err)
	advanced, err := c.AdvanceRootCertificate(ctx, id, api.Advance{})
	must(t, err)
	rollout, err := c.Rollout(ctx, id)
	must(t, err)
	if preview.Verb != "replace" || preview.Devices != 1 || len(preview.Gateways) != 1 || advanced.Rollout.Received != 1 ||
		rollout.Message != "1 of 1 agents received the new certificate" || len(rollout.Violations) != 1 || rollout.Violations[0].Code != "stale_gateways" {
		t.Errorf("previewed %+v, advanced to %+v, shown as %+v", preview, advanced.Rollout, rollout)
	}
	observed, err := c.ObserveRootCertificate(ctx, id)
	must(t, err)
	if observed.Replacement == nil || observed.Replacement.CanAdvance || observed.InUseFingerprint == observed.FingerprintSHA256 {
		t.Errorf("observed %+v", observed)
	}
	cancelled, err := c.TransitRootCertificate(ctx, id, api.Transition{Verb: "cancel"})
	must(t, err)
	if cancelled.State != "active" || cancelled.Replacement.Phase != "cancelled" {
		t.Errorf("cancelled to %+v", cancelled)
	}
}

func tourEnd(t *testing.T, c *clmtest.Estate, device, gateway, profile string) {
	t.Helper()
	ctx := t.Context()
	profiles, err := c.CommunicationProfiles(ctx)
	must(t, err)
	gateways, err := c.InternetGateways(ctx)
	must(t, err)
	if len(profiles) != 1 || len(gateways) != 1 {
		t.Errorf("%d profiles, %d gateways", len(profiles), len(gateways))
	}
	_, err = c.CommunicationProfile(ctx, "agents")
	must(t, err)
	_, err = c.InternetGateway(ctx, "dmz")
	must(t, err)
	must(t, c.DeleteDevice(ctx, device))
	must(t, c.DeleteInternetGateway(ctx, gateway))
	must(t, c.DeleteCommunicationProfile(ctx, profile))
}
