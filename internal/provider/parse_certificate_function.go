package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

func newParseCertificateFunction() function.Function { return parseCertificateFunction{} }

type parseCertificateFunction struct{}

// certificateInfo is what parse_certificate returns.
type certificateInfo struct {
	Version                types.Int64  `tfsdk:"version"`
	SerialNumber           types.String `tfsdk:"serial_number"`
	SubjectDN              types.String `tfsdk:"subject_dn"`
	IssuerDN               types.String `tfsdk:"issuer_dn"`
	CommonName             types.String `tfsdk:"common_name"`
	FingerprintSHA256      types.String `tfsdk:"fingerprint_sha256"`
	FingerprintSHA1        types.String `tfsdk:"fingerprint_sha1"`
	PublicKeyFingerprint   types.String `tfsdk:"public_key_fingerprint_sha256"`
	ValidityStartTime      types.String `tfsdk:"validity_start_time"`
	ValidityEndTime        types.String `tfsdk:"validity_end_time"`
	KeyAlgorithm           types.String `tfsdk:"key_algorithm"`
	RSABits                types.Int64  `tfsdk:"rsa_bits"`
	ECDSACurve             types.String `tfsdk:"ecdsa_curve"`
	SignatureAlgorithm     types.String `tfsdk:"signature_algorithm"`
	IsCA                   types.Bool   `tfsdk:"is_ca"`
	SelfSigned             types.Bool   `tfsdk:"self_signed"`
	MaxPathLength          types.Int64  `tfsdk:"max_path_length"`
	KeyUsages              types.List   `tfsdk:"key_usages"`
	ExtKeyUsages           types.List   `tfsdk:"ext_key_usages"`
	DNSNames               types.List   `tfsdk:"dns_names"`
	IPAddresses            types.List   `tfsdk:"ip_addresses"`
	EmailAddresses         types.List   `tfsdk:"email_addresses"`
	URIs                   types.List   `tfsdk:"uris"`
	SubjectKeyID           types.String `tfsdk:"subject_key_id"`
	AuthorityKeyID         types.String `tfsdk:"authority_key_id"`
	CRLDistributionPoints  types.List   `tfsdk:"crl_distribution_points"`
	OCSPServers            types.List   `tfsdk:"ocsp_servers"`
	IssuingCertificateURLs types.List   `tfsdk:"issuing_certificate_urls"`
}

func certificateInfoTypes() map[string]attr.Type {
	kinds := map[string]attr.Type{
		"version": types.Int64Type, "rsa_bits": types.Int64Type, "max_path_length": types.Int64Type,
		"is_ca": types.BoolType, "self_signed": types.BoolType,
	}
	for _, name := range []string{
		"serial_number", "subject_dn", "issuer_dn", "common_name", "fingerprint_sha256", "fingerprint_sha1", "public_key_fingerprint_sha256",
		"validity_start_time", "validity_end_time", "key_algorithm", "ecdsa_curve", "signature_algorithm", "subject_key_id", "authority_key_id",
	} {
		kinds[name] = types.StringType
	}
	for _, name := range []string{
		"key_usages", "ext_key_usages", "dns_names", "ip_addresses", "email_addresses", "uris",
		"crl_distribution_points", "ocsp_servers", "issuing_certificate_urls",
	} {
		kinds[name] = types.ListType{ElemType: types.StringType}
	}
	return kinds
}

func (parseCertificateFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "parse_certificate"
}

func (parseCertificateFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "Read what a certificate says",
		MarkdownDescription: "Reads one certificate in PEM and returns its parts. Hex is lower-case without separators, times are RFC 3339 in UTC, " +
			"usages are in lower_snake_case. What the certificate does not have is null or empty.",
		Parameters: []function.Parameter{function.StringParameter{Name: "certificate_pem", MarkdownDescription: "One certificate in PEM."}},
		Return:     function.ObjectReturn{AttributeTypes: certificateInfoTypes()},
	}
}

func (parseCertificateFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var text string
	if resp.Error = req.Arguments.Get(ctx, &text); resp.Error != nil {
		return
	}
	certificate, err := pki.ParseCertificate([]byte(text))
	if err != nil {
		resp.Error = argumentError(err)
		return
	}
	resp.Error = resp.Result.Set(ctx, infoOf(pki.Describe(certificate)))
}

func infoOf(i pki.Info) certificateInfo {
	out := certificateInfo{
		Version: types.Int64Value(int64(i.Version)), SerialNumber: types.StringValue(i.SerialNumber),
		SubjectDN: types.StringValue(i.SubjectDN), IssuerDN: types.StringValue(i.IssuerDN), CommonName: optional(i.Subject.CommonName),
		FingerprintSHA256: types.StringValue(i.FingerprintSHA256), FingerprintSHA1: types.StringValue(i.FingerprintSHA1),
		PublicKeyFingerprint: types.StringValue(i.PublicKeyFingerprint),
		ValidityStartTime:    timestamp(i.ValidityStartTime), ValidityEndTime: timestamp(i.ValidityEndTime),
		KeyAlgorithm: optional(i.KeyAlgorithm), RSABits: number(int64(i.RSABits)), ECDSACurve: optional(i.Curve),
		SignatureAlgorithm: types.StringValue(i.SignatureAlgorithm), IsCA: types.BoolValue(i.IsCA), SelfSigned: types.BoolValue(i.SelfSigned),
		MaxPathLength: types.Int64Null(), KeyUsages: listOf(i.KeyUsages), ExtKeyUsages: listOf(i.ExtKeyUsages),
		DNSNames: listOf(i.Names.DNS), IPAddresses: listOf(i.Names.IPs), EmailAddresses: listOf(i.Names.Emails), URIs: listOf(i.Names.URIs),
		SubjectKeyID: optional(i.SubjectKeyID), AuthorityKeyID: optional(i.AuthorityKeyID),
		CRLDistributionPoints: listOf(i.CRLDistributionPoints), OCSPServers: listOf(i.OCSPServers), IssuingCertificateURLs: listOf(i.IssuingCertificateURLs),
	}
	if i.MaxPathLength != nil {
		out.MaxPathLength = types.Int64Value(int64(*i.MaxPathLength))
	}
	return out
}

// listOf shows strings in the order the certificate has them; none is an empty list.
func listOf(values []string) types.List {
	elements := make([]attr.Value, len(values))
	for i, v := range values {
		elements[i] = types.StringValue(v)
	}
	return types.ListValueMust(types.StringType, elements)
}
