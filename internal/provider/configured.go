package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// configured receives the session; each kind of thing the provider offers
// embeds the one made for it.
type configured struct{ *session }

func (c *configured) accept(data any, diags *diag.Diagnostics) {
	if data == nil {
		return // validation runs without a configured provider
	}
	s, ok := data.(*session)
	if !ok {
		diags.AddError("Provider defect", fmt.Sprintf("It was configured with a %T.", data))
		return
	}
	c.session = s
}

type configuredResource struct{ configured }

func (r *configuredResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	r.accept(req.ProviderData, &resp.Diagnostics)
}

type configuredDataSource struct{ configured }

func (d *configuredDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	d.accept(req.ProviderData, &resp.Diagnostics)
}

type configuredEphemeral struct{ configured }

func (e *configuredEphemeral) Configure(_ context.Context, req ephemeral.ConfigureRequest, resp *ephemeral.ConfigureResponse) {
	e.accept(req.ProviderData, &resp.Diagnostics)
}

type configuredAction struct{ configured }

func (a *configuredAction) Configure(_ context.Context, req action.ConfigureRequest, resp *action.ConfigureResponse) {
	a.accept(req.ProviderData, &resp.Diagnostics)
}

// identity is the identity of every resource: the backend's id, which outlives
// renewals and renames.
type identity struct {
	ID types.String `tfsdk:"id"`
}

func identitySchema(noun string) identityschema.Schema {
	return identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"id": identityschema.StringAttribute{RequiredForImport: true, Description: "Id of the " + noun + " in the estate."},
	}}
}

// importByReference starts an import by id, name or identity. Read accepts
// either as an id and then records the real one.
func importByReference(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	ref := req.ID
	if ref == "" && req.Identity != nil {
		var id identity
		resp.Diagnostics.Append(req.Identity.Get(ctx, &id)...)
		ref = id.ID.ValueString()
	}
	if ref == "" {
		resp.Diagnostics.AddError("Nothing to import", "Give the id or the name.")
		return
	}
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("id"), ref)...)
}

// gone takes a resource out of state. Its identity stays: the framework takes a
// read without one for a defect, and an import brings none yet.
func gone(ctx context.Context, id types.String, resp *resource.ReadResponse) {
	resp.State.RemoveResource(ctx)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, identity{id})...)
}
