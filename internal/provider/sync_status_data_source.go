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

func newSyncStatusDataSource() datasource.DataSource { return &syncStatusDataSource{} }

type syncStatusDataSource struct{ configuredDataSource }

type syncStatusModel struct {
	CertificateID types.String         `tfsdk:"certificate_id"`
	Total         types.Int64          `tfsdk:"total"`
	InSync        types.Int64          `tfsdk:"in_sync"`
	OutOfSync     types.Int64          `tfsdk:"out_of_sync"`
	NotObserved   types.Int64          `tfsdk:"not_observed"`
	Connectors    []connectorSyncModel `tfsdk:"connectors"`
}

type connectorSyncModel struct {
	ConnectorID types.String `tfsdk:"connector_id"`
	Connector   types.String `tfsdk:"connector"`
	DeviceID    types.String `tfsdk:"device_id"`
	Device      types.String `tfsdk:"device"`
	Status      types.String `tfsdk:"status"`
	Reason      types.String `tfsdk:"reason"`
	Detail      types.String `tfsdk:"detail"`
	StatusColor types.String `tfsdk:"status_color"`
}

func (d *syncStatusDataSource) Metadata(_ context.Context, _ datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = "clm_sync_status"
}

func (d *syncStatusDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "What the devices really have of one certificate: every connector is looked at when the data source is read. " +
			"Make it depend on the connectors, so that it is read after they were changed.",
		Attributes: map[string]schema.Attribute{
			"certificate_id": schema.StringAttribute{
				Required: true, Validators: []validator.String{stringvalidator.LengthAtLeast(1)}, MarkdownDescription: "Id of the certificate.",
			},
			"total":        numberOut("How many connectors the certificate has."),
			"in_sync":      numberOut("How many of them have the current version in place."),
			"out_of_sync":  numberOut("How many have not."),
			"not_observed": numberOut("How many are on devices that are ignored."),
			"connectors": schema.ListNestedAttribute{
				Computed: true, MarkdownDescription: "Each connector, by name.",
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"connector_id": textOut("Id of the connector."), "connector": textOut("Name of the connector."),
					"device_id": textOut("Id of the device."), "device": textOut("Name of the device."),
					"status":       textOut("`in_sync`, `out_of_sync` or `not_observed`."),
					"reason":       textOut("Why it is out of sync; the values are those of `clm_connector`'s `sync_reason`."),
					"detail":       textOut("The same in a sentence, where there is more to say."),
					"status_color": textOut("The state as a colour: that of the certificate, or `gray` when the last push failed, `purple` when the files were removed by hand."),
				}},
			},
		},
	}
}

func (d *syncStatusDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var m syncStatusModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	if resp.Diagnostics.HasError() {
		return
	}
	report, err := d.SyncStatus(ctx, m.CertificateID.ValueString())
	if err != nil {
		addError(&resp.Diagnostics, "Cannot tell the sync status of certificate "+m.CertificateID.ValueString(), err)
		return
	}
	m.show(report)
	resp.Diagnostics.Append(resp.State.Set(ctx, m)...)
}

func (m *syncStatusModel) show(report api.SyncReport) {
	m.Total, m.InSync = types.Int64Value(int64(report.Total)), types.Int64Value(int64(report.InSync))
	m.OutOfSync, m.NotObserved = types.Int64Value(int64(report.OutOfSync)), types.Int64Value(int64(report.NotObserved))
	m.Connectors = make([]connectorSyncModel, 0, len(report.Connectors))
	for _, c := range report.Connectors {
		m.Connectors = append(m.Connectors, connectorSyncModel{
			ConnectorID: types.StringValue(c.ConnectorID), Connector: types.StringValue(c.Connector),
			DeviceID: types.StringValue(c.DeviceID), Device: types.StringValue(c.Device),
			Status: types.StringValue(c.Sync.Status), Reason: optional(c.Sync.Reason), Detail: optional(c.Sync.Detail),
			StatusColor: types.StringValue(c.Sync.StatusColor),
		})
	}
}
