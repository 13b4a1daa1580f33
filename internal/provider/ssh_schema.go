package provider

import (
	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64default"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

const hostKeyText = "as a line of `authorized_keys` without a comment: type and base64. `ssh-keyscan` prints it behind the host name. Compare it on a way you trust."

func sshAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"host":          hostAttribute("the device"),
		"port":          portAttribute(),
		"credential_id": sshCredentialAttribute("the device"),
		"host_key": schema.StringAttribute{
			Optional: true, Computed: true, Validators: []validator.String{hostKeyValidator{}},
			PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
			MarkdownDescription: "Key the device's SSH server proves itself by, " + hostKeyText + " A server with another key is never spoken to. " +
				"Required unless `host_key_policy` is `trust_on_first_use`.",
		},
		"host_key_policy": schema.StringAttribute{
			Optional: true, Computed: true, Default: stringdefault.StaticString("pinned"),
			Validators: []validator.String{stringvalidator.OneOf("pinned", "trust_on_first_use")},
			MarkdownDescription: "`pinned`: `host_key` names the key. `trust_on_first_use`: the key seen when the device is added is the right one from then on. " +
				"Default: `pinned`.",
		},
		"sudo": schema.BoolAttribute{
			Optional: true, Computed: true, Default: booldefault.StaticBool(false),
			MarkdownDescription: "Whether everything is done as root, through `sudo` without a password. Default: `false`.",
		},
		"jump_host": schema.SingleNestedAttribute{
			Optional: true, MarkdownDescription: "An SSH server that the connection goes through.",
			Attributes: map[string]schema.Attribute{
				"host":          hostAttribute("the jump host"),
				"port":          portAttribute(),
				"credential_id": sshCredentialAttribute("the jump host"),
				"host_key": schema.StringAttribute{
					Required: true, Validators: []validator.String{hostKeyValidator{}},
					MarkdownDescription: "Key the jump host proves itself by, " + hostKeyText,
				},
			},
		},
	}
}

func hostAttribute(of string) schema.StringAttribute {
	return schema.StringAttribute{
		Required: true, Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
		MarkdownDescription: "Name or address of " + of + ".",
	}
}

func portAttribute() schema.Int64Attribute {
	return schema.Int64Attribute{
		Optional: true, Computed: true, Default: int64default.StaticInt64(22), Validators: []validator.Int64{int64validator.Between(1, 65535)},
		MarkdownDescription: "Port of its SSH server. Default: 22.",
	}
}

func sshCredentialAttribute(of string) schema.StringAttribute {
	return schema.StringAttribute{
		Required: true, Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
		MarkdownDescription: "Id of the credential that opens " + of + ".",
	}
}
