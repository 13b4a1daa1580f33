package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
)

func (r *connectorResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Where one certificate lives on one device. Creating it puts the files there; a plan compares them with what should be there " +
			"and shows an update when a push would put them right. A device that does not answer never fails an apply: the connector stays out of sync, " +
			"the apply warns, and the next plan shows an update as soon as the device answers again.",
		Attributes: map[string]schema.Attribute{
			"id":   idAttribute("connector"),
			"name": nameAttribute("connector"),
			"certificate_id": schema.StringAttribute{
				Required: true, MarkdownDescription: "Id of the certificate. Another certificate takes the place of the first, in place.",
			},
			"device_id": schema.StringAttribute{
				Required: true, MarkdownDescription: "Id of the device. A change makes a new connector.",
				PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()},
			},
			"file_system": schema.SingleNestedAttribute{
				Required: true, Attributes: fileSystemAttributes(),
				MarkdownDescription: "The files on the device. They switch from one version to the next at one instant: the named files are symbolic links into a folder " +
					"`.clm` beside them.",
			},
			"remove_on_destroy": schema.BoolAttribute{
				Optional: true, Computed: true, Default: booldefault.StaticBool(true),
				MarkdownDescription: "Whether destroying the connector takes its files off the device. Default: `true`.",
			},
			"require_distribution": schema.BoolAttribute{
				Optional: true, Computed: true, Default: booldefault.StaticBool(false),
				MarkdownDescription: "Whether to push only a certificate that every device of the device's communication profile accepts: its issuer must have reached them all. " +
					"Until then the push is refused, and says which devices it waits for. Default: `false`.",
			},
			"push": schema.SingleNestedAttribute{
				Optional: true, Attributes: pushAttributes(), MarkdownDescription: "How the certificate gets to the device.",
			},
			"verify": schema.SingleNestedAttribute{
				Optional: true, Attributes: verifyAttributes(),
				MarkdownDescription: "Where a server is to be seen serving the certificate after a push. One that goes on serving something else makes the push fail, " +
					"and what was there before is put back.",
			},
			"status_color": textResult("`green`, `blue`, `yellow`, `orange` or `red` by the days the certificate has left, `gray` when the last push failed, `black` when it is revoked, " +
				"`mid_purple` when it was removed from the device."),
			"sync_status": textResult("`in_sync`, `out_of_sync`, or `not_observed` on a device that is ignored. Refreshed by every plan."),
			"sync_reason": textResult("Why it is out of sync: `previous_certificate`, `other_managed_certificate`, `unknown_certificate`, `not_found`, `key_mismatch`, " +
				"`key_exposed`, `incomplete_chain`, `revoked`, `connection_failed`, `device_unhealthy` or `never_pushed`."),
			"push_pending":       boolResult("Whether a push now would put it right. A plan that finds it `true` shows an update."),
			"pushed_fingerprint": textResult("SHA-256 of the certificate the last successful push put there, lower-case hex."),
			"last_push_at":       textResult("When the last successful push was, RFC 3339 in UTC."),
			"request_id":         textResult("Id of the request that asked for the newest work order."),
			"work_order_id":      textResult("Id of the newest work order, null where pushes need none."),
			"work_order_status": textResult("`pending_approval`, `approved`, `scheduled`, `awaiting_implementation`, `in_progress`, `completed`, `failed`, `unknown`, `rolled_back`, " +
				"`rejected` or `cancelled`."),
			"timeouts": timeouts.Attributes(ctx, timeouts.Opts{Create: true, Update: true, Delete: true}),
		},
	}
}
