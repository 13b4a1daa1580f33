package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
)

func newPushValidationReportDataSource() datasource.DataSource {
	return &pushValidationReportDataSource{}
}

type pushValidationReportDataSource struct{ configuredDataSource }

type pushValidationReportModel struct {
	CertificateID types.String          `tfsdk:"certificate_id"`
	DeviceID      types.String          `tfsdk:"device_id"`
	Total         types.Int64           `tfsdk:"total"`
	Succeeded     types.Int64           `tfsdk:"succeeded"`
	Failed        types.Int64           `tfsdk:"failed"`
	Percent       types.Float64         `tfsdk:"percent"`
	NotVerified   types.Int64           `tfsdk:"not_verified"`
	Results       []pushValidationModel `tfsdk:"results"`
}

type pushValidationModel struct {
	ConnectorID   types.String `tfsdk:"connector_id"`
	Connector     types.String `tfsdk:"connector"`
	DeviceID      types.String `tfsdk:"device_id"`
	Device        types.String `tfsdk:"device"`
	CertificateID types.String `tfsdk:"certificate_id"`
	Certificate   types.String `tfsdk:"certificate"`
	Address       types.String `tfsdk:"address"`
	Succeeded     types.Bool   `tfsdk:"succeeded"`
	Expected      types.String `tfsdk:"expected"`
	Served        types.String `tfsdk:"served"`
	Reason        types.String `tfsdk:"reason"`
	Detail        types.String `tfsdk:"detail"`
	CheckedAt     types.String `tfsdk:"checked_at"`
}

func (d *pushValidationReportDataSource) Metadata(_ context.Context, _ datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = "clm_push_validation_report"
}

func (d *pushValidationReportDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "How much of what was pushed is really served: every address that connectors name in `verify` is looked at when the data source is read. " +
			"Make it depend on the connectors, so that it is read after they were changed.",
		Attributes: map[string]schema.Attribute{
			"certificate_id": schema.StringAttribute{Optional: true, MarkdownDescription: "Only on the certificate with this id."},
			"device_id":      schema.StringAttribute{Optional: true, MarkdownDescription: "Only on the device with this id."},
			"total":          numberOut("How many addresses were looked at. A connector that nothing was pushed by yet has none."),
			"succeeded":      numberOut("How many of them serve what was pushed."),
			"failed":         numberOut("How many do not."),
			"percent":        schema.Float64Attribute{Computed: true, MarkdownDescription: "Share that succeeded, from 0 to 100; null when nothing was looked at."},
			"not_verified":   numberOut("How many connectors were pushed to and have no `verify`, so that nobody knows."),
			"results": schema.ListNestedAttribute{
				Computed: true, MarkdownDescription: "Each address, by name of the connector.",
				NestedObject: schema.NestedAttributeObject{Attributes: pushValidationAttributes()},
			},
		},
	}
}

func pushValidationAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"connector_id": textOut("Id of the connector."), "connector": textOut("Name of the connector."),
		"device_id": textOut("Id of the device."), "device": textOut("Name of the device."),
		"certificate_id": textOut("Id of the certificate."), "certificate": textOut("Name of the certificate."),
		"address":    textOut("What was looked at, `IP:port`; as configured where the name has no address."),
		"succeeded":  boolOut("Whether it serves what was pushed."),
		"expected":   textOut("SHA-256 of the certificate that should be served, lower-case hex."),
		"served":     textOut("SHA-256 of the one that is; null when none was seen."),
		"reason":     textOut("Why it failed; the values are those of `clm_connector`'s `sync_reason`."),
		"detail":     textOut("The same in a sentence, where there is more to say."),
		"checked_at": textOut("When it was looked at, RFC 3339 in UTC."),
	}
}

func (d *pushValidationReportDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var m pushValidationReportModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	if resp.Diagnostics.HasError() {
		return
	}
	report, err := d.PushValidationReport(ctx, m.CertificateID.ValueString(), m.DeviceID.ValueString())
	if err != nil {
		addError(&resp.Diagnostics, "Cannot look at what is served", err)
		return
	}
	m.show(report)
	resp.Diagnostics.Append(resp.State.Set(ctx, m)...)
}

func (m *pushValidationReportModel) show(report api.PushValidationReport) {
	m.Total, m.Succeeded = types.Int64Value(int64(report.Total)), types.Int64Value(int64(report.Succeeded))
	m.Failed, m.NotVerified = types.Int64Value(int64(report.Failed)), types.Int64Value(int64(report.NotVerified))
	m.Percent = types.Float64PointerValue(report.Percent)
	m.Results = make([]pushValidationModel, 0, len(report.Results))
	for _, r := range report.Results {
		m.Results = append(m.Results, pushValidationModel{
			ConnectorID: types.StringValue(r.ConnectorID), Connector: types.StringValue(r.Connector),
			DeviceID: types.StringValue(r.DeviceID), Device: types.StringValue(r.Device),
			CertificateID: types.StringValue(r.CertificateID), Certificate: types.StringValue(r.Certificate),
			Address: types.StringValue(r.Address), Succeeded: types.BoolValue(r.Succeeded), Expected: types.StringValue(r.Expected),
			Served: optional(r.Served), Reason: optional(r.Reason), Detail: optional(r.Detail), CheckedAt: timestamp(r.CheckedAt),
		})
	}
}
