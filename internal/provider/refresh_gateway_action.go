package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

func newRefreshGatewayAction() action.Action { return &refreshGatewayAction{} }

type refreshGatewayAction struct{ configuredAction }

type refreshGatewayModel struct {
	InternetGatewayID types.String `tfsdk:"internet_gateway_id"`
}

func (a *refreshGatewayAction) Metadata(_ context.Context, _ action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = "clm_refresh_gateway"
}

func (a *refreshGatewayAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Records that an internet gateway was refreshed by hand, as raising its `refresh_epoch` does. One with a process of its own is refreshed on its machine, by `terraform-provider-clm internet-gateway refresh`, and states that itself.",
		Attributes: map[string]schema.Attribute{
			"internet_gateway_id": actionReference("internet gateway"),
		},
	}
}

func (a *refreshGatewayAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	var m refreshGatewayModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	if resp.Diagnostics.HasError() {
		return
	}
	ref := m.InternetGatewayID.ValueString()
	gateway, err := a.RefreshInternetGateway(ctx, ref)
	if err != nil {
		addErrorAt(&resp.Diagnostics, path.Root("internet_gateway_id"), "Cannot record the refresh of internet gateway "+ref, err)
		return
	}
	resp.SendProgress(action.InvokeProgressEvent{Message: "internet gateway " + gateway.Name + " was refreshed at " + timestamp(gateway.RefreshedAt).ValueString()})
}
