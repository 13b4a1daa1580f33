package provider

import (
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
)

type deviceModel struct {
	ID                     types.String `tfsdk:"id"`
	Name                   types.String `tfsdk:"name"`
	CertSync               types.String `tfsdk:"cert_sync"`
	DataCenter             types.String `tfsdk:"data_center"`
	Group                  types.String `tfsdk:"group"`
	Vendor                 types.String `tfsdk:"vendor"`
	Local                  *localModel  `tfsdk:"local"`
	SSH                    *sshModel    `tfsdk:"ssh"`
	Agent                  *agentModel  `tfsdk:"agent"`
	CommunicationProfileID types.String `tfsdk:"communication_profile_id"`
	Critical               types.Bool   `tfsdk:"critical"`
	TrustPending           types.Bool   `tfsdk:"trust_pending"`
	TrustDigest            types.String `tfsdk:"trust_digest"`
}

type localModel struct {
	RootDirectory types.String `tfsdk:"root_directory"`
}

func (m deviceModel) request() api.WriteDevice {
	w := api.WriteDevice{
		Name: m.Name.ValueString(), CertSync: m.CertSync.ValueString(),
		CommunicationProfileID: m.CommunicationProfileID.ValueString(), Critical: m.Critical.ValueBool(),
		DataCenter: m.DataCenter.ValueString(), Group: m.Group.ValueString(), Vendor: m.Vendor.ValueString(), SSH: m.SSH.request(), Agent: m.Agent != nil,
	}
	if m.Local != nil {
		w.Local = &api.Local{RootDirectory: m.Local.RootDirectory.ValueString()}
	}
	return w
}

// deviceState shows a device that was observed, or that has no profile.
func deviceState(d api.Device) deviceModel {
	m := deviceModel{
		ID: types.StringValue(d.ID), Name: types.StringValue(d.Name), CertSync: types.StringValue(d.CertSync),
		CommunicationProfileID: optional(d.CommunicationProfileID), Critical: types.BoolValue(d.Critical),
		DataCenter: optional(d.DataCenter), Group: optional(d.Group), Vendor: types.StringValue(d.Vendor), SSH: sshState(d.SSH), Agent: agentState(d.Agent),
		TrustPending: types.BoolValue(d.Trust != nil && d.Trust.Pending), TrustDigest: types.StringNull(),
	}
	if d.Trust != nil {
		m.TrustDigest = optional(d.Trust.Receipt.Digest)
	}
	if d.Local != nil {
		m.Local = &localModel{RootDirectory: types.StringValue(d.Local.RootDirectory)}
	}
	return m
}
