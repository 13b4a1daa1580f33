package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
)

func newApprovalPolicyResource() resource.Resource { return &approvalPolicyResource{} }

type approvalPolicyResource struct{ configuredResource }

var (
	_ resource.ResourceWithImportState = (*approvalPolicyResource)(nil)
	_ resource.ResourceWithIdentity    = (*approvalPolicyResource)(nil)
)

// approvalPolicyAttributes are the inputs a problem may be about.
var approvalPolicyAttributes = []string{"name", "levels", "expires_after"}

func (r *approvalPolicyResource) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = "clm_approval_policy"
}

func (r *approvalPolicyResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identitySchema("approval policy")
}

func (r *approvalPolicyResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan approvalPolicyModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	policy, err := r.CreateApprovalPolicy(ctx, plan.request())
	if err != nil {
		addError(&resp.Diagnostics, "Cannot add approval policy "+plan.Name.ValueString(), err, approvalPolicyAttributes...)
		return
	}
	r.made.Store(policy.ID, true)
	resp.Diagnostics.Append(resp.State.Set(ctx, approvalPolicyState(policy))...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, identity{types.StringValue(policy.ID)})...)
}

func (r *approvalPolicyResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state approvalPolicyModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	policy, err := r.ApprovalPolicy(ctx, state.ID.ValueString())
	if api.Is(err, api.CodeNotFound) {
		gone(ctx, state.ID, resp)
		return
	}
	if err != nil {
		addError(&resp.Diagnostics, "Cannot read approval policy "+state.ID.ValueString(), err)
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, approvalPolicyState(policy))...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, identity{types.StringValue(policy.ID)})...)
}

func (r *approvalPolicyResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan approvalPolicyModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	policy, err := r.UpdateApprovalPolicy(ctx, plan.ID.ValueString(), plan.request())
	if err != nil {
		addError(&resp.Diagnostics, "Cannot change approval policy "+plan.Name.ValueString(), err, approvalPolicyAttributes...)
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, approvalPolicyState(policy))...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, identity{types.StringValue(policy.ID)})...)
}

func (r *approvalPolicyResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state approvalPolicyModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() || r.isMade(state.ID) {
		return
	}
	if err := r.DeleteApprovalPolicy(ctx, state.ID.ValueString()); err != nil && !api.Is(err, api.CodeNotFound) {
		addError(&resp.Diagnostics, "Cannot delete approval policy "+state.Name.ValueString(), err)
	}
}

func (r *approvalPolicyResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	importByReference(ctx, req, resp)
}
