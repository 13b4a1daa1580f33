package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
)

// workOrderAction is one person's word on a work order.
type workOrderAction struct {
	configuredAction
	name     string
	verb     string
	comments string // what they are, "" where there are none
	must     bool   // be given
	text     string
}

func newApproveAction() action.Action {
	return &workOrderAction{
		name: "clm_approve", verb: "approve", comments: "What is to be recorded with the approval.",
		text: "Approves a work order as the one who runs Terraform. The last approval has the certificate pushed, unless it waits for its hour or for somebody to implement it. " +
			"Whoever asked for it cannot approve, and nobody approves twice.",
	}
}

func newRejectAction() action.Action {
	return &workOrderAction{
		name: "clm_reject", verb: "reject", comments: "Why. The next apply of the connector fails with it.", must: true,
		text: "Rejects a work order, for good. The connector asks for another one when what is to be pushed has changed, or by `clm_push`.",
	}
}

func newImplementAction() action.Action {
	return &workOrderAction{
		name: "clm_implement", verb: "implement",
		text: "Has a work order carried out that everybody has agreed to, whatever it waits for. After a push that ended in the middle of a script, " +
			"it says that somebody has looked at the device and that the script may run again.",
	}
}

func newCancelWorkOrderAction() action.Action {
	return &workOrderAction{
		name: "clm_cancel_work_order", verb: "cancel", comments: "Why it is withdrawn.",
		text: "Withdraws a work order that was not carried out. The next apply of the connector asks for another one.",
	}
}

type workOrderActionModel struct {
	WorkOrderID types.String `tfsdk:"work_order_id"`
	Comments    types.String `tfsdk:"comments"`
}

func (a *workOrderAction) Metadata(_ context.Context, _ action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = a.name
}

func (a *workOrderAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	given := []validator.String{stringvalidator.LengthBetween(1, 2000)}
	attributes := map[string]schema.Attribute{
		"work_order_id": schema.StringAttribute{Required: true, Validators: given[:1], MarkdownDescription: "Id of the work order, as `work_order_id` of its connector tells."},
	}
	if a.comments != "" {
		attributes["comments"] = schema.StringAttribute{Required: a.must, Optional: !a.must, Validators: given, MarkdownDescription: a.comments}
	}
	resp.Schema = schema.Schema{MarkdownDescription: a.text, Attributes: attributes}
}

func (a *workOrderAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	var m workOrderActionModel
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("work_order_id"), &m.WorkOrderID)...)
	if a.comments != "" {
		resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("comments"), &m.Comments)...)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	id := m.WorkOrderID.ValueString()
	result, err := a.DecideWorkOrder(ctx, id, api.Decision{Verb: a.verb, Comments: m.Comments.ValueString()})
	if err != nil {
		addErrorAt(&resp.Diagnostics, path.Root("work_order_id"), "Cannot "+a.verb+" work order "+id, err)
		return
	}
	resp.SendProgress(action.InvokeProgressEvent{Message: "work order " + id + " is " + told(result.WorkOrder)})
	addPush(&resp.Diagnostics, result.Push, "What was decided is recorded.")
}

// told is where a work order stands, in words.
func told(w api.WorkOrder) string {
	if w.WaitsFor == "" {
		return w.Status
	}
	return w.Status + " and waits for " + w.WaitsFor
}
