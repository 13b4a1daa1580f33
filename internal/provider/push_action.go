package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/client"
)

// pushAction is a push that somebody asks for by itself.
type pushAction struct {
	configuredAction
	name  string
	doing string
	done  string
	ask   func(*client.Client, context.Context, string) (api.PushResult, error)
	text  string
}

func newPushAction() action.Action {
	return &pushAction{
		name: "clm_push", doing: "pushing", done: "pushed", ask: (*client.Client).PushConnector,
		text: "Pushes the current certificate of a connector to its device again. For a connector with `push.automatic = false` this is how a new version gets there. " +
			"After a push that ended in the middle of a script, it says that somebody has looked at the device and that the script may run again. " +
			"It ends what `clm_roll_back_push` began.",
	}
}

func newRollBackPushAction() action.Action {
	return &pushAction{
		name: "clm_roll_back_push", doing: "rolling back", done: "rolled back", ask: (*client.Client).RollBackPush,
		text: "Puts back on a device what the last push by a connector replaced: the version of the certificate that was there before, with its key, taken in and verified like any push. " +
			"The connector keeps it, and plans leave it alone, until the certificate gets a version newer than all there are, or somebody runs `clm_push`. " +
			"An earlier certificate that has expired, was revoked, or comes from a root certificate that no longer signs is refused.",
	}
}

type pushActionModel struct {
	ConnectorID types.String `tfsdk:"connector_id"`
}

func (a *pushAction) Metadata(_ context.Context, _ action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = a.name
}

func (a *pushAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{MarkdownDescription: a.text, Attributes: map[string]schema.Attribute{"connector_id": actionReference("connector")}}
}

func (a *pushAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	var m pushActionModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	if resp.Diagnostics.HasError() {
		return
	}
	ref := m.ConnectorID.ValueString()
	resp.SendProgress(action.InvokeProgressEvent{Message: a.doing + " connector " + ref})
	result, err := a.ask(a.Client, ctx, ref)
	switch {
	case err != nil:
		addErrorAt(&resp.Diagnostics, path.Root("connector_id"), "Connector "+ref+" cannot be "+a.done, err)
	case result.Code == api.CodePending: // people have to agree: it is asked for
		resp.SendProgress(action.InvokeProgressEvent{Message: result.Detail})
	case result.Code != "":
		resp.Diagnostics.AddError("Connector "+result.Connector+" was not "+a.done, sentence(result.Detail))
	default:
		resp.SendProgress(action.InvokeProgressEvent{Message: "connector " + result.Connector + " was " + a.done + " on device " + result.Device})
	}
}
