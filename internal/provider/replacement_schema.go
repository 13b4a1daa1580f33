package provider

import (
	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64default"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/listdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

func replacementAttribute() schema.SingleNestedAttribute {
	return schema.SingleNestedAttribute{
		Optional: true, Attributes: replacementAttributes(),
		MarkdownDescription: "How careful a replacement of the certificate is. It may change while one is open. " +
			"Default: wait for every device, then go on by itself, and stop at the first failure.",
	}
}

func replacementAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"finalize": schema.BoolAttribute{
			Optional: true, Computed: true, Default: booldefault.StaticBool(true),
			MarkdownDescription: "Whether to go on by itself once the distribution gate opens. `false` holds in distribution. Default: `true`.",
		},
		"minimum_received_percent": schema.Int64Attribute{
			Optional: true, Computed: true, Default: int64default.StaticInt64(100), Validators: []validator.Int64{int64validator.Between(0, 100)},
			MarkdownDescription: "Share of the devices that reported the old certificate that must have received the new one. Default: 100.",
		},
		"hold_down":    durationAttribute("0s", "How long to wait after the latest receipt before the gate opens."),
		"silent_after": durationAttribute("168h", "After how long a device that was not heard of counts as silent, which keeps the gate closed. `0s`: never."),
		"overlap":      durationAttribute("0s", "How long the old root stays trusted once the new one is in use."),
		"on_failure": schema.StringAttribute{
			Optional: true, Computed: true, Default: stringdefault.StaticString("stop"),
			Validators: []validator.String{stringvalidator.OneOf("stop", "continue", "roll_back")},
			MarkdownDescription: "What a certificate that cannot be issued or put in place does to the others: `stop` waits for you, `continue` goes on with the others, " +
				"`roll_back` undoes everything. Default: `stop`.",
		},
		"child_validity_months": schema.Int64Attribute{
			Optional: true, Validators: []validator.Int64{int64validator.AtLeast(1)},
			MarkdownDescription: "How many months the certificates issued by this root are valid when they are issued again under the new one. Default: their own validity.",
		},
		"override_children": schema.ListAttribute{
			ElementType: types.StringType, Optional: true, Computed: true,
			Default: listdefault.StaticValue(types.ListValueMust(types.StringType, []attr.Value{})),
			MarkdownDescription: "Names of connectors to go on without after a failure; they keep what they have. The name of a certificate releases it: " +
				"it no longer holds back retiring the old root.",
		},
		"waivers": schema.ListNestedAttribute{
			Optional: true, Computed: true,
			Default:             listdefault.StaticValue(types.ListValueMust(types.ObjectType{AttrTypes: waiverTypes}, []attr.Value{})),
			NestedObject:        schema.NestedAttributeObject{Attributes: waiverAttributes()},
			MarkdownDescription: "Devices that do not count for a time.",
		},
		"force_reason": schema.StringAttribute{
			Optional: true, Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
			MarkdownDescription: "Goes past a closed distribution gate, and records this reason with who did it. Remove it afterwards.",
		},
	}
}

func durationAttribute(standard, text string) schema.StringAttribute {
	return schema.StringAttribute{
		CustomType: durationType{}, Optional: true, Computed: true, Default: stringdefault.StaticString(standard),
		MarkdownDescription: text + " A duration such as `90s`, `15m` or `168h`. Default: `" + standard + "`.",
	}
}

func waiverAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"device_id": schema.StringAttribute{Required: true, MarkdownDescription: "Id of the device."},
		"reason": schema.StringAttribute{
			Required: true, Validators: []validator.String{stringvalidator.LengthAtLeast(1)}, MarkdownDescription: "Why it does not count, for whoever reads it later.",
		},
		"until": schema.StringAttribute{Required: true, MarkdownDescription: "From when on it counts again, RFC 3339."},
	}
}
