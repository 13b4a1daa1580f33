package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// ModifyPlan notes a device that begins to be served, or is to be reached
// elsewhere: its connectors push in the same apply, and their plans, which come
// later, show it. The plan of the device itself stays as it is.
func (r *deviceResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() || req.State.Raw.IsNull() || r.session == nil {
		return
	}
	plan := reachOf(ctx, req.Plan.GetAttribute, &resp.Diagnostics)
	state := reachOf(ctx, req.State.GetAttribute, &resp.Diagnostics)
	if !resp.Diagnostics.HasError() && plan.mayServe() && plan != state {
		r.reaching.Store(plan.id.ValueString(), true)
	}
}

// reach is what decides whether, and where, a device is served.
type reach struct{ id, certSync, root types.String }

// reachOf reads attribute by attribute, because any of them may be unknown.
func reachOf(ctx context.Context, read func(context.Context, path.Path, any) diag.Diagnostics, diags *diag.Diagnostics) (m reach) {
	diags.Append(read(ctx, path.Root("id"), &m.id)...)
	diags.Append(read(ctx, path.Root("cert_sync"), &m.certSync)...)
	diags.Append(read(ctx, path.Root("local").AtName("root_directory"), &m.root)...)
	return m
}

func (m reach) mayServe() bool {
	return m.certSync.IsUnknown() || m.certSync.ValueString() == "managed"
}
