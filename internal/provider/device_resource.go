package provider

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
)

func newDeviceResource() resource.Resource { return &deviceResource{} }

type deviceResource struct{ configuredResource }

var (
	_ resource.ResourceWithImportState = (*deviceResource)(nil)
	_ resource.ResourceWithIdentity    = (*deviceResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*deviceResource)(nil)
)

type deviceModel struct {
	ID       types.String `tfsdk:"id"`
	Name     types.String `tfsdk:"name"`
	CertSync types.String `tfsdk:"cert_sync"`
	Local    *localModel  `tfsdk:"local"`
}

type localModel struct {
	RootDirectory types.String `tfsdk:"root_directory"`
}

// deviceAttributes are the inputs a problem may be about.
var deviceAttributes = []string{"name", "cert_sync", "local"}

func (r *deviceResource) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = "clm_device"
}

func (r *deviceResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identitySchema("device")
}

func (r *deviceResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "A machine that receives certificates.",
		Attributes: map[string]schema.Attribute{
			"id":   idAttribute("device"),
			"name": nameAttribute("device"),
			"cert_sync": schema.StringAttribute{
				Optional: true, Computed: true, Default: stringdefault.StaticString("managed"),
				Validators: []validator.String{stringvalidator.OneOf("managed", "monitored", "ignored")},
				MarkdownDescription: "How the device is treated: `managed` devices are read and written, `monitored` ones only read, " +
					"`ignored` ones left alone. Default: `managed`.",
			},
			"local": schema.SingleNestedAttribute{
				Required:            true,
				MarkdownDescription: "Reaches the device through a folder of the machine the backend runs on.",
				Attributes: map[string]schema.Attribute{
					"root_directory": schema.StringAttribute{
						Required:   true,
						Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
						MarkdownDescription: "Folder that stands for the root of the device's file system. It must exist; nothing outside it is ever touched. " +
							"A relative path counts from the working directory: use an absolute one where several configurations share an estate.",
					},
				},
			},
		},
	}
}

func idAttribute(noun string) schema.StringAttribute {
	return schema.StringAttribute{
		Computed:            true,
		MarkdownDescription: "Id of the " + noun + ", stable for its whole life.",
		PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
	}
}

func nameAttribute(noun string) schema.StringAttribute {
	return schema.StringAttribute{
		Required:            true,
		Validators:          []validator.String{nameValidator},
		MarkdownDescription: "Name of the " + noun + ", unique in the estate: 1 to 128 letters, digits, spaces or `. _ @ -`. It can be changed in place.",
	}
}

func (r *deviceResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan deviceModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	device, err := r.CreateDevice(ctx, plan.request())
	if err != nil {
		addError(&resp.Diagnostics, "Cannot add device "+plan.Name.ValueString(), silentAt(err), deviceAttributes...)
		return
	}
	r.made.Store(device.ID, true)
	resp.Diagnostics.Append(resp.State.Set(ctx, deviceState(device))...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, identity{types.StringValue(device.ID)})...)
}

func (r *deviceResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state deviceModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	device, err := r.Device(ctx, state.ID.ValueString())
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
		addError(&resp.Diagnostics, "Cannot change device "+plan.Name.ValueString(), silentAt(err), deviceAttributes...)
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, deviceState(device))...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, identity{types.StringValue(device.ID)})...)
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
func silentAt(err error) error {
	var p *api.Problem
	if !errors.As(err, &p) || p.Field != "" || (p.Code != api.CodeUnreachable && p.Code != api.CodeFailed) {
		return err
	}
	pointed := *p
	pointed.Field = "local.root_directory"
	return &pointed
}

func (m deviceModel) request() api.WriteDevice {
	w := api.WriteDevice{Name: m.Name.ValueString(), CertSync: m.CertSync.ValueString()}
	if m.Local != nil {
		w.Local = &api.Local{RootDirectory: m.Local.RootDirectory.ValueString()}
	}
	return w
}

func deviceState(d api.Device) deviceModel {
	m := deviceModel{ID: types.StringValue(d.ID), Name: types.StringValue(d.Name), CertSync: types.StringValue(d.CertSync)}
	if d.Local != nil {
		m.Local = &localModel{RootDirectory: types.StringValue(d.Local.RootDirectory)}
	}
	return m
}
