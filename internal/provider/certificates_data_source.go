package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/client"
)

func newCertificatesDataSource() datasource.DataSource { return &certificatesDataSource{} }

type certificatesDataSource struct{ configuredDataSource }

type certificatesModel struct {
	IssuerID           types.String       `tfsdk:"issuer_id"`
	CommonName         types.String       `tfsdk:"common_name"`
	NameContains       types.String       `tfsdk:"name_contains"`
	ExpiresWithinHours types.Int64        `tfsdk:"expires_within_hours"`
	Revoked            types.Bool         `tfsdk:"revoked"`
	Certificates       []certificateFacts `tfsdk:"certificates"`
}

func (d *certificatesDataSource) Metadata(_ context.Context, _ datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = "clm_certificates"
}

func (d *certificatesDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The certificates of the estate, by name. All filters given must hold.",
		Attributes: map[string]schema.Attribute{
			"issuer_id":     schema.StringAttribute{Optional: true, MarkdownDescription: "Only those issued by this root certificate."},
			"common_name":   schema.StringAttribute{Optional: true, MarkdownDescription: "Only those with exactly this common name."},
			"name_contains": schema.StringAttribute{Optional: true, MarkdownDescription: "Only those whose name holds this text; upper and lower case differ."},
			"expires_within_hours": schema.Int64Attribute{
				Optional: true, Validators: []validator.Int64{int64validator.Between(0, maxValidityHours)},
				MarkdownDescription: "Only those whose current version expires within so many hours from now, or has expired.",
			},
			"revoked": schema.BoolAttribute{Optional: true, MarkdownDescription: "`true`: only those whose current version is revoked."},
			"certificates": schema.ListNestedAttribute{
				Computed: true, MarkdownDescription: "What was found.",
				NestedObject: schema.NestedAttributeObject{Attributes: certificateFactsAttributes()},
			},
		},
	}
}

func (d *certificatesDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var m certificatesModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	if resp.Diagnostics.HasError() {
		return
	}
	found, err := d.Client.Certificates(ctx, m.filter())
	if err != nil {
		addError(&resp.Diagnostics, "Cannot list certificates", err)
		return
	}
	m.Certificates = make([]certificateFacts, 0, len(found))
	for _, c := range found {
		m.Certificates = append(m.Certificates, factsOf(ctx, c, &resp.Diagnostics))
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, m)...)
}

func (m certificatesModel) filter() client.CertificateFilter {
	return client.CertificateFilter{
		IssuerID: m.IssuerID.ValueString(), CommonName: m.CommonName.ValueString(), NameContains: m.NameContains.ValueString(),
		ExpiresWithinHours: m.ExpiresWithinHours.ValueInt64Pointer(), Revoked: m.Revoked.ValueBool(),
	}
}
