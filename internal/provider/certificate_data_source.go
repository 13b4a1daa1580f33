package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
)

func newCertificateDataSource() datasource.DataSource { return &certificateDataSource{} }

type certificateDataSource struct{ configuredDataSource }

// certificateFacts is a certificate as data sources show it.
type certificateFacts struct {
	ID                  types.String `tfsdk:"id"`
	Name                types.String `tfsdk:"name"`
	IssuerID            types.String `tfsdk:"issuer_id"`
	CommonName          types.String `tfsdk:"common_name"`
	DNSNames            types.Set    `tfsdk:"dns_names"`
	IPAddresses         types.Set    `tfsdk:"ip_addresses"`
	EmailAddresses      types.Set    `tfsdk:"email_addresses"`
	URIs                types.Set    `tfsdk:"uris"`
	KeyAlgorithm        types.String `tfsdk:"key_algorithm"`
	Status              types.String `tfsdk:"status"`
	StatusColor         types.String `tfsdk:"status_color"`
	Version             types.Int64  `tfsdk:"version"`
	CertificatePEM      types.String `tfsdk:"certificate_pem"`
	CertificateChainPEM types.String `tfsdk:"certificate_chain_pem"`
	SerialNumber        types.String `tfsdk:"serial_number"`
	FingerprintSHA256   types.String `tfsdk:"fingerprint_sha256"`
	ValidityStartTime   types.String `tfsdk:"validity_start_time"`
	ValidityEndTime     types.String `tfsdk:"validity_end_time"`
	RenewalTime         types.String `tfsdk:"renewal_time"`
	ReadyForRenewal     types.Bool   `tfsdk:"ready_for_renewal"`
	RevokedAt           types.String `tfsdk:"revoked_at"`
	RevocationReason    types.String `tfsdk:"revocation_reason"`
}

func certificateFactsAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id": textOut("Id of the certificate."), "name": textOut("Name of the certificate."),
		"issuer_id": textOut("Id of the root certificate that signs."), "common_name": textOut("Common name (CN)."),
		"dns_names": setOut("DNS names."), "ip_addresses": setOut("IP addresses."),
		"email_addresses": setOut("E-mail addresses."), "uris": setOut("URIs, such as SPIFFE ids."),
		"key_algorithm":         textOut("`RSA`, `ECDSA` or `ED25519`."),
		"status":                textOut("`issued`, `on_hold`, `expired` or `revoked`."),
		"status_color":          textOut("The status as a colour: `green`, `blue` within 90 days of expiry, `yellow` within 30, `orange` within 10, `red` expired, `black` revoked or on hold."),
		"version":               numberOut("Number of the current version, from 1."),
		"certificate_pem":       textOut("The current certificate in PEM."),
		"certificate_chain_pem": textOut("The CA certificates above it in PEM, its issuer first, the root last."),
		"serial_number":         textOut("Serial number, lower-case hex."),
		"fingerprint_sha256":    textOut("SHA-256 of the certificate, lower-case hex."),
		"validity_start_time":   textOut("When it becomes valid, RFC 3339 in UTC."),
		"validity_end_time":     textOut("When it expires, RFC 3339 in UTC."),
		"renewal_time":          textOut("When it becomes ready for renewal, RFC 3339 in UTC."),
		"ready_for_renewal":     boolOut("Whether that time has come."),
		"revoked_at":            textOut("When it was revoked or put on hold, RFC 3339 in UTC."),
		"revocation_reason":     textOut("Why it was revoked (RFC 5280, 5.3.1, in lower_snake_case); `certificate_hold` may be taken back."),
	}
}

func (d *certificateDataSource) Metadata(_ context.Context, _ datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = "clm_certificate"
}

func (d *certificateDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := certificateFactsAttributes()
	for name, attribute := range lookupAttributes("certificate") {
		attributes[name] = attribute
	}
	resp.Schema = schema.Schema{MarkdownDescription: "One certificate, found by id or name, with its current version.", Attributes: attributes}
}

func (d *certificateDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var wanted certificateFacts
	resp.Diagnostics.Append(req.Config.Get(ctx, &wanted)...)
	if resp.Diagnostics.HasError() {
		return
	}
	ref := reference(wanted.ID, wanted.Name)
	certificate, err := d.Certificate(ctx, ref)
	if err != nil {
		addError(&resp.Diagnostics, "Cannot read certificate "+ref, err)
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, factsOf(ctx, certificate, &resp.Diagnostics))...)
}

func factsOf(ctx context.Context, c api.Certificate, diags *diag.Diagnostics) certificateFacts {
	f := certificateFacts{
		ID: types.StringValue(c.ID), Name: types.StringValue(c.Spec.Name), IssuerID: types.StringValue(c.Spec.IssuerID),
		CommonName: optional(c.Spec.Subject.CommonName), DNSNames: setOf(ctx, c.Spec.DNSNames, diags), IPAddresses: setOf(ctx, c.Spec.IPAddresses, diags),
		EmailAddresses: setOf(ctx, c.Spec.EmailAddresses, diags), URIs: setOf(ctx, c.Spec.URIs, diags),
		KeyAlgorithm: types.StringValue(c.Spec.KeyAlgorithm), Status: types.StringValue(c.Status), StatusColor: types.StringValue(c.StatusColor),
		Version: types.Int64Value(c.Version), CertificatePEM: types.StringValue(c.CertificatePEM), CertificateChainPEM: types.StringValue(c.CertificateChainPEM),
		SerialNumber: types.StringValue(c.SerialNumber), FingerprintSHA256: types.StringValue(c.FingerprintSHA256),
		ValidityStartTime: timestamp(c.ValidityStartTime), ValidityEndTime: timestamp(c.ValidityEndTime), RenewalTime: timestamp(c.RenewalTime),
		ReadyForRenewal: types.BoolValue(c.ReadyForRenewal), RevokedAt: types.StringNull(), RevocationReason: optional(c.RevokedReason),
	}
	if c.RevokedAt != nil {
		f.RevokedAt = timestamp(*c.RevokedAt)
	}
	return f
}
