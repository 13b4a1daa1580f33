package provider

import (
	"context"
	"regexp"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// nameValidator tells at plan time what the backend would refuse at apply.
var nameValidator = stringvalidator.All(
	stringvalidator.RegexMatches(
		regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9 ._@-]{0,126}[A-Za-z0-9])?$`),
		"must have 1 to 128 letters, digits, spaces or . _ @ -, and begin and end with a letter or digit",
	),
	notAnID{},
)

// notAnID keeps names and ids apart: every reference accepts either.
type notAnID struct{}

var idPattern = regexp.MustCompile(`^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$`)

func (notAnID) Description(context.Context) string { return "must not have the form of a UUID" }

func (v notAnID) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v notAnID) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if !req.ConfigValue.IsNull() && !req.ConfigValue.IsUnknown() && idPattern.MatchString(req.ConfigValue.ValueString()) {
		resp.Diagnostics.AddAttributeError(req.Path, "This name looks like an id", "A name "+v.Description(ctx)+".")
	}
}
