package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
)

func newWorkOrdersDataSource() datasource.DataSource { return &workOrdersDataSource{} }

type workOrdersDataSource struct{ configuredDataSource }

type workOrdersModel struct {
	ConnectorID types.String     `tfsdk:"connector_id"`
	Status      types.String     `tfsdk:"status"`
	WorkOrders  []workOrderModel `tfsdk:"work_orders"`
}

type workOrderModel struct {
	ID            types.String    `tfsdk:"id"`
	RequestID     types.String    `tfsdk:"request_id"`
	ConnectorID   types.String    `tfsdk:"connector_id"`
	CertificateID types.String    `tfsdk:"certificate_id"`
	Version       types.Int64     `tfsdk:"version"`
	Status        types.String    `tfsdk:"status"`
	WaitsFor      types.String    `tfsdk:"waits_for"`
	Requester     types.String    `tfsdk:"requester"`
	Comments      types.String    `tfsdk:"comments"`
	Levels        types.Int64     `tfsdk:"levels"`
	Approvals     []approvalModel `tfsdk:"approvals"`
	ScheduledAt   types.String    `tfsdk:"scheduled_at"`
	ExpiresAt     types.String    `tfsdk:"expires_at"`
	EndedBy       types.String    `tfsdk:"ended_by"`
	Reason        types.String    `tfsdk:"reason"`
	CreatedAt     types.String    `tfsdk:"created_at"`
}

type approvalModel struct {
	Level      types.Int64  `tfsdk:"level"`
	Principal  types.String `tfsdk:"principal"`
	Comments   types.String `tfsdk:"comments"`
	ApprovedAt types.String `tfsdk:"approved_at"`
}

func (d *workOrdersDataSource) Metadata(_ context.Context, _ datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = "clm_work_orders"
}

func (d *workOrdersDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Work orders: what was asked to be pushed, who agreed, and what it waits for.",
		Attributes: map[string]schema.Attribute{
			"connector_id": schema.StringAttribute{Optional: true, MarkdownDescription: "Only those of the connector with this id."},
			"status": schema.StringAttribute{
				Optional: true, MarkdownDescription: "Only those with this status; the values are those of `clm_connector`'s `work_order_status`.",
				Validators: []validator.String{stringvalidator.OneOf("pending_approval", "approved", "scheduled", "awaiting_implementation", "in_progress",
					"completed", "failed", "unknown", "rolled_back", "rejected", "cancelled")},
			},
			"work_orders": schema.ListNestedAttribute{
				Computed: true, MarkdownDescription: "The work orders, oldest first.",
				NestedObject: schema.NestedAttributeObject{Attributes: workOrderAttributes()},
			},
		},
	}
}

func workOrderAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id": textOut("Id of the work order."), "request_id": textOut("Id of the request that asked for it."),
		"connector_id": textOut("Id of the connector that is to push."), "certificate_id": textOut("Id of the certificate."),
		"version": numberOut("Which version of the certificate."), "status": textOut("Where it stands."),
		"waits_for": textOut("What it waits for, in a sentence; null when for nothing."), "requester": textOut("Who asked for it, and cannot approve it."),
		"comments": textOut("What the requester noted."), "levels": numberOut("How many people have to agree."),
		"approvals": schema.ListNestedAttribute{
			Computed: true, MarkdownDescription: "Who has agreed, by level.",
			NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
				"level": numberOut("Which approval it was, from 1."), "principal": textOut("Who approved."), "comments": textOut("What was noted."),
				"approved_at": textOut("When, RFC 3339 in UTC."),
			}},
		},
		"scheduled_at": textOut("Time it waits for once everybody has agreed; null when for none."), "expires_at": textOut("When approvals are worth nothing any more."),
		"ended_by": textOut("Who rejected or cancelled it."), "reason": textOut("Why it was rejected or cancelled."), "created_at": textOut("When it was asked for."),
	}
}

func (d *workOrdersDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var m workOrdersModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	if resp.Diagnostics.HasError() {
		return
	}
	orders, err := d.WorkOrders(ctx, m.ConnectorID.ValueString(), m.Status.ValueString())
	if err != nil {
		addError(&resp.Diagnostics, "Cannot list work orders", err)
		return
	}
	m.WorkOrders = []workOrderModel{}
	for _, order := range orders {
		m.WorkOrders = append(m.WorkOrders, workOrderState(order))
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, m)...)
}

func workOrderState(w api.WorkOrder) workOrderModel {
	m := workOrderModel{
		ID: types.StringValue(w.ID), RequestID: optional(w.RequestID), ConnectorID: types.StringValue(w.ConnectorID),
		CertificateID: types.StringValue(w.CertificateID), Version: types.Int64Value(w.Version), Status: types.StringValue(w.Status),
		WaitsFor: optional(w.WaitsFor), Requester: types.StringValue(w.Requester), Comments: optional(w.Comments), Levels: types.Int64Value(int64(w.Levels)),
		Approvals: []approvalModel{}, ScheduledAt: optionalTime(w.ScheduledAt), ExpiresAt: timestamp(w.ExpiresAt), EndedBy: optional(w.EndedBy),
		Reason: optional(w.Reason), CreatedAt: timestamp(w.CreatedAt),
	}
	for _, a := range w.Approvals {
		m.Approvals = append(m.Approvals, approvalModel{types.Int64Value(int64(a.Level)), types.StringValue(a.Principal), optional(a.Comments), timestamp(a.At)})
	}
	return m
}
