package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

// hostKeyValidator takes a host key in the one form in which it is recorded.
type hostKeyValidator struct{}

func (hostKeyValidator) Description(context.Context) string { return "a host key" }

func (v hostKeyValidator) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (hostKeyValidator) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	key, err := pki.SSHHostKey(req.ConfigValue.ValueString())
	switch {
	case err != nil:
		resp.Diagnostics.AddAttributeError(req.Path, "This is no host key", sentence(err.Error()))
	case key != req.ConfigValue.ValueString():
		resp.Diagnostics.AddAttributeError(req.Path, "There is more than the host key", "Write the key without comment and spaces around it:\n\n"+key)
	}
}

// validateHostKey asks for a host key where one is to be named.
func validateHostKey(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var host, key, policy types.String
	at := path.Root("ssh")
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, at.AtName("host"), &host)...)
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, at.AtName("host_key"), &key)...)
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, at.AtName("host_key_policy"), &policy)...)
	if host.IsNull() || !key.IsNull() || policy.IsUnknown() || policy.ValueString() == "trust_on_first_use" {
		return
	}
	resp.Diagnostics.AddAttributeError(at.AtName("host_key"), "Which key the device proves itself by is not said",
		"Name it: `ssh-keyscan HOST` prints it behind the host name; compare it with `ssh-keygen -l -f /etc/ssh/ssh_host_ed25519_key.pub` on the device. "+
			"Or set host_key_policy = \"trust_on_first_use\".")
}
