package provider

import (
	"context"

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
		plan.showNew(config, material)
	} else {
		r.planChange(ctx, req, resp, config, &plan, material)
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

// showNew fills in what is known of a slot before it is made.
func (m *rootModel) showNew(config rootModel, material rootMaterial) {
	m.show(config, material)
	m.State, m.AdvancePending = types.StringValue("active"), types.BoolValue(false)
	if material.certificate != nil {
		m.CanSign = types.BoolValue(material.hasKey)
		m.InUsePEM, m.InUseFingerprint = types.StringValue(string(pki.EncodeCertificates(material.certificate))), m.FingerprintSHA256
	}
}

// show fills in what reading the certificate tells before it is imported.
func (m *rootModel) show(config rootModel, material rootMaterial) {
	if material.certificate == nil {
		if !m.PFXFile.IsNull() {
			m.PFXFileSHA256 = types.StringUnknown()
		}
		return
	}
	c := material.certificate
	if config.CertificatePEM.IsNull() {
		m.CertificatePEM = newPEM(string(pki.EncodeCertificates(c)))
	}
	m.CertificateChainPEM = types.StringValue(string(pki.EncodeCertificates(material.chain...)))
	m.SerialNumber = types.StringValue(pki.SerialNumber(c))
	m.FingerprintSHA256 = types.StringValue(pki.Fingerprint(c.Raw))
	m.ValidityStartTime, m.ValidityEndTime = timestamp(c.NotBefore), timestamp(c.NotAfter)
	m.CertificateKey = types.StringValue(pki.KeySpecOf(c.PublicKey).Algorithm)
}
