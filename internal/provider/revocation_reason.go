package provider

import (
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// lastingReasons are the reasons of RFC 5280, 5.3.1, that nobody takes back.
var lastingReasons = []string{
	"unspecified", "key_compromise", "ca_compromise", "affiliation_changed", "superseded",
	"cessation_of_operation", "privilege_withdrawn", "aa_compromise",
}

// reasonAttribute is why an action revokes: for a lasting reason, or one of those that
// the action has besides.
func reasonAttribute(besides ...string) schema.StringAttribute {
	reasons := append(slices.Clone(lastingReasons), besides...)
	last := len(reasons) - 1
	return schema.StringAttribute{
		Optional: true, Validators: []validator.String{stringvalidator.OneOf(reasons...)},
		MarkdownDescription: "Why (RFC 5280, 5.3.1, in lower_snake_case): `" + strings.Join(reasons[:last], "`, `") + "` or `" + reasons[last] + "`. Default: `unspecified`.",
	}
}
