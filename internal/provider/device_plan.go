package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// ModifyPlan shows that the device will be told whom to trust, and notes one that
// begins to be served, or is to be reached elsewhere: its connectors push in the
// same apply, and their plans, which come later, show it.
func (r *deviceResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		return
	}
	planTrust(ctx, req, resp)
	if req.State.Raw.IsNull() || r.session == nil {
		return
	}
	plan := reachOf(ctx, req.Plan.GetAttribute, &resp.Diagnostics)
	state := reachOf(ctx, req.State.GetAttribute, &resp.Diagnostics)
	if !resp.Diagnostics.HasError() && plan.mayServe() && plan != state {
		r.reaching.Store(plan.id.ValueString(), true)
	}
}

// planTrust leaves open what the device will state, wherever an apply asks it:
// every update does, and the refresh may have found a reason for one.
func planTrust(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	var profile types.String
	resp.Diagnostics.Append(req.Plan.GetAttribute(ctx, path.Root("communication_profile_id"), &profile)...)
	pending, digest := types.BoolUnknown(), types.StringUnknown()
	switch {
	case profile.IsNull():
		pending, digest = types.BoolValue(false), types.StringNull()
	case trusts(ctx, req, &resp.Diagnostics):
		return
	}
	resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("trust_pending"), pending)...)
	resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("trust_digest"), digest)...)
}

// trusts tells whether nothing is to be done about a device.
func trusts(ctx context.Context, req resource.ModifyPlanRequest, diags *diag.Diagnostics) bool {
	if !req.Plan.Raw.Equal(req.State.Raw) {
		return false
	}
	var pending types.Bool
	diags.Append(req.State.GetAttribute(ctx, path.Root("trust_pending"), &pending)...)
	return !pending.ValueBool()
}

// reach is what decides whether, and where, a device is served.
type reach struct {
	id, certSync, root, host, credential types.String
	port                                 types.Int64
}

// reachOf reads attribute by attribute, because any of them may be unknown.
func reachOf(ctx context.Context, read func(context.Context, path.Path, any) diag.Diagnostics, diags *diag.Diagnostics) (m reach) {
	diags.Append(read(ctx, path.Root("id"), &m.id)...)
	diags.Append(read(ctx, path.Root("cert_sync"), &m.certSync)...)
	diags.Append(read(ctx, path.Root("local").AtName("root_directory"), &m.root)...)
	diags.Append(read(ctx, path.Root("ssh").AtName("host"), &m.host)...)
	diags.Append(read(ctx, path.Root("ssh").AtName("port"), &m.port)...)
	diags.Append(read(ctx, path.Root("ssh").AtName("credential_id"), &m.credential)...)
	return m
}

func (m reach) mayServe() bool {
	return m.certSync.IsUnknown() || m.certSync.ValueString() == "managed"
}
