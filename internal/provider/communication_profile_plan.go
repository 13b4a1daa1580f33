package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// ModifyPlan leaves the bundle unknown in every update, not only in one that
// changes what is trusted: a root the profile names may be replaced in the same
// apply. A plan without an update returns nothing, so nothing need be unknown.
func (r *profileResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() || req.State.Raw.IsNull() {
		return
	}
	var plan, state profileModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	plan.keepTexts(ctx, state)
	if !plan.sameInputs(state) {
		plan.Epoch, plan.BundleDigest = types.Int64Unknown(), types.StringUnknown()
	}
	resp.Diagnostics.Append(resp.Plan.Set(ctx, plan)...)
}

// keepTexts makes no change of another way to write the same.
func (m *profileModel) keepTexts(ctx context.Context, state profileModel) {
	if m.CheckInInterval.lastsAsLongAs(state.CheckInInterval) {
		m.CheckInInterval = state.CheckInInterval
	}
	if sameCertificates(ctx, m.AdditionalCertificates, state.AdditionalCertificates) {
		m.AdditionalCertificates = state.AdditionalCertificates
	}
}

// sameInputs covers everything that leads to an update.
func (m profileModel) sameInputs(o profileModel) bool {
	return m.Timeouts.Equal(o.Timeouts) && m.Name.Equal(o.Name) && m.ServerURLs.Equal(o.ServerURLs) &&
		m.RootCertificateIDs.Equal(o.RootCertificateIDs) && m.AdditionalCertificates.Equal(o.AdditionalCertificates) &&
		m.CheckInInterval.Equal(o.CheckInInterval) && m.TrustStore.Equal(o.TrustStore)
}
