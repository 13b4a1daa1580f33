package provider

import (
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
)

type sshModel struct {
	Host          types.String   `tfsdk:"host"`
	Port          types.Int64    `tfsdk:"port"`
	CredentialID  types.String   `tfsdk:"credential_id"`
	HostKey       types.String   `tfsdk:"host_key"`
	HostKeyPolicy types.String   `tfsdk:"host_key_policy"`
	Sudo          types.Bool     `tfsdk:"sudo"`
	JumpHost      *jumpHostModel `tfsdk:"jump_host"`
}

type jumpHostModel struct {
	Host         types.String `tfsdk:"host"`
	Port         types.Int64  `tfsdk:"port"`
	CredentialID types.String `tfsdk:"credential_id"`
	HostKey      types.String `tfsdk:"host_key"`
}

func (m *sshModel) request() *api.SSH {
	if m == nil {
		return nil
	}
	out := &api.SSH{
		Host: m.Host.ValueString(), Port: m.Port.ValueInt64(), CredentialID: m.CredentialID.ValueString(),
		HostKey: m.HostKey.ValueString(), HostKeyPolicy: m.HostKeyPolicy.ValueString(), Sudo: m.Sudo.ValueBool(),
	}
	if j := m.JumpHost; j != nil {
		out.JumpHost = &api.JumpHost{
			Host: j.Host.ValueString(), Port: j.Port.ValueInt64(), CredentialID: j.CredentialID.ValueString(), HostKey: j.HostKey.ValueString(),
		}
	}
	return out
}

func sshState(s *api.SSH) *sshModel {
	if s == nil {
		return nil
	}
	m := &sshModel{
		Host: types.StringValue(s.Host), Port: types.Int64Value(s.Port), CredentialID: types.StringValue(s.CredentialID),
		HostKey: types.StringValue(s.HostKey), HostKeyPolicy: types.StringValue(s.HostKeyPolicy), Sudo: types.BoolValue(s.Sudo),
	}
	if j := s.JumpHost; j != nil {
		m.JumpHost = &jumpHostModel{
			Host: types.StringValue(j.Host), Port: types.Int64Value(j.Port), CredentialID: types.StringValue(j.CredentialID), HostKey: types.StringValue(j.HostKey),
		}
	}
	return m
}
