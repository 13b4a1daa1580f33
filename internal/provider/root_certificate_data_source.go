package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
)

func newRootDataSource() datasource.DataSource { return &rootDataSource{} }

type rootDataSource struct{ configuredDataSource }

// rootFacts is a root certificate that somebody else looks after.
type rootFacts struct {
	ID                  types.String `tfsdk:"id"`
	Name                types.String `tfsdk:"name"`
	State               types.String `tfsdk:"state"`
	CertificatePEM      types.String `tfsdk:"certificate_pem"`
	CertificateChainPEM types.String `tfsdk:"certificate_chain_pem"`
	SerialNumber        types.String `tfsdk:"serial_number"`
	FingerprintSHA256   types.String `tfsdk:"fingerprint_sha256"`
	ValidityStartTime   types.String `tfsdk:"validity_start_time"`
	ValidityEndTime     types.String `tfsdk:"validity_end_time"`
	KeyAlgorithm        types.String `tfsdk:"key_algorithm"`
	CanSign             types.Bool   `tfsdk:"can_sign"`
	InUsePEM            types.String `tfsdk:"in_use_certificate_pem"`
	InUseFingerprint    types.String `tfsdk:"in_use_fingerprint_sha256"`
}

func (d *rootDataSource) Metadata(_ context.Context, _ datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = "clm_root_certificate"
}

func (d *rootDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := map[string]schema.Attribute{
		"state":                     textOut("Where the slot stands: `active`, or while its certificate is being replaced `distributing`, `activating`, `retiring` or `rolling_back`."),
		"certificate_pem":           textOut("The certificate in PEM; while it is being replaced, the new one."),
		"certificate_chain_pem":     textOut("CA certificates above it in PEM, nearest first; empty for a self-signed root."),
		"serial_number":             textOut("Serial number, lower-case hex."),
		"fingerprint_sha256":        textOut("SHA-256 of the certificate, lower-case hex."),
		"validity_start_time":       textOut("When it becomes valid, RFC 3339 in UTC."),
		"validity_end_time":         textOut("When it expires, RFC 3339 in UTC."),
		"key_algorithm":             textOut("Algorithm of its key: `RSA`, `ECDSA` or `ED25519`."),
		"can_sign":                  boolOut("Whether the private key that signs now is held in the estate, so that it can issue certificates."),
		"in_use_certificate_pem":    textOut("The certificate that signs now, in PEM: the old one until a replacement is finalized."),
		"in_use_fingerprint_sha256": textOut("SHA-256 of the certificate that signs now, lower-case hex."),
	}
	for name, attribute := range lookupAttributes("root certificate") {
		attributes[name] = attribute
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "One root certificate, found by id or name, such as one that another configuration looks after, or `clm-server`, " +
			"by which servers and agents prove themselves to each other.",
		Attributes: attributes,
	}
}

func (d *rootDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var wanted rootFacts
	resp.Diagnostics.Append(req.Config.Get(ctx, &wanted)...)
	if resp.Diagnostics.HasError() {
		return
	}
	ref := reference(wanted.ID, wanted.Name)
	root, err := d.RootCertificate(ctx, ref)
	if err != nil {
		addError(&resp.Diagnostics, "Cannot read root certificate "+ref, err)
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, rootFactsOf(root))...)
}

func rootFactsOf(r api.RootCertificate) rootFacts {
	return rootFacts{
		ID: types.StringValue(r.ID), Name: types.StringValue(r.Name), State: types.StringValue(r.State),
		CertificatePEM: types.StringValue(r.CertificatePEM), CertificateChainPEM: types.StringValue(r.CertificateChainPEM),
		SerialNumber: types.StringValue(r.SerialNumber), FingerprintSHA256: types.StringValue(r.FingerprintSHA256),
		ValidityStartTime: timestamp(r.ValidityStartTime), ValidityEndTime: timestamp(r.ValidityEndTime),
		KeyAlgorithm: types.StringValue(r.KeyAlgorithm), CanSign: types.BoolValue(r.CanSign),
		InUsePEM: types.StringValue(r.InUsePEM), InUseFingerprint: types.StringValue(r.InUseFingerprint),
	}
}
