package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

func newTopologyDataSource() datasource.DataSource { return &topologyDataSource{} }

type topologyDataSource struct{ configuredDataSource }

func (d *topologyDataSource) Metadata(_ context.Context, _ datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = "clm_topology"
}

func (d *topologyDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "A certificate with everything around it, as it is now: who vouches for it, and each connector with its device and newest work order. " +
			"Every device is looked at when the data source is read.",
		Attributes: map[string]schema.Attribute{
			"certificate_id": schema.StringAttribute{
				Required: true, Validators: []validator.String{stringvalidator.LengthAtLeast(1)}, MarkdownDescription: "Id of the certificate.",
			},
			"certificate": schema.SingleNestedAttribute{
				Computed: true, MarkdownDescription: "The certificate.", Attributes: certificateFactsAttributes(),
			},
			"chain": schema.ListNestedAttribute{
				Computed: true, MarkdownDescription: "The CA certificates that vouch for it, the issuer first, the root last.",
				NestedObject: schema.NestedAttributeObject{Attributes: topologyIssuerAttributes()},
			},
			"connectors": schema.ListNestedAttribute{
				Computed: true, MarkdownDescription: "Where it lives, by name of the connector.",
				NestedObject: schema.NestedAttributeObject{Attributes: topologyConnectorAttributes()},
			},
		},
	}
}

func topologyIssuerAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"common_name": textOut("Common name of its subject."), "serial_number": textOut("Serial number, lower-case hex."),
		"fingerprint_sha256": textOut("SHA-256 of the certificate, lower-case hex."), "validity_end_time": textOut("When it expires, RFC 3339 in UTC."),
		"status_color": textOut("`green`, `blue`, `yellow`, `orange` or `red` by the days it has left."),
	}
}

func topologyConnectorAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id": textOut("Id of the connector."), "name": textOut("Name of the connector."),
		"sync_status": textOut("`in_sync`, `out_of_sync` or `not_observed`."), "sync_reason": textOut("Why it is out of sync."),
		"status_color": textOut("The state as a colour; the values are those of `clm_connector`'s `status_color`."),
		"last_push_at": textOut("When the last successful push was."), "pushed_fingerprint": textOut("SHA-256 of the certificate it put there."),
		"device": schema.SingleNestedAttribute{
			Computed: true, MarkdownDescription: "The device.",
			Attributes: map[string]schema.Attribute{
				"id": textOut("Id of the device."), "name": textOut("Name of the device."), "data_center": textOut("Where it stands."),
				"group": textOut("What it belongs to."), "vendor": textOut("What serves its certificates."), "cert_sync": textOut("How it is treated."),
			},
		},
		"work_order": schema.SingleNestedAttribute{
			Computed: true, MarkdownDescription: "The newest work order; null where pushes need none.", Attributes: workOrderAttributes(),
		},
	}
}

func (d *topologyDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var id types.String
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("certificate_id"), &id)...)
	if resp.Diagnostics.HasError() {
		return
	}
	topology, err := d.Topology(ctx, id.ValueString())
	if err != nil {
		addErrorAt(&resp.Diagnostics, path.Root("certificate_id"), "Cannot show what is around certificate "+id.ValueString(), err)
		return
	}
	m := topologyModel{CertificateID: id, Certificate: factsOf(ctx, topology.Certificate, &resp.Diagnostics)}
	m.show(topology)
	resp.Diagnostics.Append(resp.State.Set(ctx, m)...)
}
