package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

func (r *credentialResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "What devices are opened by. Its secrets are write-only: they are sealed in the estate and never enter state, plans or logs. " +
			"Every device that names it is opened with what it is now.",
		Attributes: map[string]schema.Attribute{
			"id":   idAttribute("credential"),
			"name": nameAttribute("credential"),
			"ssh": schema.SingleNestedAttribute{
				Required: true, Attributes: sshAccountAttributes(),
				MarkdownDescription: "An account of OpenSSH servers. What is given is tried in this order: private key, agent, password.",
			},
			"public_key": schema.StringAttribute{
				Computed: true, MarkdownDescription: "Public half of the private key, as a line of `authorized_keys`; null when there is none.",
			},
		},
	}
}

func sshAccountAttributes() map[string]schema.Attribute {
	ssh := path.MatchRoot("ssh")
	needs := func(name string) validator.String { return stringvalidator.AlsoRequires(ssh.AtName(name)) }
	return map[string]schema.Attribute{
		"username": schema.StringAttribute{
			Required: true, Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
			MarkdownDescription: "Name of the user on the device.",
		},
		"private_key_wo": schema.StringAttribute{
			Optional: true, WriteOnly: true, Sensitive: true, Validators: []validator.String{needs("private_key_wo_version")},
			MarkdownDescription: "Private key in PEM, as `ssh-keygen` writes it. Write-only; raise `private_key_wo_version` when it changes.",
		},
		"private_key_passphrase_wo": schema.StringAttribute{
			Optional: true, WriteOnly: true, Sensitive: true, Validators: []validator.String{needs("private_key_wo")},
			MarkdownDescription: "Passphrase of `private_key_wo`. Write-only; raise `private_key_wo_version` when it changes.",
		},
		"private_key_wo_version": versionAttribute("private_key_wo", int64validator.AlsoRequires(ssh.AtName("private_key_wo"))),
		"password_wo": schema.StringAttribute{
			Optional: true, WriteOnly: true, Sensitive: true, Validators: []validator.String{needs("password_wo_version")},
			MarkdownDescription: "Password. Write-only; raise `password_wo_version` when it changes.",
		},
		"password_wo_version": versionAttribute("password_wo", int64validator.AlsoRequires(ssh.AtName("password_wo"))),
		"agent": schema.BoolAttribute{
			Optional: true, Computed: true, Default: booldefault.StaticBool(false),
			MarkdownDescription: "Whether the keys of the SSH agent at `SSH_AUTH_SOCK` are tried. Default: `false`.",
		},
	}
}
