package provider

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
)

func newCertificateResource() resource.Resource { return &certificateResource{} }

type certificateResource struct{ configuredResource }

var (
	_ resource.ResourceWithImportState    = (*certificateResource)(nil)
	_ resource.ResourceWithIdentity       = (*certificateResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*certificateResource)(nil)
	_ resource.ResourceWithValidateConfig = (*certificateResource)(nil)
)

// defaultTimeout bounds issuing and pushing one thing.
const defaultTimeout = 5 * time.Minute

// certificateAttributes are the inputs a problem may be about.
var certificateAttributes = []string{
	"name", "issuer_id", "common_name", "subject", "dns_names", "ip_addresses", "email_addresses", "uris", "ext_key_usages",
	"key_algorithm", "rsa_bits", "ecdsa_curve", "validity_period_hours", "early_renewal_hours", "early_renewal_percent", "revocation_reason",
}

func (r *certificateResource) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = "clm_certificate"
}

func (r *certificateResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identitySchema("certificate")
}

func (r *certificateResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan certificateModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	timeout, diags := plan.Timeouts.Create(ctx, defaultTimeout)
	resp.Diagnostics.Append(diags...)
	spec := plan.spec(ctx, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	result, err := r.CreateCertificate(ctx, spec)
	if err != nil {
		addError(&resp.Diagnostics, "Cannot enrol certificate "+spec.Name, err, certificateAttributes...)
		return
	}
	r.made.Store(result.Certificate.ID, true)
	resp.Diagnostics.Append(resp.State.Set(ctx, plan.state(ctx, result.Certificate, &resp.Diagnostics))...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, identity{types.StringValue(result.Certificate.ID)})...)
}

func (r *certificateResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state certificateModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	certificate, err := r.Certificate(ctx, state.ID.ValueString())
	if api.Is(err, api.CodeNotFound) {
		gone(ctx, state.ID, resp)
		return
	}
	if err != nil {
		addError(&resp.Diagnostics, "Cannot read certificate "+state.ID.ValueString(), err)
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, state.state(ctx, certificate, &resp.Diagnostics))...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, identity{types.StringValue(certificate.ID)})...)
}

// Update records the wish and issues what is due. When issuing fails nothing was
// recorded: the certificate that was there stays, in the backend and in state.
func (r *certificateResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan certificateModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	timeout, diags := plan.Timeouts.Update(ctx, defaultTimeout)
	resp.Diagnostics.Append(diags...)
	spec := plan.spec(ctx, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	result, err := r.UpdateCertificate(ctx, plan.ID.ValueString(), spec)
	if err != nil {
		addError(&resp.Diagnostics, "Cannot change certificate "+spec.Name, err, certificateAttributes...)
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, plan.state(ctx, result.Certificate, &resp.Diagnostics))...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, identity{types.StringValue(result.Certificate.ID)})...)
	addPushWarning(&resp.Diagnostics, result.Pushes...)
}

func (r *certificateResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state certificateModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if r.isMade(state.ID) {
		return
	}
	if err := r.DeleteCertificate(ctx, state.ID.ValueString()); err != nil && !api.Is(err, api.CodeNotFound) {
		addError(&resp.Diagnostics, "Cannot delete certificate "+state.Name.ValueString(), err)
	}
}

func (r *certificateResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	importByReference(ctx, req, resp)
}
