package provider

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
)

func newWorkOrderApprovalResource() resource.Resource { return &workOrderApprovalResource{} }

// workOrderApprovalResource is one person's approval, for CLIs that have no actions. It
// is a fact: nothing changes it, and taking it out of the configuration takes nothing
// back.
type workOrderApprovalResource struct{ configuredResource }

var (
	_ resource.ResourceWithImportState = (*workOrderApprovalResource)(nil)
	_ resource.ResourceWithIdentity    = (*workOrderApprovalResource)(nil)
)

type workOrderApprovalModel struct {
	ID          types.String `tfsdk:"id"`
	WorkOrderID types.String `tfsdk:"work_order_id"`
	Comments    types.String `tfsdk:"comments"`
	Principal   types.String `tfsdk:"principal"`
	Level       types.Int64  `tfsdk:"level"`
	ApprovedAt  types.String `tfsdk:"approved_at"`
}

func (r *workOrderApprovalResource) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = "clm_work_order_approval"
}

func (r *workOrderApprovalResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identitySchema("approval")
}

func (r *workOrderApprovalResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	fixed := []planmodifier.String{stringplanmodifier.RequiresReplace()}
	resp.Schema = schema.Schema{
		MarkdownDescription: "One person's approval of a work order, for CLIs without actions: creating it is `clm_approve`. It is given as the one who runs Terraform, " +
			"or as the provider's `principal`. An approval is not taken back: destroying this forgets it.",
		Attributes: map[string]schema.Attribute{
			"id": idAttribute("approval"),
			"work_order_id": schema.StringAttribute{
				Required: true, PlanModifiers: fixed, Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
				MarkdownDescription: "Id of the work order, as `work_order_id` of its connector tells. Another one is another approval.",
			},
			"comments": schema.StringAttribute{
				Optional: true, PlanModifiers: []planmodifier.String{saidOnce{}}, Validators: []validator.String{stringvalidator.LengthBetween(1, 2000)},
				MarkdownDescription: "What is recorded with the approval. It cannot be changed afterwards.",
			},
			"principal":   textResult("Who approved."),
			"level":       numberResult("Which approval it was, from 1."),
			"approved_at": textResult("When, RFC 3339 in UTC."),
		},
	}
}

func (r *workOrderApprovalResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan workOrderApprovalModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	id := plan.WorkOrderID.ValueString()
	result, err := r.DecideWorkOrder(ctx, id, api.Decision{Verb: "approve", Comments: plan.Comments.ValueString()})
	if err != nil {
		addError(&resp.Diagnostics, "Cannot approve work order "+id, err, "work_order_id")
		return
	}
	state := workOrderApprovalState(result.WorkOrder, result.Approval())
	state.Comments = plan.Comments // an approval given before keeps what was said then
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, identity{state.ID})...)
	addPush(&resp.Diagnostics, result.Push, "The approval is recorded.")
}

// Read finds an approval by its id, which is the work order's and who approved.
func (r *workOrderApprovalResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state workOrderApprovalModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	id, principal, _ := strings.Cut(state.ID.ValueString(), "/")
	order, err := r.WorkOrder(ctx, id)
	if err != nil && !api.Is(err, api.CodeNotFound) {
		addError(&resp.Diagnostics, "Cannot read work order "+id, err)
		return
	}
	for _, approval := range order.Approvals {
		if approval.Principal == principal {
			state := workOrderApprovalState(order, approval)
			resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
			resp.Diagnostics.Append(resp.Identity.Set(ctx, identity{state.ID})...)
			return
		}
	}
	gone(ctx, state.ID, resp)
}

// Update has nothing to do: every change is another approval.
func (r *workOrderApprovalResource) Update(_ context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	resp.State.Raw = req.Plan.Raw
}

func (r *workOrderApprovalResource) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {
}

func (r *workOrderApprovalResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	importByReference(ctx, req, resp)
}

func workOrderApprovalState(w api.WorkOrder, a api.Approval) workOrderApprovalModel {
	return workOrderApprovalModel{
		ID: types.StringValue(w.ID + "/" + a.Principal), WorkOrderID: types.StringValue(w.ID), Comments: optional(a.Comments),
		Principal: types.StringValue(a.Principal), Level: types.Int64Value(int64(a.Level)), ApprovedAt: timestamp(a.At),
	}
}

// saidOnce refuses other comments than were recorded: an approval is given once.
type saidOnce struct{}

func (saidOnce) Description(context.Context) string         { return "cannot be changed" }
func (saidOnce) MarkdownDescription(context.Context) string { return "cannot be changed" }

func (saidOnce) PlanModifyString(ctx context.Context, req planmodifier.StringRequest, resp *planmodifier.StringResponse) {
	if req.State.Raw.IsNull() || req.Plan.Raw.IsNull() || req.PlanValue.Equal(req.StateValue) || req.PlanValue.IsUnknown() {
		return
	}
	var was, is types.String
	resp.Diagnostics.Append(req.State.GetAttribute(ctx, path.Root("work_order_id"), &was)...)
	resp.Diagnostics.Append(req.Plan.GetAttribute(ctx, path.Root("work_order_id"), &is)...)
	if was.Equal(is) {
		resp.Diagnostics.AddAttributeError(req.Path, "What was said cannot be changed", "The approval is recorded with the comments "+req.StateValue.String()+". Set them back.")
	}
}
