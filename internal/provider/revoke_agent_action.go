package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

func newRevokeAgentAction() action.Action { return &revokeAgentAction{} }

// revokeAgentAction shuts an agent out.
type revokeAgentAction struct{ configuredAction }

type revokeAgentModel struct {
	Agent  types.String `tfsdk:"agent"`
	Reason types.String `tfsdk:"reason"`
}

func (a *revokeAgentAction) Metadata(_ context.Context, _ action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = "clm_revoke_agent"
}

func (a *revokeAgentAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Revokes the certificate of the agent of a device or internet gateway, such as one that was lost: it is refused from its next request on, " +
			"and its certificate is on the next revocation list. It never renews. The machine comes back only by enrolling anew, with a `clm_enrolment_token` of its own. " +
			"Certificates that the device serves are not revoked: `clm_revoke` does that.",
		Attributes: map[string]schema.Attribute{"agent": actionReference("device or internet gateway"), "reason": reasonAttribute()},
	}
}

func (a *revokeAgentAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	var m revokeAgentModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	if resp.Diagnostics.HasError() {
		return
	}
	ref := m.Agent.ValueString()
	agent, err := a.RevokeAgent(ctx, ref, m.Reason.ValueString())
	if err != nil {
		addErrorAt(&resp.Diagnostics, path.Root("agent"), "Cannot revoke agent "+ref, err)
		return
	}
	resp.SendProgress(action.InvokeProgressEvent{
		Message: "agent " + agent.Name + " is " + agent.Status + " (" + agent.RevokedReason + "), serial number " + agent.SerialNumber,
	})
}
