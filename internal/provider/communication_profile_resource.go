package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
)

func newCommunicationProfileResource() resource.Resource { return &profileResource{} }

type profileResource struct{ configuredResource }

var (
	_ resource.ResourceWithImportState    = (*profileResource)(nil)
	_ resource.ResourceWithIdentity       = (*profileResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*profileResource)(nil)
	_ resource.ResourceWithValidateConfig = (*profileResource)(nil)
)

// profileAttributes are the inputs a problem may be about.
var profileAttributes = []string{"name", "server_urls", "root_certificate_ids", "additional_certificates_pem", "check_in_interval", "trust_store"}

func (r *profileResource) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = "clm_communication_profile"
}

func (r *profileResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identitySchema("communication profile")
}

func (r *profileResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan profileModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	timeout, diags := plan.Timeouts.Create(ctx, defaultTimeout)
	resp.Diagnostics.Append(diags...)
	in := plan.request(ctx, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	bounded, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	profile, err := r.CreateCommunicationProfile(bounded, in)
	if err != nil {
		addError(&resp.Diagnostics, "Cannot make communication profile "+in.Name, err, profileAttributes...)
		return
	}
	r.made.Store(profile.ID, true)
	resp.Diagnostics.Append(resp.State.Set(ctx, plan.state(ctx, profile, &resp.Diagnostics))...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, identity{types.StringValue(profile.ID)})...)
}

func (r *profileResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state profileModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	profile, err := r.CommunicationProfile(ctx, state.ID.ValueString())
	if api.Is(err, api.CodeNotFound) {
		gone(ctx, state.ID, resp)
		return
	}
	if err != nil {
		addError(&resp.Diagnostics, "Cannot read communication profile "+state.ID.ValueString(), err)
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, state.state(ctx, profile, &resp.Diagnostics))...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, identity{types.StringValue(profile.ID)})...)
}

// Update also tells every device that can be told from here. What becomes of one
// device fails nothing: its own resource plans what is left to do.
func (r *profileResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan profileModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	timeout, diags := plan.Timeouts.Update(ctx, defaultTimeout)
	resp.Diagnostics.Append(diags...)
	in := plan.request(ctx, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	bounded, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	result, err := r.UpdateCommunicationProfile(bounded, plan.ID.ValueString(), in)
	if err != nil {
		addError(&resp.Diagnostics, "Cannot change communication profile "+in.Name, err, profileAttributes...)
		return
	}
	profile := result.CommunicationProfile
	resp.Diagnostics.Append(resp.State.Set(ctx, plan.state(ctx, profile, &resp.Diagnostics))...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, identity{types.StringValue(profile.ID)})...)
	addTrustWarning(&resp.Diagnostics, result.Trouble...)
}

func (r *profileResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state profileModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() || r.isMade(state.ID) {
		return
	}
	if err := r.DeleteCommunicationProfile(ctx, state.ID.ValueString()); err != nil && !api.Is(err, api.CodeNotFound) {
		addError(&resp.Diagnostics, "Cannot delete communication profile "+state.Name.ValueString(), err)
	}
}

func (r *profileResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	importByReference(ctx, req, resp)
}
