package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
)

type internetGatewayModel struct {
	ID                     types.String `tfsdk:"id"`
	Name                   types.String `tfsdk:"name"`
	CommunicationProfileID types.String `tfsdk:"communication_profile_id"`
	Addresses              types.Set    `tfsdk:"addresses"`
	AutoRefresh            types.Bool   `tfsdk:"auto_refresh"`
	RefreshEpoch           types.Int64  `tfsdk:"refresh_epoch"`
	RefreshedAt            types.String `tfsdk:"refreshed_at"`
	RefreshedBy            types.String `tfsdk:"refreshed_by"`
}

func (m internetGatewayModel) request(ctx context.Context, diags *diag.Diagnostics) api.WriteInternetGateway {
	return api.WriteInternetGateway{
		Name: m.Name.ValueString(), CommunicationProfileID: m.CommunicationProfileID.ValueString(),
		Addresses: members(ctx, m.Addresses, diags), AutoRefresh: m.AutoRefresh.ValueBool(), RefreshEpoch: m.RefreshEpoch.ValueInt64(),
	}
}

func internetGatewayState(ctx context.Context, g api.InternetGateway, diags *diag.Diagnostics) internetGatewayModel {
	return internetGatewayModel{
		ID: types.StringValue(g.ID), Name: types.StringValue(g.Name), CommunicationProfileID: types.StringValue(g.CommunicationProfileID),
		Addresses: setOf(ctx, g.Addresses, diags), AutoRefresh: types.BoolValue(g.AutoRefresh), RefreshEpoch: types.Int64Value(g.RefreshEpoch),
		RefreshedAt: timestamp(g.RefreshedAt), RefreshedBy: types.StringValue(g.RefreshedBy),
	}
}

// planned is a gateway as its plan promised it: somebody else may have refreshed
// it since, which the next refresh shows.
func (m internetGatewayModel) planned(ctx context.Context, g api.InternetGateway, diags *diag.Diagnostics) internetGatewayModel {
	state := internetGatewayState(ctx, g, diags)
	if !m.RefreshedAt.IsUnknown() {
		state.RefreshedAt, state.RefreshedBy = m.RefreshedAt, m.RefreshedBy
	}
	return state
}
