package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
)

func newAgentsDataSource() datasource.DataSource { return &agentsDataSource{} }

type agentsDataSource struct{ configuredDataSource }

type agentsModel struct {
	Status types.String `tfsdk:"status"`
	Agents []agentFacts `tfsdk:"agents"`
}

// agentFacts is an agent that has enrolled.
type agentFacts struct {
	agentStatusModel
	ID                types.String `tfsdk:"id"`
	Name              types.String `tfsdk:"name"`
	DeviceID          types.String `tfsdk:"device_id"`
	InternetGatewayID types.String `tfsdk:"internet_gateway_id"`
	EnrolledAt        types.String `tfsdk:"enrolled_at"`
	RenewedAt         types.String `tfsdk:"renewed_at"`
	RenewalRequested  types.Bool   `tfsdk:"renewal_requested"`
	RevokedAt         types.String `tfsdk:"revoked_at"`
	RevocationReason  types.String `tfsdk:"revocation_reason"`
}

func (d *agentsDataSource) Metadata(_ context.Context, _ datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = "clm_agents"
}

func (d *agentsDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The agents that have enrolled, of devices and of internet gateways. A device whose agent never did is in none: `data.clm_device` tells.",
		Attributes: map[string]schema.Attribute{
			"status": schema.StringAttribute{
				Optional: true, Validators: []validator.String{stringvalidator.OneOf("active", "expired", "revoked")},
				MarkdownDescription: "Only those with this status: `active`, `expired` or `revoked`.",
			},
			"agents": schema.ListNestedAttribute{
				Computed: true, MarkdownDescription: "What was found, by name.",
				NestedObject: schema.NestedAttributeObject{Attributes: agentAttributes()},
			},
		},
	}
}

func agentAttributes() map[string]schema.Attribute {
	attributes := map[string]schema.Attribute{
		"id": textOut("Id of the agent."), "name": textOut("Name of the device or internet gateway."),
		"device_id":           textOut("Id of the device; null for an internet gateway."),
		"internet_gateway_id": textOut("Id of the internet gateway; null for a device."),
		"enrolled_at":         textOut("When it enrolled, RFC 3339 in UTC."),
		"renewed_at":          textOut("When it renewed its certificate last, RFC 3339 in UTC."),
		"renewal_requested":   boolOut("Whether somebody wants it to renew before it would by itself."),
		"revoked_at":          textOut("When it was revoked, RFC 3339 in UTC."),
		"revocation_reason":   textOut("Why it was revoked (RFC 5280, 5.3.1, in lower_snake_case)."),
	}
	for name, attribute := range agentStatusAttributes() {
		attributes[name] = attribute
	}
	attributes["status"] = textOut("`active`, `expired` or `revoked`.")
	return attributes
}

func (d *agentsDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var m agentsModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	if resp.Diagnostics.HasError() {
		return
	}
	all, err := d.Client.Agents(ctx)
	if err != nil {
		addError(&resp.Diagnostics, "Cannot list agents", err)
		return
	}
	m.Agents = []agentFacts{}
	for _, agent := range all {
		if m.Status.IsNull() || agent.Status == m.Status.ValueString() {
			m.Agents = append(m.Agents, agentFactsOf(agent))
		}
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, m)...)
}

func agentFactsOf(a api.Agent) agentFacts {
	return agentFacts{
		agentStatusModel: agentStatusOf(a), ID: types.StringValue(a.ID), Name: types.StringValue(a.Name),
		DeviceID: optional(a.DeviceID), InternetGatewayID: optional(a.InternetGatewayID),
		EnrolledAt: timestamp(a.EnrolledAt), RenewedAt: optionalTime(a.RenewedAt), RenewalRequested: types.BoolValue(a.RenewalRequested),
		RevokedAt: optionalTime(a.RevokedAt), RevocationReason: optional(a.RevokedReason),
	}
}
