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

func newRevocationListDataSource() datasource.DataSource { return &revocationListDataSource{} }

type revocationListDataSource struct{ configuredDataSource }

type revocationListModel struct {
	RootCertificateID types.String              `tfsdk:"root_certificate_id"`
	Fingerprint       types.String              `tfsdk:"ca_fingerprint_sha256"`
	Number            types.Int64               `tfsdk:"number"`
	ThisUpdate        types.String              `tfsdk:"this_update"`
	NextUpdate        types.String              `tfsdk:"next_update"`
	CRLPEM            types.String              `tfsdk:"crl_pem"`
	DeltaCRLPEM       types.String              `tfsdk:"delta_crl_pem"`
	Revoked           []revokedCertificateModel `tfsdk:"revoked"`
}

type revokedCertificateModel struct {
	SerialNumber types.String `tfsdk:"serial_number"`
	RevokedAt    types.String `tfsdk:"revoked_at"`
	Reason       types.String `tfsdk:"reason"`
}

func (d *revocationListDataSource) Metadata(_ context.Context, _ datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = "clm_revocation_list"
}

func (d *revocationListDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "What is revoked of what a root certificate has issued, as a certificate revocation list (CRL, RFC 5280). " +
			"Reading it signs the next list when something was revoked or released since, or when half of its life of seven days is over; " +
			"so a list that is read at least every three days never expires. A certificate stays on the lists until it has expired, also when it is deleted here.",
		Attributes: map[string]schema.Attribute{
			"root_certificate_id": schema.StringAttribute{
				Required: true, Validators: []validator.String{stringvalidator.LengthAtLeast(1)}, MarkdownDescription: "Id of the root certificate.",
			},
			"ca_fingerprint_sha256": textOut("SHA-256 of the CA certificate whose key signed the list, lower-case hex: the one that signs now."),
			"number":                numberOut("Number of the list. It rises with each, also after an older backup was restored."),
			"this_update":           textOut("From when the list is good, RFC 3339 in UTC."),
			"next_update":           textOut("Until when, RFC 3339 in UTC."),
			"crl_pem": textOut("The list in PEM. While the root certificate is being replaced and both certificates sign or have signed, " +
				"the lists of both, because whoever verifies by lists needs one for each."),
			"delta_crl_pem": textOut("What has changed since the last list that was signed for its age, as a delta CRL in PEM. Null with the first list."),
			"revoked": listOut("What is on the list, by serial number.", map[string]schema.Attribute{
				"serial_number": textOut("Serial number, lower-case hex."),
				"revoked_at":    textOut("When it was revoked, RFC 3339 in UTC."),
				"reason":        textOut("Why (RFC 5280, 5.3.1, in lower_snake_case); `certificate_hold` may be taken back."),
			}),
		},
	}
}

func (d *revocationListDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var m revocationListModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	if resp.Diagnostics.HasError() {
		return
	}
	list, err := d.RevocationList(ctx, m.RootCertificateID.ValueString())
	if err != nil {
		addError(&resp.Diagnostics, "Cannot read the revocation list of root certificate "+m.RootCertificateID.ValueString(), err)
		return
	}
	m.show(list)
	resp.Diagnostics.Append(resp.State.Set(ctx, m)...)
}

func (m *revocationListModel) show(list api.RevocationList) {
	m.Fingerprint, m.Number = types.StringValue(list.CAFingerprintSHA256), types.Int64Value(list.Number)
	m.ThisUpdate, m.NextUpdate = timestamp(list.ThisUpdate), timestamp(list.NextUpdate)
	m.CRLPEM, m.DeltaCRLPEM = types.StringValue(list.CRLPEM), optional(list.DeltaCRLPEM)
	m.Revoked = make([]revokedCertificateModel, 0, len(list.Revoked))
	for _, r := range list.Revoked {
		m.Revoked = append(m.Revoked, revokedCertificateModel{
			SerialNumber: types.StringValue(r.SerialNumber), RevokedAt: timestamp(r.RevokedAt), Reason: types.StringValue(r.Reason),
		})
	}
}
