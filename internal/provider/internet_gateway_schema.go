package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64default"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

func (r *internetGatewayResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "A relay for devices outside the network. It carries its own copy of what a communication profile publishes: unless it follows by itself, " +
			"somebody has to refresh it and say so before the replacement of a root certificate goes on. A new gateway is taken to be fresh. " +
			"One that runs as `terraform-provider-clm internet-gateway` states what it carries by itself; it is refreshed on its machine, by `terraform-provider-clm internet-gateway refresh`.",
		Attributes: map[string]schema.Attribute{
			"id":   idAttribute("internet gateway"),
			"name": nameAttribute("internet gateway"),
			"communication_profile_id": schema.StringAttribute{
				Required: true, MarkdownDescription: "Id of the communication profile of the devices it relays for.",
			},
			"addresses": schema.SetAttribute{
				Optional: true, ElementType: types.StringType, Validators: []validator.Set{setvalidator.SizeAtLeast(1)},
				MarkdownDescription: "Names and IP addresses by which agents reach it. Its certificate has them: after a change it renews that by itself, at its next check-in.",
			},
			"auto_refresh": schema.BoolAttribute{
				Optional: true, Computed: true, Default: booldefault.StaticBool(false),
				MarkdownDescription: "Whether the gateway follows its profile by itself. Default: `false`.",
			},
			"refresh_epoch": schema.Int64Attribute{
				Optional: true, Computed: true, Default: int64default.StaticInt64(0), Validators: []validator.Int64{int64validator.AtLeast(0)},
				MarkdownDescription: "A number you raise when the gateway was refreshed by hand: that records who refreshed it and when. It never goes back. Default: 0.",
			},
			"refreshed_at": textResult("When it was refreshed last, RFC 3339 in UTC."),
			"refreshed_by": textResult("Who refreshed it last."),
		},
	}
}
