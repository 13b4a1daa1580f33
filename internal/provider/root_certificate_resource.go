package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
)

func newRootCertificateResource() resource.Resource { return &rootResource{} }

type rootResource struct{ configuredResource }

var (
	_ resource.ResourceWithImportState      = (*rootResource)(nil)
	_ resource.ResourceWithIdentity         = (*rootResource)(nil)
	_ resource.ResourceWithModifyPlan       = (*rootResource)(nil)
	_ resource.ResourceWithConfigValidators = (*rootResource)(nil)
)

// rootAttributes are the inputs a problem may be about.
var rootAttributes = []string{"name", "pfx_file", "certificate_pem", "self_signed", "replacement"}

func (r *rootResource) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = "clm_root_certificate"
}

func (r *rootResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identitySchema("root certificate")
}

func (r *rootResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var config, plan rootModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	material := readMaterial(ctx, config, &resp.Diagnostics)
	material.checkRoot(config, &resp.Diagnostics)
	if plan.sameFile(material) {
		plan.PFXFileSHA256 = optional(fileDigest(config, material))
	} else {
		resp.Diagnostics.AddAttributeError(path.Root("pfx_file"), "The PFX file changed after the plan was made", "Plan again.")
	}
	in := plan.request(ctx, material, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	root, err := r.CreateRootCertificate(ctx, in)
	if err != nil {
		addError(&resp.Diagnostics, "Cannot import root certificate "+in.Name, err, rootAttributes...)
		return
	}
	r.made.Store(root.ID, true)
	resp.Diagnostics.Append(resp.State.Set(ctx, plan.state(ctx, root, &resp.Diagnostics))...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, identity{types.StringValue(root.ID)})...)
}

// request is the whole wish for the slot.
func (m rootModel) request(ctx context.Context, material rootMaterial, diags *diag.Diagnostics) api.WriteRootCertificate {
	in := material.request
	in.Name, in.DeletionProtection = m.Name.ValueString(), m.DeletionProtection.ValueBool()
	in.Source, in.Policy = m.source(ctx, diags), policyOf(ctx, m.Replacement, diags)
	return in
}

// sameFile tells whether the file is still the one that was planned.
func (m rootModel) sameFile(material rootMaterial) bool {
	return m.PFXFile.IsNull() || m.PFXFileSHA256.IsUnknown() || m.PFXFileSHA256.ValueString() == material.pfxSHA256
}

func (r *rootResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state rootModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	root, err := r.ObserveRootCertificate(ctx, state.ID.ValueString())
	if api.Is(err, api.CodeNotFound) {
		gone(ctx, state.ID, resp)
		warnOfLostRoot(state, &resp.Diagnostics)
		return
	}
	if err != nil {
		addError(&resp.Diagnostics, "Cannot read root certificate "+state.ID.ValueString(), err)
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, state.state(ctx, root, &resp.Diagnostics))...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, identity{types.StringValue(root.ID)})...)
}

// warnOfLostRoot speaks up before a plan puts another root in the place of one
// the estate has lost. An import brings no name yet: there nothing was lost.
func warnOfLostRoot(state rootModel, diags *diag.Diagnostics) {
	if state.Name.IsNull() {
		return
	}
	diags.AddWarning("Root certificate "+state.Name.ValueString()+" is not in the estate any more",
		"The plan makes it anew. If it was not deleted on purpose, the data folder may be another one or may have been lost: "+
			"stop here and restore a backup, because what trusts the lost root does not trust a new one.")
}

func (r *rootResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state rootModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if r.isMade(state.ID) {
		return
	}
	if err := r.DeleteRootCertificate(ctx, state.ID.ValueString()); err != nil && !api.Is(err, api.CodeNotFound) {
		addError(&resp.Diagnostics, "Cannot delete root certificate "+state.Name.ValueString(), err)
	}
}

func (r *rootResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	importByReference(ctx, req, resp)
}
