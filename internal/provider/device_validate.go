package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// ValidateConfig asks for what the way to a device needs.
func (r *deviceResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	validateHostKey(ctx, req, resp)
	validateAgent(ctx, req, resp)
}

// validateAgent asks for the profile by which an agent knows whom to talk to.
func validateAgent(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var agent types.Object
	var profile types.String
	at := path.Root("communication_profile_id")
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("agent"), &agent)...)
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, at, &profile)...)
	if isGiven(agent) && profile.IsNull() {
		resp.Diagnostics.AddAttributeError(at, "An agent needs a communication profile",
			"It tells the agent which servers to ask, and how often, whom to trust, and where to keep that. Set communication_profile_id.")
	}
}
