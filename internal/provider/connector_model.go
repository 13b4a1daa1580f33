package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
)

type connectorModel struct {
	ID                  types.String   `tfsdk:"id"`
	Name                types.String   `tfsdk:"name"`
	CertificateID       types.String   `tfsdk:"certificate_id"`
	DeviceID            types.String   `tfsdk:"device_id"`
	FileSystem          types.Object   `tfsdk:"file_system"`
	RemoveOnDestroy     types.Bool     `tfsdk:"remove_on_destroy"`
	RequireDistribution types.Bool     `tfsdk:"require_distribution"`
	Push                types.Object   `tfsdk:"push"`
	Verify              types.Object   `tfsdk:"verify"`
	StatusColor         types.String   `tfsdk:"status_color"`
	SyncStatus          types.String   `tfsdk:"sync_status"`
	SyncReason          types.String   `tfsdk:"sync_reason"`
	PushPending         types.Bool     `tfsdk:"push_pending"`
	PushedFingerprint   types.String   `tfsdk:"pushed_fingerprint"`
	LastPushAt          types.String   `tfsdk:"last_push_at"`
	RequestID           types.String   `tfsdk:"request_id"`
	WorkOrderID         types.String   `tfsdk:"work_order_id"`
	WorkOrderStatus     types.String   `tfsdk:"work_order_status"`
	Timeouts            timeouts.Value `tfsdk:"timeouts"`
}

// request is what the connector is to be. Of its passwords the configuration alone
// knows more than the version.
func (m connectorModel) request(ctx context.Context, config, state types.Object, diags *diag.Diagnostics) api.WriteConnector {
	place, _ := known[fileSystemModel](ctx, m.FileSystem, diags)
	given, _ := known[fileSystemModel](ctx, config, diags)
	before, _ := known[fileSystemModel](ctx, state, diags)
	return api.WriteConnector{
		Name: m.Name.ValueString(), CertificateID: m.CertificateID.ValueString(), DeviceID: m.DeviceID.ValueString(),
		RemoveOnDestroy: m.RemoveOnDestroy.ValueBool(), RequireDistribution: m.RequireDistribution.ValueBool(),
		FileSystem: place.request(ctx, diags), StoreSecrets: given.secrets(before),
		Push: pushRequest(ctx, m.Push, diags), Verify: verifyRequest(ctx, m.Verify, diags),
	}
}

// state shows a connector that was observed; timeouts are the configuration's own.
func (m connectorModel) state(ctx context.Context, c api.Connector, diags *diag.Diagnostics) connectorModel {
	out := connectorModel{
		ID: types.StringValue(c.ID), Name: types.StringValue(c.Name), CertificateID: types.StringValue(c.CertificateID),
		DeviceID: types.StringValue(c.DeviceID), FileSystem: fileSystemState(ctx, c.FileSystem, diags), RemoveOnDestroy: types.BoolValue(c.RemoveOnDestroy),
		RequireDistribution: types.BoolValue(c.RequireDistribution), Push: pushState(ctx, c.Push, diags), Verify: verifyState(ctx, c.Verify, diags),
		PushedFingerprint: optional(c.PushedFingerprint), LastPushAt: types.StringNull(), Timeouts: m.Timeouts,
	}
	if c.LastPushAt != nil {
		out.LastPushAt = timestamp(*c.LastPushAt)
	}
	if o := c.WorkOrder; o != nil {
		out.RequestID, out.WorkOrderID, out.WorkOrderStatus = optional(o.RequestID), types.StringValue(o.ID), types.StringValue(o.Status)
	}
	if c.Sync != nil {
		out.SyncStatus, out.SyncReason = types.StringValue(c.Sync.Status), optional(c.Sync.Reason)
		out.PushPending, out.StatusColor = types.BoolValue(c.Sync.Repairable), optional(c.Sync.StatusColor)
	}
	return out
}
