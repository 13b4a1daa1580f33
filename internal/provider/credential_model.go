package provider

import (
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
)

type credentialModel struct {
	ID        types.String     `tfsdk:"id"`
	Name      types.String     `tfsdk:"name"`
	SSH       *sshAccountModel `tfsdk:"ssh"`
	PublicKey types.String     `tfsdk:"public_key"`
}

type sshAccountModel struct {
	Username               types.String `tfsdk:"username"`
	PrivateKeyWO           types.String `tfsdk:"private_key_wo"`
	PrivateKeyPassphraseWO types.String `tfsdk:"private_key_passphrase_wo"`
	PrivateKeyWOVersion    types.Int64  `tfsdk:"private_key_wo_version"`
	PasswordWO             types.String `tfsdk:"password_wo"`
	PasswordWOVersion      types.Int64  `tfsdk:"password_wo_version"`
	Agent                  types.Bool   `tfsdk:"agent"`
}

// request is what config asks for. Only secrets whose version differs from the one
// in state are sent: the others stay what they are.
func (m credentialModel) request(state *sshAccountModel) api.WriteCredential {
	if state == nil {
		state = &sshAccountModel{}
	}
	out := &api.WriteSSHAccount{
		Username: m.SSH.Username.ValueString(), Agent: m.SSH.Agent.ValueBool(),
		PrivateKeyVersion: m.SSH.PrivateKeyWOVersion.ValueInt64(), PasswordVersion: m.SSH.PasswordWOVersion.ValueInt64(),
	}
	if !m.SSH.PrivateKeyWOVersion.Equal(state.PrivateKeyWOVersion) {
		key, passphrase := m.SSH.PrivateKeyWO.ValueString(), m.SSH.PrivateKeyPassphraseWO.ValueString()
		out.PrivateKey, out.PrivateKeyPassphrase = &key, &passphrase
	}
	if !m.SSH.PasswordWOVersion.Equal(state.PasswordWOVersion) {
		password := m.SSH.PasswordWO.ValueString()
		out.Password = &password
	}
	return api.WriteCredential{Name: m.Name.ValueString(), SSH: out}
}

func credentialState(c api.Credential) credentialModel {
	m := credentialModel{ID: types.StringValue(c.ID), Name: types.StringValue(c.Name)}
	if a := c.SSH; a != nil {
		m.PublicKey = optional(a.PublicKey)
		m.SSH = &sshAccountModel{
			Username: types.StringValue(a.Username), Agent: types.BoolValue(a.Agent),
			PrivateKeyWOVersion: number(a.PrivateKeyVersion), PasswordWOVersion: number(a.PasswordVersion),
		}
	}
	return m
}
