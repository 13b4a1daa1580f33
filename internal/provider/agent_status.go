package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
)

// neverEnrolled is the status of an agent that nobody has seen yet: the backend has no
// agent to tell of.
const neverEnrolled = "never_enrolled"

// agentModel says that a device is reached by its agent. There is nothing else to say.
type agentModel struct{}

func agentState(byAgent bool) *agentModel {
	if !byAgent {
		return nil
	}
	return &agentModel{}
}

// agentStatusModel is what the agent of a device told, and what its certificate is worth.
type agentStatusModel struct {
	Status          types.String `tfsdk:"status"`
	SerialNumber    types.String `tfsdk:"serial_number"`
	ValidityEndTime types.String `tfsdk:"validity_end_time"`
	LastSeen        types.String `tfsdk:"last_seen"`
	Version         types.String `tfsdk:"version"`
	OperatingSystem types.String `tfsdk:"operating_system"`
	Hostname        types.String `tfsdk:"hostname"`
}

func agentStatusAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"status":            textOut("`active`, `expired`, `revoked`, or `never_enrolled`."),
		"serial_number":     textOut("Serial number of its certificate, lower-case hex."),
		"validity_end_time": textOut("When its certificate expires, RFC 3339 in UTC."),
		"last_seen":         textOut("When it checked in last, RFC 3339 in UTC."),
		"version":           textOut("Version of its program."),
		"operating_system":  textOut("What it runs on."),
		"hostname":          textOut("What its machine calls itself."),
	}
}

// agentStatus looks for the agent of a device; nil where the device has none to wait for.
func (s *session) agentStatus(ctx context.Context, device api.Device) (*agentStatusModel, error) {
	if !device.Agent {
		return nil, nil //nolint:nilnil // the attribute is null then
	}
	agent, err := s.Agent(ctx, device.ID)
	if api.Is(err, api.CodeNotFound) {
		return &agentStatusModel{Status: types.StringValue(neverEnrolled)}, nil
	}
	status := agentStatusOf(agent)
	return &status, err
}

func agentStatusOf(a api.Agent) agentStatusModel {
	return agentStatusModel{
		Status: types.StringValue(a.Status), SerialNumber: types.StringValue(a.SerialNumber),
		ValidityEndTime: timestamp(a.ValidityEndTime), LastSeen: optionalTime(a.LastSeen),
		Version: optional(a.Version), OperatingSystem: optional(a.OperatingSystem), Hostname: optional(a.Hostname),
	}
}
