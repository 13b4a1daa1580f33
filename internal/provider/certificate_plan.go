package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

// ModifyPlan asks the backend what applying the plan would do to the
// certificate: nothing, a renewal, a new key, a new enrolment, or a refusal. Only
// when a new version is due do the results become unknown, so that everything
// that depends on them stays quiet otherwise.
func (r *certificateResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() || r.session == nil {
		return
	}
	var plan, state certificateModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	exists := !req.State.Raw.IsNull()
	if exists {
		resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	if exists {
		plan.keepKey(state)
	}
	plan.spellOutKey()
	switch {
	case plan.waits(ctx):
		if exists {
			r.expectIssuing(&plan, "unknown")
		}
	case exists && r.isReplaced(plan.IssuerID):
		r.expectIssuing(&plan, "renew")
	case exists && plan.sameInputs(state) && state.settled():
		// nothing can be due: spare the question
	default:
		r.preview(ctx, &plan, exists, &resp.Diagnostics)
	}
	resp.Diagnostics.Append(resp.Plan.Set(ctx, plan)...)
}

// keepKey keeps the size or curve that nobody writes down any more, as long as
// the algorithm stays: no unrelated change may make a new key.
func (m *certificateModel) keepKey(state certificateModel) {
	if !m.KeyAlgorithm.Equal(state.KeyAlgorithm) {
		return
	}
	if m.RSABits.IsUnknown() {
		m.RSABits = state.RSABits
	}
	if m.ECDSACurve.IsUnknown() {
		m.ECDSACurve = state.ECDSACurve
	}
}

// spellOutKey plans the defaults that depend on the algorithm.
func (m *certificateModel) spellOutKey() {
	if m.KeyAlgorithm.IsUnknown() {
		return
	}
	if m.KeyAlgorithm.ValueString() != "RSA" && m.RSABits.IsUnknown() {
		m.RSABits = types.Int64Null()
	}
	if m.KeyAlgorithm.ValueString() != "ECDSA" && m.ECDSACurve.IsUnknown() {
		m.ECDSACurve = types.StringNull()
	}
	full := pki.KeySpec{Algorithm: m.KeyAlgorithm.ValueString()}.WithDefaults()
	if m.RSABits.IsUnknown() {
		m.RSABits = number(int64(full.RSABits))
	}
	if m.ECDSACurve.IsUnknown() {
		m.ECDSACurve = optional(full.Curve)
	}
}

// settled tells whether the last refresh saw nothing that calls for a new version.
func (m certificateModel) settled() bool {
	return m.Status.ValueString() == "issued" && !m.ReadyForRenewal.ValueBool()
}

func (r *certificateResource) preview(ctx context.Context, plan *certificateModel, exists bool, diags *diag.Diagnostics) {
	ask := api.PreviewCertificate{Spec: plan.spec(ctx, diags)}
	if exists {
		ask.ID = plan.ID.ValueString()
	}
	due, err := r.PreviewCertificate(ctx, ask)
	if err != nil {
		addError(diags, "Cannot issue certificate "+plan.Name.ValueString(), err, certificateAttributes...)
		return
	}
	if !exists {
		return
	}
	if due.Operation == "none" {
		plan.ReadyForRenewal = types.BoolValue(false)
		return
	}
	r.expectIssuing(plan, due.Operation)
}

// expectIssuing plans a new version, and tells the connectors' plans of it. When
// an input is not known yet, it may turn out when applying that nothing is due:
// an update that is planned may come to nothing, one that is not may not happen.
func (r *certificateResource) expectIssuing(plan *certificateModel, operation string) {
	plan.expectNewVersion()
	r.issuing.Store(plan.ID.ValueString(), operation)
}

// expectNewVersion makes everything unknown that a new version brings.
func (m *certificateModel) expectNewVersion() {
	for _, text := range []*types.String{
		&m.Status, &m.CertificatePEM, &m.CertificateChainPEM, &m.SerialNumber, &m.FingerprintSHA256, &m.ValidityStartTime, &m.ValidityEndTime,
	} {
		*text = types.StringUnknown()
	}
	m.Version, m.ReadyForRenewal = types.Int64Unknown(), types.BoolUnknown()
}
