package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// ModifyPlan shows a push that would do something: the wish changed, the refresh
// found the device with something else, or in the same apply the certificate gets
// a new version or the device begins to be served. A connector nobody can put right plans nothing.
func (r *connectorResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() || req.State.Raw.IsNull() || r.session == nil {
		return
	}
	var plan, state connectorModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if _, left := r.overridden.Load(plan.Name.ValueString()); left && plan.sameInputs(state) {
		return // a replacement goes on without it; it is left alone until its name is taken off the list
	}
	_, issuing := r.issuing.Load(plan.CertificateID.ValueString())
	_, reaching := r.reaching.Load(plan.DeviceID.ValueString())
	if plan.sameInputs(state) && !state.PushPending.ValueBool() && !issuing && !reaching {
		return
	}
	plan.expectPush()
	resp.Diagnostics.Append(resp.Plan.Set(ctx, plan)...)
}

// sameInputs covers everything that leads to an update: an update pushes, and its
// results must be planned.
func (m connectorModel) sameInputs(o connectorModel) bool {
	return m.Timeouts.Equal(o.Timeouts) && m.Name.Equal(o.Name) && m.CertificateID.Equal(o.CertificateID) && m.FileSystem.Equal(o.FileSystem) && m.RemoveOnDestroy.Equal(o.RemoveOnDestroy) &&
		m.RequireDistribution.Equal(o.RequireDistribution) && m.Push.Equal(o.Push) && m.Verify.Equal(o.Verify)
}

// expectPush makes everything unknown that a push settles.
func (m *connectorModel) expectPush() {
	for _, text := range []*types.String{&m.SyncStatus, &m.SyncReason, &m.PushedFingerprint, &m.LastPushAt, &m.StatusColor, &m.RequestID, &m.WorkOrderID, &m.WorkOrderStatus} {
		*text = types.StringUnknown()
	}
	m.PushPending = types.BoolUnknown()
}
