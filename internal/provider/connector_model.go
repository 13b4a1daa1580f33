package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
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
	SyncStatus          types.String   `tfsdk:"sync_status"`
	SyncReason          types.String   `tfsdk:"sync_reason"`
	PushPending         types.Bool     `tfsdk:"push_pending"`
	PushedFingerprint   types.String   `tfsdk:"pushed_fingerprint"`
	LastPushAt          types.String   `tfsdk:"last_push_at"`
	Timeouts            timeouts.Value `tfsdk:"timeouts"`
}

type fileSystemModel struct {
	Format          types.String `tfsdk:"format"`
	Directory       types.String `tfsdk:"directory"`
	CertificateFile types.String `tfsdk:"certificate_file"`
	KeyFile         types.String `tfsdk:"key_file"`
	ChainFile       types.String `tfsdk:"chain_file"`
}

var fileSystemTypes = map[string]attr.Type{
	"format": types.StringType, "directory": types.StringType,
	"certificate_file": types.StringType, "key_file": types.StringType, "chain_file": types.StringType,
}

func (m connectorModel) request(ctx context.Context, diags *diag.Diagnostics) api.WriteConnector {
	place, _ := known[fileSystemModel](ctx, m.FileSystem, diags)
	return api.WriteConnector{
		Name: m.Name.ValueString(), CertificateID: m.CertificateID.ValueString(), DeviceID: m.DeviceID.ValueString(),
		RemoveOnDestroy: m.RemoveOnDestroy.ValueBool(), RequireDistribution: m.RequireDistribution.ValueBool(),
		FileSystem: api.FileSystem{
			Format: place.Format.ValueString(), Directory: place.Directory.ValueString(), CertificateFile: place.CertificateFile.ValueString(),
			KeyFile: place.KeyFile.ValueString(), ChainFile: place.ChainFile.ValueString(),
		},
	}
}

// state shows a connector that was observed; timeouts are the configuration's own.
func (m connectorModel) state(ctx context.Context, c api.Connector, diags *diag.Diagnostics) connectorModel {
	place, d := types.ObjectValueFrom(ctx, fileSystemTypes, fileSystemModel{
		Format: types.StringValue(c.FileSystem.Format), Directory: types.StringValue(c.FileSystem.Directory),
		CertificateFile: types.StringValue(c.FileSystem.CertificateFile), KeyFile: optional(c.FileSystem.KeyFile), ChainFile: optional(c.FileSystem.ChainFile),
	})
	diags.Append(d...)
	out := connectorModel{
		ID: types.StringValue(c.ID), Name: types.StringValue(c.Name), CertificateID: types.StringValue(c.CertificateID),
		DeviceID: types.StringValue(c.DeviceID), FileSystem: place, RemoveOnDestroy: types.BoolValue(c.RemoveOnDestroy),
		RequireDistribution: types.BoolValue(c.RequireDistribution),
		PushedFingerprint:   optional(c.PushedFingerprint), LastPushAt: types.StringNull(), Timeouts: m.Timeouts,
	}
	if c.LastPushAt != nil {
		out.LastPushAt = timestamp(*c.LastPushAt)
	}
	if c.Sync != nil {
		out.SyncStatus, out.SyncReason = types.StringValue(c.Sync.Status), optional(c.Sync.Reason)
		out.PushPending = types.BoolValue(c.Sync.Repairable)
	}
	return out
}
