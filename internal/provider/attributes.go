package provider

import (
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/boolplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
)

// textResult and boolResult are computed attributes that keep their value
// unless the plan says otherwise.
func textResult(text string) schema.StringAttribute {
	return schema.StringAttribute{
		Computed: true, MarkdownDescription: text,
		PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
	}
}

func boolResult(text string) schema.BoolAttribute {
	return schema.BoolAttribute{
		Computed: true, MarkdownDescription: text,
		PlanModifiers: []planmodifier.Bool{boolplanmodifier.UseStateForUnknown()},
	}
}

func int64Result(text string) schema.Int64Attribute {
	return schema.Int64Attribute{
		Computed: true, MarkdownDescription: text,
		PlanModifiers: []planmodifier.Int64{int64planmodifier.UseStateForUnknown()},
	}
}

func numberResult(text string) schema.Int64Attribute {
	return schema.Int64Attribute{
		Computed: true, MarkdownDescription: text,
		PlanModifiers: []planmodifier.Int64{int64planmodifier.UseStateForUnknown()},
	}
}
