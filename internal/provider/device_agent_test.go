package provider_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
)

// laptopBlock is a profile of agents, and a device that is reached in one way.
func laptopBlock(way string) string {
	return found1("clm_root_certificate", "server", "name", "clm-server") +
		profileAt(`directory = "etc/trust"`, "  root_certificate_ids = [data.clm_root_certificate.server.id]") + fmt.Sprintf(`
resource "clm_device" "laptop" {
  name                     = "laptop"
  communication_profile_id = clm_communication_profile.agents.id
  %s
}
`, way)
}

const (
	laptop     = "clm_device.laptop"
	laptopData = "data.clm_device.laptop"
)

// newAgentEstate has what a server makes of its own.
func newAgentEstate(t *testing.T) *clmtest.Estate {
	t.Helper()
	estate := clmtest.NewBackend(t)
	must2(estate.CreateRootCertificate(t.Context(), selfSignedRoot("clm-server")))(t)
	return estate
}

// addLaptop makes a device with an agent outside of Terraform.
func addLaptop(t *testing.T, estate *clmtest.Estate, name string) api.Device {
	t.Helper()
	server := must2(estate.RootCertificate(t.Context(), "clm-server"))(t)
	profile, err := estate.CommunicationProfile(t.Context(), "agents")
	if api.Is(err, api.CodeNotFound) {
		profile, err = estate.CreateCommunicationProfile(t.Context(), api.WriteCommunicationProfile{
			Name: "agents", RootCertificateIDs: []string{server.ID}, CheckInIntervalSeconds: 900, TrustStore: api.TrustStore{Directory: "etc/trust", BundleFile: "cas.pem"},
		})
	}
	must(t, err)
	return must2(estate.CreateDevice(t.Context(), api.WriteDevice{
		Name: name, CertSync: "managed", Agent: true, CommunicationProfileID: profile.ID,
	}))(t)
}

// checkIn has an agent state something. Its id is that of the device.
func checkIn(t *testing.T, estate *clmtest.Estate, agent string, stated api.CheckIn) {
	t.Helper()
	must2(estate.As(clm.Principal{Name: "agent:laptop", Role: clm.RoleAgent, AgentID: agent}).CheckIn(t.Context(), stated))(t)
}

// A device comes to be reached by an agent, and no longer, in place. What the agent
// does is no change of the device.
func TestDeviceWithAgent(t *testing.T) {
	t.Parallel()
	estate := newAgentEstate(t)
	byAgent, local := laptopBlock("agent = {}"), laptopBlock(fmt.Sprintf("local = { root_directory = %q }", t.TempDir()))
	way := func(agent, local knownvalue.Check) []statecheck.StateCheck {
		return []statecheck.StateCheck{is(laptop, "agent", agent), is(laptop, "local", local), is(laptop, "ssh", knownvalue.Null())}
	}
	agent := way(knownvalue.ObjectExact(map[string]knownvalue.Check{}), knownvalue.Null())
	made, moved, back := does(byAgent, creates(laptop)), does(local, updates(laptop)), does(byAgent, updates(laptop))
	made.ConfigStateChecks, moved.ConfigStateChecks, back.ConfigStateChecks = agent, way(knownvalue.Null(), knownvalue.NotNull()), agent
	enrols := func() {
		id := estate.EnrolDevice(t, "laptop").ID
		checkIn(t, estate, id, api.CheckIn{Digest: must2(estate.CommunicationProfile(t.Context(), "agents"))(t).BundleDigest})
	}
	steps := append(importsOf(t, byAgent, laptop, "laptop"),
		after(enrols, does(byAgent, nothing())), moved, back, does("# gone", destroys(laptop)))
	tell(t, estate, append([]resource.TestStep{made}, steps...)...)
}

// agentIs: what the data source tells of the agent.
func agentIs(attribute string, value knownvalue.Check) stateCheck {
	return statecheck.ExpectKnownValue(laptopData, tfjsonpath.New("agent_status").AtMapKey(attribute), value)
}

