package provider

import (
	"github.com/hashicorp/terraform-plugin-framework-validators/boolvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

func pushAttributes() map[string]schema.Attribute {
	toggle := func(otherwise bool, text string) schema.BoolAttribute {
		return schema.BoolAttribute{Optional: true, Computed: true, Default: booldefault.StaticBool(otherwise), MarkdownDescription: text}
	}
	return map[string]schema.Attribute{
		"automatic":     toggle(true, "Whether a new version of the certificate is pushed by itself. With `false` it waits until somebody pushes. Default: `true`."),
		"overwrite":     toggle(false, "Whether files that are there already, and are not ours, may be replaced. They are put back when the push fails. Default: `false`."),
		"include_chain": toggle(true, "Whether the intermediate CA certificates follow the certificate where they have no file of their own. Default: `true`."),
		"pre_script": schema.SingleNestedAttribute{
			Optional: true, Attributes: scriptAttributes("pre_script"),
			MarkdownDescription: "Runs on the device before anything is touched. If it fails, nothing is.",
		},
		"post_script": schema.SingleNestedAttribute{
			Optional: true, Attributes: scriptAttributes("post_script"),
			MarkdownDescription: "Has the device take the new files in, in place of what its `vendor` presets. If it fails, the files of before are put back and it runs once more.",
		},
		"approval_policy_id": schema.StringAttribute{
			Optional: true, Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
			MarkdownDescription: "Id of the approval policy that says how many people have to agree to each push. Without it the apply itself is the approval.",
		},
		"manual_implementation": toggle(false, "Whether a push that everybody has agreed to waits until somebody implements it. Default: `false`."),
		"scheduled_at": schema.StringAttribute{
			Optional: true, Validators: []validator.String{timeValidator{}},
			MarkdownDescription: "Time that a push everybody has agreed to waits for, RFC 3339 in UTC, such as `2027-01-31T22:00:00Z`. The first plan and apply after it carries the push out.",
		},
		"secure": schema.BoolAttribute{
			Optional: true, Computed: true, Default: booldefault.StaticBool(true), Validators: []validator.Bool{boolvalidator.Equals(true)},
			MarkdownDescription: "That others than `owner` and `group` cannot read the private key at any instant. There is no other way to push: `false` is refused. Default: `true`.",
		},
		"comments": schema.StringAttribute{
			Optional: true, Validators: []validator.String{stringvalidator.LengthBetween(1, 2000)}, MarkdownDescription: "A note of yours, such as the number of a change.",
		},
	}
}

func scriptAttributes(name string) map[string]schema.Attribute {
	script := path.MatchRoot("push").AtName(name)
	return map[string]schema.Attribute{
		"inline": schema.StringAttribute{
			Optional: true, Validators: []validator.String{
				stringvalidator.LengthBetween(1, 64<<10), stringvalidator.ExactlyOneOf(script.AtName("inline"), script.AtName("device_path")),
			},
			MarkdownDescription: "Text for `/bin/sh`. It finds `CLM_STEP`, `CLM_CONNECTOR`, `CLM_DEVICE`, `CLM_CERTIFICATE`, `CLM_FINGERPRINT_SHA256`, `CLM_DIRECTORY`, " +
				"`CLM_CERTIFICATE_FILE`, `CLM_KEY_FILE` and `CLM_CHAIN_FILE` in its environment.",
		},
		"device_path": schema.StringAttribute{
			Optional: true, Validators: []validator.String{stringvalidator.LengthAtLeast(1)}, MarkdownDescription: "Absolute path of a program on the device.",
		},
		"timeout": durationAttribute("1m", "How long it may take before it is ended."),
		"repeatable": schema.BoolAttribute{
			Optional: true, Computed: true, Default: booldefault.StaticBool(false),
			MarkdownDescription: "Whether running it twice does no harm. A push that was cut off in the middle of it is then simply made again; else somebody has to look first. " +
				"Default: `false`.",
		},
	}
}

func verifyAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"addresses": schema.ListAttribute{
			ElementType: types.StringType, Required: true,
			Validators:          []validator.List{listvalidator.SizeAtLeast(1), listvalidator.UniqueValues(), listvalidator.ValueStringsAre(addressValidator{})},
			MarkdownDescription: "Addresses as `host:port`, reached from where the backend runs. A name is looked at under all its addresses.",
		},
		"server_name": schema.StringAttribute{
			Optional: true, Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
			MarkdownDescription: "Name that is asked for (SNI). Default: the first DNS name of the certificate.",
		},
		"protocol": schema.StringAttribute{
			Optional: true, Computed: true, Default: stringdefault.StaticString("tls"),
			Validators:          []validator.String{stringvalidator.OneOf("tls", "smtp", "imap", "pop3", "postgresql")},
			MarkdownDescription: "What is spoken there before TLS: `tls` (nothing), `smtp`, `imap`, `pop3` or `postgresql`. Default: `tls`.",
		},
	}
}
