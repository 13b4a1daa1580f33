package provider

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64default"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

func (r *approvalPolicyResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	expires := durationAttribute("72h", "How long a work order waits for them, from `1m` to `2160h`; approvals are worth nothing afterwards.")
	expires.Validators = []validator.String{durationBetween{time.Minute, 90 * 24 * time.Hour}}
	resp.Schema = schema.Schema{
		MarkdownDescription: "How many people have to agree before a connector pushes. A connector that follows a policy asks for a work order; the apply succeeds, says what it " +
			"waits for, and the next plan is empty until somebody acts. Whoever asked cannot approve, and nobody approves twice. What was approved is bound to the certificate, " +
			"the place and the scripts: a change of any makes another work order.",
		Attributes: map[string]schema.Attribute{
			"id":   idAttribute("approval policy"),
			"name": nameAttribute("approval policy"),
			"levels": schema.Int64Attribute{
				Optional: true, Computed: true, Default: int64default.StaticInt64(2), Validators: []validator.Int64{int64validator.Between(1, 5)},
				MarkdownDescription: "How many people have to agree. Default: 2.",
			},
			"expires_after": expires,
		},
	}
}
