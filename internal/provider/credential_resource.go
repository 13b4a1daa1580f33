package provider

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
)

func newCredentialResource() resource.Resource { return &credentialResource{} }

type credentialResource struct{ configuredResource }

var (
	_ resource.ResourceWithImportState    = (*credentialResource)(nil)
	_ resource.ResourceWithIdentity       = (*credentialResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*credentialResource)(nil)
	_ resource.ResourceWithValidateConfig = (*credentialResource)(nil)
)

// credentialAttributes are the inputs a problem may be about.
var credentialAttributes = []string{"name", "ssh"}

func (r *credentialResource) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = "clm_credential"
}

func (r *credentialResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identitySchema("credential")
}

func (r *credentialResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var config, plan credentialModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	credential, err := r.CreateCredential(ctx, config.request(nil))
	if err != nil {
		addError(&resp.Diagnostics, "Cannot add credential "+plan.Name.ValueString(), writeOnly(err), credentialAttributes...)
		return
	}
	r.made.Store(credential.ID, true)
	resp.Diagnostics.Append(resp.State.Set(ctx, credentialState(credential))...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, identity{types.StringValue(credential.ID)})...)
}

func (r *credentialResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state credentialModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	credential, err := r.Credential(ctx, state.ID.ValueString())
	if api.Is(err, api.CodeNotFound) {
		gone(ctx, state.ID, resp)
		return
	}
	if err != nil {
		addError(&resp.Diagnostics, "Cannot read credential "+state.ID.ValueString(), err)
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, credentialState(credential))...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, identity{types.StringValue(credential.ID)})...)
}

func (r *credentialResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var config, plan, state credentialModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	credential, err := r.UpdateCredential(ctx, plan.ID.ValueString(), config.request(state.SSH))
	if err != nil {
		addError(&resp.Diagnostics, "Cannot change credential "+plan.Name.ValueString(), writeOnly(err), credentialAttributes...)
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, credentialState(credential))...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, identity{types.StringValue(credential.ID)})...)
}

func (r *credentialResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state credentialModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() || r.isMade(state.ID) {
		return
	}
	if err := r.DeleteCredential(ctx, state.ID.ValueString()); err != nil && !api.Is(err, api.CodeNotFound) {
		addError(&resp.Diagnostics, "Cannot delete credential "+state.Name.ValueString(), err)
	}
}

func (r *credentialResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	importByReference(ctx, req, resp)
}

// writeOnly points at the write-only attribute a secret comes from.
func writeOnly(err error) error {
	var p *api.Problem
	if !errors.As(err, &p) {
		return err
	}
	pointed := *p
	switch p.Field {
	case "ssh.private_key", "ssh.private_key_passphrase", "ssh.password":
		pointed.Field += "_wo"
	}
	return &pointed
}
