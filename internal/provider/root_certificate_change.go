package provider

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

// planChange plans for a slot that exists. Another certificate stages a
// replacement, the old one goes back, and an open replacement that can go on does:
// all of it in place. A slot where nothing of that holds plans nothing.
func (r *rootResource) planChange(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse, config rootModel, plan *rootModel, material rootMaterial) {
	var state rootModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if pki.SamePEM(plan.CertificatePEM.ValueString(), state.CertificatePEM.ValueString()) {
		plan.CertificatePEM = state.CertificatePEM
	}
	verb := ""
	switch {
	case config.waiting() || !fullyKnown(ctx, config.SelfSigned):
		plan.expectCertificate(config)
		plan.expectMove()
	case plan.asksForSame(state, material):
		keepsKey(state, config, material, &resp.Diagnostics)
		if state.AdvancePending.ValueBool() || state.isOpen() && !plan.sameWish(state) {
			plan.expectMove()
		}
	case r.session != nil:
		verb = r.planMove(ctx, config, plan, state, material, &resp.Diagnostics)
	}
	if r.session != nil {
		r.tellChildren(*plan, state, verb, policyOf(ctx, plan.Replacement, &resp.Diagnostics))
	}
}

// tellChildren notes what the plans of the root's certificates and their connectors,
// which come later, have to show.
func (s *session) tellChildren(plan, state rootModel, verb string, policy *api.ReplacementPolicy) {
	if plan.mayReissue(state, verb, policy) {
		s.replacing.Store(plan.ID.ValueString(), true)
	}
	if policy == nil || !state.isOpen() {
		return
	}
	for _, name := range policy.OverrideChildren {
		s.overridden.Store(name, true)
	}
}

// asksForSame tells whether the configuration brings the certificate it brought
// before.
func (m rootModel) asksForSame(state rootModel, material rootMaterial) bool {
	switch {
	case !m.SelfSigned.IsNull():
		return m.SelfSigned.Equal(state.SelfSigned)
	case material.certificate == nil:
		return true
	}
	return pki.Fingerprint(material.certificate.Raw) == state.FingerprintSHA256.ValueString()
}

// keepsKey: for one certificate, whether its private key is held cannot change.
func keepsKey(state, config rootModel, material rootMaterial, diags *diag.Diagnostics) {
	if material.certificate == nil || state.isOpen() || state.CanSign.IsNull() || material.hasKey == state.CanSign.ValueBool() {
		return
	}
	diags.AddAttributeError(config.sourcePath(), "The certificate of root "+state.Name.ValueString()+" stays the same",
		"Whether its private key is held in the estate cannot change. Bring another certificate, which stages a replacement, or set the source back.")
}

func (m rootModel) isOpen() bool { return !m.State.IsNull() && m.State.ValueString() != "active" }

// sameWish covers everything an update sends: an update drives an open replacement
// on, and its results must be planned.
func (m rootModel) sameWish(o rootModel) bool {
	return m.Name.Equal(o.Name) && m.DeletionProtection.Equal(o.DeletionProtection) && m.Replacement.Equal(o.Replacement) &&
		m.Timeouts.Equal(o.Timeouts) && m.PFXFile.Equal(o.PFXFile) && m.PFXFileSHA256.Equal(o.PFXFileSHA256) && m.PFXWOVersion.Equal(o.PFXWOVersion) &&
		m.PFXPasswordWOVersion.Equal(o.PFXPasswordWOVersion) && m.PrivateKeyPEMWOVersion.Equal(o.PrivateKeyPEMWOVersion)
}

// planMove asks the backend what another certificate comes to.
func (r *rootResource) planMove(ctx context.Context, config rootModel, plan *rootModel, state rootModel, material rootMaterial, diags *diag.Diagnostics) (verb string) {
	preview, err := r.PreviewRootCertificate(ctx, state.ID.ValueString(), plan.request(ctx, material, diags))
	if err != nil {
		addErrorAt(diags, config.sourcePath(), "Cannot replace the certificate of root "+state.Name.ValueString(), err)
		return ""
	}
	if material.certificate == nil {
		plan.expectCertificate(config)
	} else {
		plan.show(config, material)
	}
	if preview.Verb != "" {
		plan.expectMove()
	}
	announce(*plan, state, preview, diags)
	return preview.Verb
}

// expectMove makes everything unknown that driving a replacement on settles.
func (m *rootModel) expectMove() {
	m.State, m.InUsePEM, m.InUseFingerprint = types.StringUnknown(), types.StringUnknown(), types.StringUnknown()
	m.AdvancePending, m.CanSign = types.BoolUnknown(), types.BoolUnknown()
}

// expectCertificate makes everything unknown that reading the certificate tells.
func (m *rootModel) expectCertificate(config rootModel) {
	for _, text := range []*types.String{&m.CertificateChainPEM, &m.SerialNumber, &m.FingerprintSHA256, &m.ValidityStartTime, &m.ValidityEndTime, &m.CertificateKey} {
		*text = types.StringUnknown()
	}
	if config.CertificatePEM.IsNull() {
		m.CertificatePEM = unknownPEM()
	}
	if !m.PFXFile.IsNull() {
		m.PFXFileSHA256 = types.StringUnknown()
	}
}

// mayReissue tells whether the children may be issued again in this apply, or get
// another chain.
func (m rootModel) mayReissue(state rootModel, verb string, policy *api.ReplacementPolicy) bool {
	switch {
	case !m.State.IsUnknown() || verb == "cancel":
		return false
	case state.isOpen() && state.State.ValueString() != "distributing":
		return true
	}
	return policy == nil || policy.Finalize || policy.ForceReason != ""
}

// announce says in words what the plan is about to do to a trust anchor.
func announce(plan, state rootModel, p api.RootPreview, diags *diag.Diagnostics) {
	name := state.Name.ValueString()
	switch p.Verb {
	case "replace":
		diags.AddAttributeWarning(path.Root("fingerprint_sha256"), "Root certificate "+name+" is going to be replaced, in stages", stages(plan, p))
	case "cancel":
		diags.AddAttributeWarning(path.Root("fingerprint_sha256"), "The replacement of root certificate "+name+" is going to be cancelled",
			"The old certificate is set back. Nothing was signed by the new one, so it leaves nothing behind.")
	case "roll_back":
		diags.AddAttributeWarning(path.Root("fingerprint_sha256"), "The replacement of root certificate "+name+" is going to be rolled back",
			fmt.Sprintf("The old certificate is set back. It signs again, and %s issued again under it while both stay trusted.", count(p.Children, "certificate is", "certificates are")))
	}
}

func stages(plan rootModel, p api.RootPreview) string {
	to := "to one that is made when applying"
	if !plan.FingerprintSHA256.IsUnknown() {
		to = "to " + p.ToFingerprint
	}
	text := fmt.Sprintf("From the certificate with the fingerprint %s %s.\n\n", p.FromFingerprint, to)
	if p.Devices > 0 {
		text += capital(count(p.Devices, "device is", "devices are")) + " told to trust both. "
	}
	if p.Children > 0 {
		text += "Once the gate is met, " + count(p.Children, "certificate is", "certificates are") + " issued again under the new root and put in place. "
	}
	text += "When nothing needs it any more, the old root is retired. Nothing is destroyed."
	if len(p.Gateways) > 0 {
		text += "\n\nInternet gateways to refresh by hand, now and again after it is finalized: " + strings.Join(p.Gateways, ", ") + "."
	}
	return text
}

func count(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

func capital(text string) string { return strings.ToUpper(text[:1]) + text[1:] }
