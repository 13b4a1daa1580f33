package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

func newWorkOrderDataSource() datasource.DataSource { return &workOrderDataSource{} }

type workOrderDataSource struct{ configuredDataSource }

func (d *workOrderDataSource) Metadata(_ context.Context, _ datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = "clm_work_order"
}

func (d *workOrderDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := workOrderAttributes()
	attributes["id"] = schema.StringAttribute{
		Required: true, Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
		MarkdownDescription: "Id of the work order, as `work_order_id` of its connector tells.",
	}
	resp.Schema = schema.Schema{MarkdownDescription: "One work order: what was asked to be pushed, who agreed, and what it waits for.", Attributes: attributes}
}

func (d *workOrderDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var wanted workOrderModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &wanted)...)
	if resp.Diagnostics.HasError() {
		return
	}
	id := wanted.ID.ValueString()
	order, err := d.WorkOrder(ctx, id)
	if err != nil {
		addErrorAt(&resp.Diagnostics, path.Root("id"), "Cannot read work order "+id, err)
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, workOrderState(order))...)
}
