package provider_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/provider"
)

// invoker asks for actions as a CLI does that knows them; older ones do not.
type invoker struct {
	*planning
	actions tfprotov6.ActionServer
}

func newInvoker(t *testing.T, estate *clmtest.Estate) *invoker {
	t.Helper()
	server := must2(provider.NewServer("test", estate.Embedded))(t)
	schema := must2(server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{}))(t)
	i := &invoker{&planning{t: t, estate: estate, server: server, schema: schema}, server}
	i.configure(server)
	return i
}

// invoke validates the configuration and, when that passes, carries the action out. It
// tells what was said: progress, or "attribute: summary: detail" of an error.
func (i *invoker) invoke(action string, config map[string]tftypes.Value) (said []string) {
	i.t.Helper()
	kind := i.schema.ActionSchemas[action].Schema.ValueType()
	encoded, err := tfprotov6.NewDynamicValue(kind, tftypes.NewValue(kind, config))
	i.must(err, nil)
	valid, err := i.actions.ValidateActionConfig(i.t.Context(), &tfprotov6.ValidateActionConfigRequest{ActionType: action, Config: &encoded})
	i.must(err, nil)
	if len(valid.Diagnostics) > 0 {
		return complaints(valid.Diagnostics)
	}
	stream, err := i.actions.InvokeAction(i.t.Context(), &tfprotov6.InvokeActionRequest{ActionType: action, Config: &encoded})
	i.must(err, nil)
	for event := range stream.Events {
		switch event := event.Type.(type) {
		case tfprotov6.ProgressInvokeActionEventType:
			said = append(said, event.Message)
		case tfprotov6.CompletedInvokeActionEventType:
			said = append(said, complaints(event.Diagnostics)...)
		}
	}
	return said
}

func complaints(diagnostics []*tfprotov6.Diagnostic) (said []string) {
	for _, d := range diagnostics {
		said = append(said, lastName(d.Attribute)+": "+d.Summary+": "+d.Detail)
	}
	return said
}

func word(s string) tftypes.Value { return tftypes.NewValue(tftypes.String, s) }

var (
	noWord  = tftypes.NewValue(tftypes.String, nil)
	wordsOf = tftypes.List{ElementType: tftypes.String}
)

func revoking(agent, reason string) map[string]tftypes.Value {
	config := map[string]tftypes.Value{"agent": word(agent), "reason": noWord}
	if reason != "" {
		config["reason"] = word(reason)
	}
	return config
}

func renewing(spread tftypes.Value, agents ...string) map[string]tftypes.Value {
	list := tftypes.NewValue(wordsOf, nil)
	if agents != nil {
		names := []tftypes.Value{}
		for _, name := range agents {
			names = append(names, word(name))
		}
		list = tftypes.NewValue(wordsOf, names)
	}
	return map[string]tftypes.Value{"agents": list, "spread": spread}
}

// says: one thing was said, and it has the words.
func (i *invoker) says(words string, action string, config map[string]tftypes.Value) {
	i.t.Helper()
	if said := i.invoke(action, config); len(said) != 1 || !strings.Contains(said[0], words) {
		i.t.Errorf("%s says %q, expected %q", action, said, words)
	}
}

// An agent is shut out, once and for good, by id or by name.
func TestRevokeAgentAction(t *testing.T) {
	t.Parallel()
	estate := newAgentEstate(t)
	device := addLaptop(t, estate, "laptop")
	first := estate.EnrolDevice(t, device.ID)
	i := newInvoker(t, estate)
	i.says("agent laptop is revoked (key_compromise), serial number "+first.SerialNumber, "clm_revoke_agent", revoking(device.ID, "key_compromise"))
	if agent := must2(estate.Agent(t.Context(), "laptop"))(t); agent.Status != "revoked" || agent.RevokedReason != "key_compromise" {
		t.Errorf("the agent is %s (%s)", agent.Status, agent.RevokedReason)
	}
	second := estate.EnrolDevice(t, device.ID)
	i.says("agent laptop is revoked (unspecified), serial number "+second.SerialNumber, "clm_revoke_agent", revoking("laptop", ""))
	i.says("agent: Cannot revoke agent nobody: There is no agent", "clm_revoke_agent", revoking("nobody", ""))
	i.says("reason: Invalid Attribute Value Match: ", "clm_revoke_agent", revoking("laptop", "certificate_hold"))
	i.says("agent: Invalid Attribute Value Length: ", "clm_revoke_agent", revoking("", ""))
}

// Agents are asked to renew: those named, or all that may.
func TestRenewAgentsAction(t *testing.T) {
	t.Parallel()
	estate := newAgentEstate(t)
	for _, name := range []string{"ann", "bob", "eve"} {
		estate.EnrolDevice(t, addLaptop(t, estate, name).ID)
	}
	must2(estate.RevokeAgent(t.Context(), "eve", ""))(t)
	asked := func(want ...string) {
		t.Helper()
		var got []string
		for _, agent := range must2(estate.Agents(t.Context()))(t) {
			if agent.RenewalRequested {
				got = append(got, agent.Name)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%v are to renew, expected %v", got, want)
		}
	}
	i := newInvoker(t, estate)
	i.says("agents that are to renew: 1", "clm_renew_agents", renewing(noWord, "ann"))
	asked("ann")
	i.says("agents that are to renew: 2", "clm_renew_agents", renewing(word("24h")))
	asked("ann", "bob")
	i.says("agents: Cannot have agents renew: There is no agent", "clm_renew_agents", renewing(noWord, "nobody"))
	i.says("agents: Invalid Attribute Value: ", "clm_renew_agents", renewing(noWord, []string{}...))
	i.says("spread: This duration is out of bounds: ", "clm_renew_agents", renewing(word("745h"), "ann"))
}
