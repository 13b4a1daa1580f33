package provider

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
)

type rootModel struct {
	ID                     types.String   `tfsdk:"id"`
	Name                   types.String   `tfsdk:"name"`
	PFXFile                types.String   `tfsdk:"pfx_file"`
	PFXFileSHA256          types.String   `tfsdk:"pfx_file_sha256"`
	PFXBase64WO            types.String   `tfsdk:"pfx_base64_wo"`
	PFXWOVersion           types.Int64    `tfsdk:"pfx_wo_version"`
	PFXPasswordWO          types.String   `tfsdk:"pfx_password_wo"`
	PFXPasswordWOVersion   types.Int64    `tfsdk:"pfx_password_wo_version"`
	CertificatePEM         pemValue       `tfsdk:"certificate_pem"`
	PrivateKeyPEMWO        types.String   `tfsdk:"private_key_pem_wo"`
	PrivateKeyPEMWOVersion types.Int64    `tfsdk:"private_key_pem_wo_version"`
	SelfSigned             types.Object   `tfsdk:"self_signed"`
	DeletionProtection     types.Bool     `tfsdk:"deletion_protection"`
	CertificateChainPEM    types.String   `tfsdk:"certificate_chain_pem"`
	SerialNumber           types.String   `tfsdk:"serial_number"`
	FingerprintSHA256      types.String   `tfsdk:"fingerprint_sha256"`
	ValidityStartTime      types.String   `tfsdk:"validity_start_time"`
	ValidityEndTime        types.String   `tfsdk:"validity_end_time"`
	CertificateKey         types.String   `tfsdk:"key_algorithm"`
	CanSign                types.Bool     `tfsdk:"can_sign"`
	Replacement            types.Object   `tfsdk:"replacement"`
	State                  types.String   `tfsdk:"state"`
	InUsePEM               types.String   `tfsdk:"in_use_certificate_pem"`
	InUseFingerprint       types.String   `tfsdk:"in_use_fingerprint_sha256"`
	AdvancePending         types.Bool     `tfsdk:"advance_pending"`
	Timeouts               timeouts.Value `tfsdk:"timeouts"`
}

type selfSignedModel struct {
	Subject             subjectModel `tfsdk:"subject"`
	KeyAlgorithm        types.String `tfsdk:"key_algorithm"`
	RSABits             types.Int64  `tfsdk:"rsa_bits"`
	ECDSACurve          types.String `tfsdk:"ecdsa_curve"`
	ValidityPeriodHours types.Int64  `tfsdk:"validity_period_hours"`
	MaxPathLength       types.Int64  `tfsdk:"max_path_length"`
}

func selfSignedTypes() map[string]attr.Type {
	return map[string]attr.Type{
		"subject":       types.ObjectType{AttrTypes: subjectTypes(true)},
		"key_algorithm": types.StringType, "rsa_bits": types.Int64Type, "ecdsa_curve": types.StringType,
		"validity_period_hours": types.Int64Type, "max_path_length": types.Int64Type,
	}
}

func (m selfSignedModel) request() *api.SelfSigned {
	return &api.SelfSigned{
		Subject: m.Subject.request(), KeyAlgorithm: m.KeyAlgorithm.ValueString(),
		RSABits: int(m.RSABits.ValueInt64()), ECDSACurve: m.ECDSACurve.ValueString(),
		ValidityPeriodHours: m.ValidityPeriodHours.ValueInt64(), MaxPathLength: m.MaxPathLength.ValueInt64Pointer(),
	}
}

func selfSignedObject(ctx context.Context, s *api.SelfSigned) (types.Object, diag.Diagnostics) {
	if s == nil {
		return types.ObjectNull(selfSignedTypes()), nil
	}
	return types.ObjectValueFrom(ctx, selfSignedTypes(), selfSignedModel{
		Subject: subjectOf(s.Subject), KeyAlgorithm: optional(s.KeyAlgorithm), RSABits: number(int64(s.RSABits)),
		ECDSACurve: optional(s.ECDSACurve), ValidityPeriodHours: types.Int64Value(s.ValidityPeriodHours),
		MaxPathLength: types.Int64PointerValue(s.MaxPathLength),
	})
}

// number shows what may be absent: absent and zero are the same.
func number(n int64) types.Int64 {
	if n == 0 {
		return types.Int64Null()
	}
	return types.Int64Value(n)
}

// source describes where the certificate comes from, without any of it.
func (m rootModel) source(ctx context.Context, diags *diag.Diagnostics) api.RootSource {
	source := api.RootSource{
		PFXFile: m.PFXFile.ValueString(), PFXFileSHA256: m.PFXFileSHA256.ValueString(), PFXVersion: m.PFXWOVersion.ValueInt64(),
		PasswordVersion: m.PFXPasswordWOVersion.ValueInt64(), PrivateKeyVersion: m.PrivateKeyPEMWOVersion.ValueInt64(),
	}
	recipe, selfSigned := known[selfSignedModel](ctx, m.SelfSigned, diags)
	switch {
	case !m.PFXFile.IsNull():
		source.Kind = "pfx_file"
	case selfSigned:
		source.Kind, source.SelfSigned = "self_signed", recipe.request()
	case !m.PFXWOVersion.IsNull():
		source.Kind = "pfx_base64"
	default:
		source.Kind = "pem"
	}
	return source
}

// state shows a root certificate as state. Write-only values never return;
// timeouts and the words of the policy are the configuration's own.
func (m rootModel) state(ctx context.Context, r api.RootCertificate, diags *diag.Diagnostics) rootModel {
	selfSigned, d := selfSignedObject(ctx, r.Source.SelfSigned)
	diags.Append(d...)
	return rootModel{
		ID: types.StringValue(r.ID), Name: types.StringValue(r.Name),
		PFXFile: optional(r.Source.PFXFile), PFXFileSHA256: optional(r.Source.PFXFileSHA256), PFXWOVersion: number(r.Source.PFXVersion),
		PFXPasswordWOVersion: number(r.Source.PasswordVersion), PrivateKeyPEMWOVersion: number(r.Source.PrivateKeyVersion),
		CertificatePEM: newPEM(r.CertificatePEM), CertificateChainPEM: types.StringValue(r.CertificateChainPEM),
		SelfSigned: selfSigned, DeletionProtection: types.BoolValue(r.DeletionProtection),
		SerialNumber: types.StringValue(r.SerialNumber), FingerprintSHA256: types.StringValue(r.FingerprintSHA256),
		ValidityStartTime: timestamp(r.ValidityStartTime), ValidityEndTime: timestamp(r.ValidityEndTime),
		CertificateKey: types.StringValue(r.KeyAlgorithm), CanSign: types.BoolValue(r.CanSign),
		Replacement: replacementObject(ctx, m.Replacement, r.Policy, diags), State: types.StringValue(r.State),
		InUsePEM: types.StringValue(r.InUsePEM), InUseFingerprint: types.StringValue(r.InUseFingerprint),
		AdvancePending: types.BoolValue(r.Replacement != nil && r.Replacement.CanAdvance), Timeouts: m.Timeouts,
	}
}

// timestamp shows a time as RFC 3339 in UTC.
func timestamp(t time.Time) types.String { return types.StringValue(t.UTC().Format(time.RFC3339)) }
