package provider

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
)

// longest is how far ahead the backend promises anything to agents: 31 days.
const longest = 31 * 24 * time.Hour

// tokenLife is how long a token lets in when the configuration says nothing.
const tokenLife = 24 * time.Hour

func newEnrolmentTokenEphemeral() ephemeral.EphemeralResource { return &enrolmentTokenEphemeral{} }

// enrolmentTokenEphemeral is made when it is opened and forgotten when the run ends:
// there is no Close, because the agent uses it after that.
type enrolmentTokenEphemeral struct{ configuredEphemeral }

type enrolmentTokenModel struct {
	DeviceID          types.String  `tfsdk:"device_id"`
	InternetGatewayID types.String  `tfsdk:"internet_gateway_id"`
	ExpiresIn         durationValue `tfsdk:"expires_in"`
	ID                types.String  `tfsdk:"id"`
	Subject           types.String  `tfsdk:"subject"`
	ExpiresAt         types.String  `tfsdk:"expires_at"`
	Secret            types.String  `tfsdk:"secret"`
}

func (e *enrolmentTokenEphemeral) Metadata(_ context.Context, _ ephemeral.MetadataRequest, resp *ephemeral.MetadataResponse) {
	resp.TypeName = "clm_enrolment_token"
}

func (e *enrolmentTokenEphemeral) Schema(_ context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "A token that lets one agent enrol, once: the agent makes a key of its own and gets a certificate for it. The token enters neither state nor plan.\n\n" +
			"A new one is made by every plan and apply that has this resource, and ends earlier ones for the same agent that nobody used. " +
			"Keep it out of configurations that are planned all the time, such as by `count` as in the example. An unused one expires by itself. " +
			"Once the agent has enrolled, the certificate of an earlier agent of the same device or internet gateway is worth nothing.",
		Attributes: map[string]schema.Attribute{
			"device_id": schema.StringAttribute{
				Optional: true, MarkdownDescription: "Id of the device with `agent = {}`. Give this or `internet_gateway_id`.",
				Validators: []validator.String{
					stringvalidator.ExactlyOneOf(path.MatchRoot("device_id"), path.MatchRoot("internet_gateway_id")), stringvalidator.LengthAtLeast(1),
				},
			},
			"internet_gateway_id": schema.StringAttribute{
				Optional: true, MarkdownDescription: "Id of the internet gateway. Give this or `device_id`.", Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"expires_in": schema.StringAttribute{
				CustomType: durationType{}, Optional: true, Validators: []validator.String{durationBetween{time.Second, longest}},
				MarkdownDescription: "How long it lets in: a duration such as `15m` or `24h`, at most `744h`. Default: `24h`.",
			},
			"id":         schema.StringAttribute{Computed: true, MarkdownDescription: "Id of the token, by which the audit trail knows it."},
			"subject":    schema.StringAttribute{Computed: true, MarkdownDescription: "Name of the device or internet gateway it is for."},
			"expires_at": schema.StringAttribute{Computed: true, MarkdownDescription: "When it lets in no more, RFC 3339 in UTC."},
			"secret": schema.StringAttribute{
				Computed: true, Sensitive: true, MarkdownDescription: "What the agent is given: `terraform-provider-clm agent` reads it. Nobody can read it again.",
			},
		},
	}
}

func (e *enrolmentTokenEphemeral) Open(ctx context.Context, req ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	var m enrolmentTokenModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	if resp.Diagnostics.HasError() {
		return
	}
	token, err := e.CreateEnrolmentToken(ctx, m.request())
	if err != nil {
		at, what := m.about()
		addErrorAt(&resp.Diagnostics, at, "Cannot make an enrolment token for "+what, err)
		return
	}
	m.ID, m.Subject, m.ExpiresAt, m.Secret = types.StringValue(token.ID), types.StringValue(token.Subject), timestamp(token.ExpiresAt), types.StringValue(token.Secret)
	resp.Diagnostics.Append(resp.Result.Set(ctx, m)...)
}

func (m enrolmentTokenModel) request() api.CreateEnrolmentToken {
	life := int64(tokenLife / time.Second)
	if isGiven(m.ExpiresIn) {
		life = m.ExpiresIn.seconds()
	}
	return api.CreateEnrolmentToken{DeviceID: m.DeviceID.ValueString(), InternetGatewayID: m.InternetGatewayID.ValueString(), ExpiresSeconds: life}
}

// about is what the token is for, and where the configuration says so.
func (m enrolmentTokenModel) about() (path.Path, string) {
	if m.DeviceID.IsNull() {
		return path.Root("internet_gateway_id"), "internet gateway " + m.InternetGatewayID.ValueString()
	}
	return path.Root("device_id"), "device " + m.DeviceID.ValueString()
}
