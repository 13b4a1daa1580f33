package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

// ModifyPlan reads the private key, which turns a wrong passphrase into a plan error
// and shows the public key before anything is written. A key whose version is that in
// state is not sent, so nothing changes: it may not even be at hand any more.
func (r *credentialResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		return
	}
	var config, state credentialModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if !req.State.Raw.IsNull() {
		resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	}
	if resp.Diagnostics.HasError() || config.SSH == nil {
		return
	}
	key := config.publicKey(&resp.Diagnostics)
	if state.SSH != nil && state.SSH.PrivateKeyWOVersion.Equal(config.SSH.PrivateKeyWOVersion) {
		if !key.IsNull() && !key.IsUnknown() && !key.Equal(state.PublicKey) {
			resp.Diagnostics.AddAttributeWarning(path.Root("ssh").AtName("private_key_wo"), "Another private key, and the version of before",
				"The key is not sent to the backend: raise private_key_wo_version.")
		}
		key = state.PublicKey
	}
	resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("public_key"), key)...)
}

func (m credentialModel) publicKey(diags *diag.Diagnostics) types.String {
	switch {
	case m.SSH.PrivateKeyWO.IsUnknown() || m.SSH.PrivateKeyPassphraseWO.IsUnknown():
		return types.StringUnknown()
	case m.SSH.PrivateKeyWO.IsNull():
		return types.StringNull()
	}
	key, err := pki.SSHPublicKey(m.SSH.PrivateKeyWO.ValueString(), m.SSH.PrivateKeyPassphraseWO.ValueString())
	if err != nil {
		diags.AddAttributeError(path.Root("ssh").AtName("private_key_wo"), "This private key does not open", sentence(err.Error()))
		return types.StringUnknown()
	}
	return types.StringValue(key)
}

// ValidateConfig refuses an account that proves itself by nothing.
func (r *credentialResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var config credentialModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() || config.SSH == nil {
		return
	}
	if s := config.SSH; s.PrivateKeyWO.IsNull() && s.PasswordWO.IsNull() && !s.Agent.IsUnknown() && !s.Agent.ValueBool() {
		resp.Diagnostics.AddAttributeError(path.Root("ssh"), "This account proves itself by nothing",
			"Give private_key_wo or password_wo, each with its version, or set agent = true.")
	}
}
