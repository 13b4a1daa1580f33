package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

// ModifyPlan looks at the certificate the configuration brings. It never plans a
// replacement of the resource: a root that is destroyed takes the trust in
// everything below it along.
func (r *rootResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		refuseDestroyOfProtected(ctx, req, resp)
		return
	}
	var config, plan rootModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	material := readMaterial(ctx, config, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	plan.PFXFileSHA256 = optional(fileDigest(config, material))
	if req.State.Raw.IsNull() {
		material.checkRoot(config, &resp.Diagnostics)
		plan.show(material)
	} else {
		planSame(ctx, req, resp, config, &plan, material)
	}
	resp.Diagnostics.Append(resp.Plan.Set(ctx, plan)...)
}

func refuseDestroyOfProtected(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	var state rootModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if state.DeletionProtection.ValueBool() {
		resp.Diagnostics.AddAttributeError(path.Root("deletion_protection"), "Root certificate "+state.Name.ValueString()+" is protected",
			"Destroying it would take away the trust in every certificate it issued. "+
				"To destroy it all the same, set deletion_protection = false, apply, then destroy.")
	}
}

func fileDigest(config rootModel, material rootMaterial) string {
	if config.PFXFile.IsNull() {
		return ""
	}
	return material.pfxSHA256
}

// show fills in what reading the certificate tells before it is imported.
func (m *rootModel) show(material rootMaterial) {
	if material.certificate == nil {
		if !m.PFXFile.IsNull() {
			m.PFXFileSHA256 = types.StringUnknown()
		}
		return
	}
	c := material.certificate
	if m.CertificatePEM.IsUnknown() {
		m.CertificatePEM = newPEM(string(pki.EncodeCertificates(c)))
	}
	m.CertificateChainPEM = types.StringValue(string(pki.EncodeCertificates(material.chain...)))
	m.SerialNumber = types.StringValue(pki.SerialNumber(c))
	m.FingerprintSHA256 = types.StringValue(pki.Fingerprint(c.Raw))
	m.ValidityStartTime, m.ValidityEndTime = timestamp(c.NotBefore), timestamp(c.NotAfter)
	m.CertificateKey = types.StringValue(pki.KeySpecOf(c.PublicKey).Algorithm)
	m.CanSign = types.BoolValue(material.hasKey)
}

// planSame plans for a slot that keeps its certificate. Other line ends around
// the same certificate are no change.
func planSame(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse, config rootModel, plan *rootModel, material rootMaterial) {
	var state rootModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	keepsCertificate(ctx, config, state, material, &resp.Diagnostics)
	if pki.SamePEM(plan.CertificatePEM.ValueString(), state.CertificatePEM.ValueString()) {
		plan.CertificatePEM = state.CertificatePEM
	}
	if material.certificate == nil && !plan.PFXFile.IsNull() {
		plan.PFXFileSHA256 = types.StringUnknown()
	}
}

// keepsCertificate holds that a slot keeps its certificate: replacing it takes
// stages that this version does not have yet. What is not known when planning is
// looked at when applying: the CLI then plans once more.
func keepsCertificate(ctx context.Context, config, state rootModel, material rootMaterial, diags *diag.Diagnostics) {
	if !config.SelfSigned.IsNull() {
		if fullyKnown(ctx, config.SelfSigned) && !config.SelfSigned.Equal(state.SelfSigned) {
			refuseReplacement(diags, path.Root("self_signed"), state, "Another recipe would make another certificate.")
		}
		return
	}
	if material.certificate == nil {
		return
	}
	if found := pki.Fingerprint(material.certificate.Raw); found != state.FingerprintSHA256.ValueString() {
		refuseReplacement(diags, config.sourcePath(), state, "It holds the certificate with the fingerprint "+found+
			", the root has "+state.FingerprintSHA256.ValueString()+".")
		return
	}
	if material.hasKey != state.CanSign.ValueBool() {
		refuseReplacement(diags, config.sourcePath(), state, "Whether its private key is held in the estate cannot change.")
	}
}

func refuseReplacement(diags *diag.Diagnostics, at path.Path, state rootModel, why string) {
	diags.AddAttributeError(at, "The certificate of root "+state.Name.ValueString()+" cannot be replaced yet",
		why+"\n\nReplacing a root certificate takes stages, so that nothing loses its trust on the way, and comes with the next release. "+
			"Until then, set the source back to the certificate the root has, or add the new one as a root of its own.")
}
