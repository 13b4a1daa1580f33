package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
)

func newInternetGatewayResource() resource.Resource { return &internetGatewayResource{} }

type internetGatewayResource struct{ configuredResource }

var (
	_ resource.ResourceWithImportState = (*internetGatewayResource)(nil)
	_ resource.ResourceWithIdentity    = (*internetGatewayResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*internetGatewayResource)(nil)
)

// internetGatewayAttributes are the inputs a problem may be about.
var internetGatewayAttributes = []string{"name", "communication_profile_id", "addresses", "refresh_epoch"}

func (r *internetGatewayResource) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = "clm_internet_gateway"
}

func (r *internetGatewayResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identitySchema("internet gateway")
}

func (r *internetGatewayResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan internetGatewayModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	gateway, err := r.CreateInternetGateway(ctx, plan.request(ctx, &resp.Diagnostics))
	if err != nil {
		addError(&resp.Diagnostics, "Cannot add internet gateway "+plan.Name.ValueString(), err, internetGatewayAttributes...)
		return
	}
	r.made.Store(gateway.ID, true)
	resp.Diagnostics.Append(resp.State.Set(ctx, internetGatewayState(ctx, gateway, &resp.Diagnostics))...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, identity{types.StringValue(gateway.ID)})...)
}

func (r *internetGatewayResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state internetGatewayModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	gateway, err := r.InternetGateway(ctx, state.ID.ValueString())
	if api.Is(err, api.CodeNotFound) {
		gone(ctx, state.ID, resp)
		return
	}
	if err != nil {
		addError(&resp.Diagnostics, "Cannot read internet gateway "+state.ID.ValueString(), err)
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, internetGatewayState(ctx, gateway, &resp.Diagnostics))...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, identity{types.StringValue(gateway.ID)})...)
}

func (r *internetGatewayResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan internetGatewayModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	gateway, err := r.UpdateInternetGateway(ctx, plan.ID.ValueString(), plan.request(ctx, &resp.Diagnostics))
	if err != nil {
		addError(&resp.Diagnostics, "Cannot change internet gateway "+plan.Name.ValueString(), err, internetGatewayAttributes...)
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, plan.planned(ctx, gateway, &resp.Diagnostics))...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, identity{types.StringValue(gateway.ID)})...)
}

func (r *internetGatewayResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state internetGatewayModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() || r.isMade(state.ID) {
		return
	}
	if err := r.DeleteInternetGateway(ctx, state.ID.ValueString()); err != nil && !api.Is(err, api.CodeNotFound) {
		addError(&resp.Diagnostics, "Cannot delete internet gateway "+state.Name.ValueString(), err)
	}
}

func (r *internetGatewayResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	importByReference(ctx, req, resp)
}
