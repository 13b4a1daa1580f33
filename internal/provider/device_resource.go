package provider

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
)

func newDeviceResource() resource.Resource { return &deviceResource{} }

type deviceResource struct{ configuredResource }

var (
	_ resource.ResourceWithImportState = (*deviceResource)(nil)
	_ resource.ResourceWithIdentity    = (*deviceResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*deviceResource)(nil)

	_ resource.ResourceWithConfigValidators = (*deviceResource)(nil)
	_ resource.ResourceWithValidateConfig   = (*deviceResource)(nil)
)

// deviceAttributes are the inputs a problem may be about.
var deviceAttributes = []string{"name", "cert_sync", "data_center", "group", "vendor", "local", "ssh", "agent", "communication_profile_id", "critical"}

func (r *deviceResource) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = "clm_device"
}

func (r *deviceResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identitySchema("device")
}

func (r *deviceResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan deviceModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	device, err := r.CreateDevice(ctx, plan.request())
	if err != nil {
		addError(&resp.Diagnostics, "Cannot add device "+plan.Name.ValueString(), plan.silentAt(err), deviceAttributes...)
		return
	}
	r.made.Store(device.ID, true)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, identity{types.StringValue(device.ID)})...)
	r.settle(ctx, device, &resp.State, &resp.Diagnostics)
}

// settle saves what was recorded, brings the device's trust up to date where it
// has a profile, and says what became of it: a device that does not answer, or
// that nothing may be written to, is a warning, anything else an error.
func (r *deviceResource) settle(ctx context.Context, device api.Device, state *tfsdk.State, diags *diag.Diagnostics) {
	if device.CommunicationProfileID == "" {
		diags.Append(state.Set(ctx, deviceState(device))...)
		return
	}
	trouble, err := r.CheckInDevice(ctx, device.ID)
	if err != nil {
		addError(diags, "Cannot tell device "+device.Name+" whom to trust", err)
	}
	seen, err := r.ObserveDevice(ctx, device.ID)
	if err != nil {
		seen = device
		addError(diags, "Cannot look at what device "+device.Name+" trusts", err)
	}
	diags.Append(state.Set(ctx, deviceState(seen))...)
	addTrustTrouble(diags, trouble)
}

func (r *deviceResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state deviceModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	device, err := r.ObserveDevice(ctx, state.ID.ValueString())
	if api.Is(err, api.CodeNotFound) {
		gone(ctx, state.ID, resp)
		return
	}
	if err != nil {
		addError(&resp.Diagnostics, "Cannot read device "+state.ID.ValueString(), err)
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, deviceState(device))...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, identity{types.StringValue(device.ID)})...)
}

func (r *deviceResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan deviceModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	device, err := r.UpdateDevice(ctx, plan.ID.ValueString(), plan.request())
	if err != nil {
		addError(&resp.Diagnostics, "Cannot change device "+plan.Name.ValueString(), plan.silentAt(err), deviceAttributes...)
		return
	}
	resp.Diagnostics.Append(resp.Identity.Set(ctx, identity{types.StringValue(device.ID)})...)
	r.settle(ctx, device, &resp.State, &resp.Diagnostics)
}

func (r *deviceResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state deviceModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if r.isMade(state.ID) {
		return
	}
	if err := r.DeleteDevice(ctx, state.ID.ValueString()); err != nil && !api.Is(err, api.CodeNotFound) {
		addError(&resp.Diagnostics, "Cannot delete device "+state.Name.ValueString(), err)
	}
}

func (r *deviceResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	importByReference(ctx, req, resp)
}

// silentAt points at the way to a device that does not answer: it is the input
// to look at first.
func (m deviceModel) silentAt(err error) error {
	var p *api.Problem
	if !errors.As(err, &p) || p.Field != "" || (p.Code != api.CodeUnreachable && p.Code != api.CodeFailed) {
		return err
	}
	pointed := *p
	switch {
	case m.SSH != nil:
		pointed.Field = "ssh.host"
	case m.Agent != nil:
		pointed.Field = "agent"
	default:
		pointed.Field = "local.root_directory"
	}
	return &pointed
}
