package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

func newPushAction() action.Action { return &pushAction{} }

type pushAction struct{ configuredAction }

type pushActionModel struct {
	ConnectorID types.String `tfsdk:"connector_id"`
}

func (a *pushAction) Metadata(_ context.Context, _ action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = "clm_push"
}

func (a *pushAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Pushes the current certificate of a connector to its device again. For a connector with `push.automatic = false` this is how a new version gets there. " +
			"After a push that ended in the middle of a script, it says that somebody has looked at the device and that the script may run again.",
		Attributes: map[string]schema.Attribute{
			"connector_id": actionReference("connector"),
		},
	}
}

func (a *pushAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	var m pushActionModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	if resp.Diagnostics.HasError() {
		return
	}
	ref := m.ConnectorID.ValueString()
	resp.SendProgress(action.InvokeProgressEvent{Message: "pushing connector " + ref})
	result, err := a.PushConnector(ctx, ref)
	switch {
	case err != nil:
		addErrorAt(&resp.Diagnostics, path.Root("connector_id"), "Cannot push connector "+ref, err)
	case result.Code != "":
		resp.Diagnostics.AddError("Connector "+result.Connector+" was not pushed", result.Detail)
	default:
		resp.SendProgress(action.InvokeProgressEvent{Message: "connector " + result.Connector + " was pushed to device " + result.Device})
	}
}