// The data source follows an agent through its life.
func TestAgentStatusData(t *testing.T) {
	t.Parallel()
	estate := newAgentEstate(t)
	device := addLaptop(t, estate, "laptop")
	addDevice(t, estate, "web", "managed")
	config := found1("clm_device", "laptop", "name", "laptop") + found1("clm_device", "web", "name", "web")
	status := func(want string) stateCheck { return agentIs("status", knownvalue.StringExact(want)) }
	var agent api.Agent
	again := func() { agent = estate.EnrolDevice(t, device.ID) }
	checksIn := func() {
		estate.Clock.Advance(time.Hour)
		checkIn(t, estate, agent.ID, api.CheckIn{Inventory: api.Inventory{Version: "1.3.0", Hostname: "agent.example.com"}})
	}
	hour := knownvalue.StringExact(estate.Clock.Now().Add(time.Hour).UTC().Format(time.RFC3339))
	serial := looksAt{laptopData, func(a map[string]any) error {
		if got := text(a["agent_status"].(map[string]any), "serial_number"); got != agent.SerialNumber {
			return fmt.Errorf("the serial number is %s, expected %s", got, agent.SerialNumber)
		}
		return nil
	}}
	tell(t, estate,
		shows(config, status("never_enrolled"), agentIs("serial_number", knownvalue.Null()), agentIs("last_seen", knownvalue.Null()),
			is("data.clm_device.web", "agent_status", knownvalue.Null()), is("data.clm_device.web", "agent", knownvalue.Null())),
		after(again, shows(config, status("active"), serial, agentIs("version", knownvalue.StringExact("1.2.3")),
			agentIs("operating_system", knownvalue.StringExact("linux/amd64")), agentIs("hostname", knownvalue.StringExact("agent.example.com")))),
		after(checksIn, shows(config, status("active"), agentIs("last_seen", hour), agentIs("version", knownvalue.StringExact("1.3.0")))),
		after(func() { estate.Clock.Advance(91 * 24 * time.Hour) }, shows(config, status("expired"), serial)),
		after(again, shows(config, status("active"), serial)),
		after(func() { must2(estate.RevokeAgent(t.Context(), device.ID, "key_compromise"))(t) }, shows(config, status("revoked"), serial)),
	)
}

// The list holds who has enrolled, and is narrowed by status.
func TestAgentsData(t *testing.T) {
	t.Parallel()
	estate := newAgentEstate(t)
	for _, name := range []string{"ann", "bob", "eve"} {
		addLaptop(t, estate, name)
	}
	profile := must2(estate.CommunicationProfile(t.Context(), "agents"))(t)
	gateway := must2(estate.CreateInternetGateway(t.Context(), api.WriteInternetGateway{Name: "relay", CommunicationProfileID: profile.ID}))(t)
	config := "data \"clm_agents\" \"all\" {}\n" + found1("clm_agents", "revoked", "status", "revoked") + found1("clm_agents", "expired", "status", "expired")
	agents := func(list string, want ...string) looksAt {
		return pairsAre("data.clm_agents."+list, "agents", "name", want)
	}
	enrols := func() {
		estate.EnrolDevice(t, "bob")
		estate.EnrolDevice(t, "ann")
		token := must2(estate.CreateEnrolmentToken(t.Context(), api.CreateEnrolmentToken{InternetGatewayID: gateway.ID, ExpiresSeconds: 60}))(t)
		must2(estate.Enrol(t, token.Secret))(t)
	}
	revokes := func() {
		must2(estate.RevokeAgent(t.Context(), "bob", "key_compromise"))(t)
		must2(estate.RenewAgents(t.Context(), api.RenewAgents{Agents: []string{"ann"}}))(t)
	}
	tell(t, estate,
		shows(config, agents("all"), agents("revoked")),
		after(enrols, shows(config, agents("all", "ann=active", "bob=active", "relay=active"), agents("revoked"), agents("expired"))),
		after(revokes, shows(config, agents("all", "ann=active", "bob=revoked", "relay=active"), agents("revoked", "bob=revoked"), agents("expired"),
			looksAt{"data.clm_agents.all", func(a map[string]any) error {
				agent := func(i int) map[string]any { return a["agents"].([]any)[i].(map[string]any) }
				ann, bob, relay := agent(0), agent(1), agent(2)
				if ann["renewal_requested"] != true || ann["revoked_at"] != nil || bob["renewal_requested"] != false || text(bob, "revocation_reason") != "key_compromise" {
					return fmt.Errorf("the agents are %v and %v", ann, bob)
				}
				if text(relay, "internet_gateway_id") != gateway.ID || relay["device_id"] != nil || ann["internet_gateway_id"] != nil || text(ann, "device_id") != text(ann, "id") {
					return fmt.Errorf("%v is no agent of an internet gateway, or %v is", relay, ann)
				}
				return nil
			}})),
	)
}
