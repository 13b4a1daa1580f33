package provider

import (
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// lookupAttributes let a data source be found by id or by name.
func lookupAttributes(noun string) map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id": schema.StringAttribute{
			Optional: true, Computed: true, MarkdownDescription: "Id of the " + noun + ". Give this or `name`.",
			Validators: []validator.String{stringvalidator.ExactlyOneOf(path.MatchRoot("id"), path.MatchRoot("name")), stringvalidator.LengthAtLeast(1)},
		},
		"name": schema.StringAttribute{
			Optional: true, Computed: true, MarkdownDescription: "Name of the " + noun + ". Give this or `id`.",
			Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
		},
	}
}

// reference is what to look up.
func reference(id, name types.String) string {
	if !id.IsNull() {
		return id.ValueString()
	}
	return name.ValueString()
}

func textOut(text string) schema.StringAttribute {
	return schema.StringAttribute{Computed: true, MarkdownDescription: text}
}

func numberOut(text string) schema.Int64Attribute {
	return schema.Int64Attribute{Computed: true, MarkdownDescription: text}
}

func boolOut(text string) schema.BoolAttribute {
	return schema.BoolAttribute{Computed: true, MarkdownDescription: text}
}

func setOut(text string) schema.SetAttribute {
	return schema.SetAttribute{Computed: true, ElementType: types.StringType, MarkdownDescription: text}
}
