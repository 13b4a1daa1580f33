package provider

import (
	"context"
	"strconv"

	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
)

func newRenewAgentsAction() action.Action { return &renewAgentsAction{} }

// renewAgentsAction has agents renew before they would by themselves.
type renewAgentsAction struct{ configuredAction }

type renewAgentsModel struct {
	Agents []string      `tfsdk:"agents"`
	Spread durationValue `tfsdk:"spread"`
}

func (a *renewAgentsAction) Metadata(_ context.Context, _ action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = "clm_renew_agents"
}

func (a *renewAgentsAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Has agents renew their certificates, each with a new key that it makes itself. An agent does so by itself in time; " +
			"this is for before that, such as after a key may have been seen. It asks for it and does not wait: `data.clm_agents` tells who has renewed. " +
			"A revoked agent never renews.",
		Attributes: map[string]schema.Attribute{
			"agents": schema.ListAttribute{
				Optional: true, ElementType: types.StringType,
				Validators:          []validator.List{listvalidator.SizeAtLeast(1), listvalidator.NoNullValues(), listvalidator.ValueStringsAre(stringvalidator.LengthAtLeast(1))},
				MarkdownDescription: "Ids or names of devices and internet gateways. Default: every agent.",
			},
			"spread": schema.StringAttribute{
				CustomType: durationType{}, Optional: true, Validators: []validator.String{durationBetween{0, longest}},
				MarkdownDescription: "Time over which they are spread, so that not all come at once: a duration such as `1h`, at most `744h`. Default: `0s`, each renews at its next check-in.",
			},
		},
	}
}

func (a *renewAgentsAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	var m renewAgentsModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	if resp.Diagnostics.HasError() {
		return
	}
	renewed, err := a.RenewAgents(ctx, api.RenewAgents{Agents: m.Agents, SpreadSeconds: m.Spread.seconds()})
	if err != nil {
		addErrorAt(&resp.Diagnostics, path.Root("agents"), "Cannot have agents renew", err)
		return
	}
	resp.SendProgress(action.InvokeProgressEvent{Message: "agents that are to renew: " + strconv.FormatInt(renewed.Requested, 10)})
}
