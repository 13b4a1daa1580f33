package provider

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
)

func newConnectorResource() resource.Resource { return &connectorResource{} }

type connectorResource struct{ configuredResource }

var (
	_ resource.ResourceWithImportState    = (*connectorResource)(nil)
	_ resource.ResourceWithIdentity       = (*connectorResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*connectorResource)(nil)
	_ resource.ResourceWithValidateConfig = (*connectorResource)(nil)
)

// connectorAttributes are the inputs a problem may be about.
var connectorAttributes = []string{"name", "certificate_id", "device_id", "file_system", "require_distribution", "push", "verify"}

func (r *connectorResource) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = "clm_connector"
}

func (r *connectorResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identitySchema("connector")
}

func (r *connectorResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan connectorModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	timeout, diags := plan.Timeouts.Create(ctx, defaultTimeout)
	resp.Diagnostics.Append(diags...)
	in := r.wish(ctx, plan, req.Config, nil, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	bounded, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	result, err := r.CreateConnector(bounded, in)
	if err != nil {
		addError(&resp.Diagnostics, "Cannot put certificate on device by connector "+in.Name, ofPasswords(err), connectorAttributes...)
		return
	}
	r.made.Store(result.Connector.ID, true)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, identity{types.StringValue(result.Connector.ID)})...)
	r.settle(ctx, plan, result, &resp.State, &resp.Diagnostics)
}

// wish is what a plan asks of the backend, with the passwords of the configuration
// that differ from those in state.
func (r *connectorResource) wish(ctx context.Context, plan connectorModel, config tfsdk.Config, state *tfsdk.State, diags *diag.Diagnostics) api.WriteConnector {
	var given, before types.Object
	at := path.Root("file_system")
	diags.Append(config.GetAttribute(ctx, at, &given)...)
	if state != nil {
		diags.Append(state.GetAttribute(ctx, at, &before)...)
	}
	return plan.request(ctx, given, before, diags)
}

// settle saves what was recorded, whatever became of the push, and then says
// what became of it: a device that does not answer is a warning, anything else
// an error.
func (r *connectorResource) settle(ctx context.Context, plan connectorModel, result api.ConnectorResult, state *tfsdk.State, diags *diag.Diagnostics) {
	seen, err := r.ObserveConnector(ctx, result.Connector.ID)
	if err != nil {
		seen = result.Connector
		seen.Sync = &api.Sync{Status: "out_of_sync", Reason: "never_pushed", Repairable: true}
		addUnseenWarning(diags, "connector "+seen.Name, err)
	}
	diags.Append(state.Set(ctx, plan.state(ctx, seen, diags))...)
	addPush(diags, result.Push, "The connector is recorded. Apply again once the cause is gone.")
}

// addPush tells what became of a push that is a part of something recorded. One that
// waits, for a device or for people, is no failure.
func addPush(diags *diag.Diagnostics, push *api.PushResult, recorded string) {
	switch {
	case push == nil || push.Code == "":
	case push.Code == api.CodeUnreachable || push.Code == api.CodeRefused || push.Code == api.CodePending:
		addPushWarning(diags, *push)
	default:
		diags.AddError("Cannot put the certificate on device "+push.Device, sentence(push.Detail)+"\n\n"+recorded)
	}
}

func (r *connectorResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state connectorModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	connector, err := r.ObserveConnector(ctx, state.ID.ValueString())
	if api.Is(err, api.CodeNotFound) {
		gone(ctx, state.ID, resp)
		return
	}
	if err != nil {
		addError(&resp.Diagnostics, "Cannot read connector "+state.ID.ValueString(), err)
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, state.state(ctx, connector, &resp.Diagnostics))...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, identity{types.StringValue(connector.ID)})...)
}

func (r *connectorResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan connectorModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	timeout, diags := plan.Timeouts.Update(ctx, defaultTimeout)
	resp.Diagnostics.Append(diags...)
	in := r.wish(ctx, plan, req.Config, &req.State, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	bounded, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	result, err := r.UpdateConnector(bounded, plan.ID.ValueString(), in)
	if err != nil {
		addError(&resp.Diagnostics, "Cannot change connector "+in.Name, ofPasswords(err), connectorAttributes...)
		return
	}
	resp.Diagnostics.Append(resp.Identity.Set(ctx, identity{types.StringValue(result.Connector.ID)})...)
	r.settle(ctx, plan, result, &resp.State, &resp.Diagnostics)
}

func (r *connectorResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state connectorModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	timeout, diags := state.Timeouts.Delete(ctx, defaultTimeout)
	resp.Diagnostics.Append(diags...)
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	if r.isMade(state.ID) {
		return
	}
	if err := r.DeleteConnector(ctx, state.ID.ValueString()); err != nil && !api.Is(err, api.CodeNotFound) {
		addError(&resp.Diagnostics, "Cannot remove connector "+state.Name.ValueString(), err)
	}
}

func (r *connectorResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	importByReference(ctx, req, resp)
}

// ofPasswords points at the write-only attribute a password comes from.
func ofPasswords(err error) error {
	var p *api.Problem
	if !errors.As(err, &p) || (p.Field != "file_system.password" && p.Field != "file_system.private_key_password") {
		return err
	}
	pointed := *p
	pointed.Field += "_wo"
	return &pointed
}
