package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// ModifyPlan shows a refresh, and refuses to take one back.
func (r *internetGatewayResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() || req.State.Raw.IsNull() {
		return
	}
	var plan, state internetGatewayModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() || plan.RefreshEpoch.Equal(state.RefreshEpoch) {
		return
	}
	before, after := state.RefreshEpoch.ValueInt64(), plan.RefreshEpoch.ValueInt64()
	if !plan.RefreshEpoch.IsUnknown() && after < before {
		resp.Diagnostics.AddAttributeError(path.Root("refresh_epoch"), "A refresh cannot be taken back",
			fmt.Sprintf("refresh_epoch of internet gateway %s is %d, and %d is less. Set it to %d, or higher to record another refresh.",
				state.Name.ValueString(), before, after, before))
		return
	}
	plan.RefreshedAt, plan.RefreshedBy = types.StringUnknown(), types.StringUnknown()
	resp.Diagnostics.Append(resp.Plan.Set(ctx, plan)...)
}
