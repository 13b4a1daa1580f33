package provider

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/defaults"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/setdefault"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
)

type certificateModel struct {
	ID                  types.String   `tfsdk:"id"`
	Name                types.String   `tfsdk:"name"`
	IssuerID            types.String   `tfsdk:"issuer_id"`
	CommonName          types.String   `tfsdk:"common_name"`
	Subject             types.Object   `tfsdk:"subject"`
	DNSNames            types.Set      `tfsdk:"dns_names"`
	IPAddresses         types.Set      `tfsdk:"ip_addresses"`
	EmailAddresses      types.Set      `tfsdk:"email_addresses"`
	URIs                types.Set      `tfsdk:"uris"`
	ExtKeyUsages        types.Set      `tfsdk:"ext_key_usages"`
	KeyAlgorithm        types.String   `tfsdk:"key_algorithm"`
	RSABits             types.Int64    `tfsdk:"rsa_bits"`
	ECDSACurve          types.String   `tfsdk:"ecdsa_curve"`
	ValidityPeriodHours types.Int64    `tfsdk:"validity_period_hours"`
	EarlyRenewalHours   types.Int64    `tfsdk:"early_renewal_hours"`
	EarlyRenewalPercent types.Int64    `tfsdk:"early_renewal_percent"`
	RenewalTrigger      types.String   `tfsdk:"renewal_trigger"`
	RegenerationTrigger types.String   `tfsdk:"regeneration_trigger"`
	RevokeOnDestroy     types.Bool     `tfsdk:"revoke_on_destroy"`
	RevocationReason    types.String   `tfsdk:"revocation_reason"`
	Status              types.String   `tfsdk:"status"`
	Version             types.Int64    `tfsdk:"version"`
	CertificatePEM      types.String   `tfsdk:"certificate_pem"`
	CertificateChainPEM types.String   `tfsdk:"certificate_chain_pem"`
	SerialNumber        types.String   `tfsdk:"serial_number"`
	FingerprintSHA256   types.String   `tfsdk:"fingerprint_sha256"`
	ValidityStartTime   types.String   `tfsdk:"validity_start_time"`
	ValidityEndTime     types.String   `tfsdk:"validity_end_time"`
	ReadyForRenewal     types.Bool     `tfsdk:"ready_for_renewal"`
	Timeouts            timeouts.Value `tfsdk:"timeouts"`
}

func defaultUsages() defaults.Set {
	return setdefault.StaticValue(types.SetValueMust(types.StringType, []attr.Value{types.StringValue("server_auth"), types.StringValue("client_auth")}))
}

// spec is the wish behind a plan whose inputs are all known.
func (m certificateModel) spec(ctx context.Context, diags *diag.Diagnostics) api.CertificateSpec {
	subject, _ := known[leafSubjectModel](ctx, m.Subject, diags)
	return api.CertificateSpec{
		Name: m.Name.ValueString(), IssuerID: m.IssuerID.ValueString(), Subject: subject.named(m.CommonName).request(),
		DNSNames: members(ctx, m.DNSNames, diags), IPAddresses: members(ctx, m.IPAddresses, diags),
		EmailAddresses: members(ctx, m.EmailAddresses, diags), URIs: members(ctx, m.URIs, diags), ExtKeyUsages: members(ctx, m.ExtKeyUsages, diags),
		KeyAlgorithm: m.KeyAlgorithm.ValueString(), RSABits: int(m.RSABits.ValueInt64()), ECDSACurve: m.ECDSACurve.ValueString(),
		ValidityPeriodHours: m.ValidityPeriodHours.ValueInt64(), EarlyRenewalHours: m.EarlyRenewalHours.ValueInt64(),
		EarlyRenewalPercent: m.EarlyRenewalPercent.ValueInt64(),
		RenewalTrigger:      m.RenewalTrigger.ValueString(), RegenerationTrigger: m.RegenerationTrigger.ValueString(),
		RevokeOnDestroy: m.RevokeOnDestroy.ValueBool(), RevocationReason: m.RevocationReason.ValueString(),
	}
}

// inputs are the values the spec is made of.
func (m certificateModel) inputs() []attr.Value {
	return []attr.Value{
		m.Name, m.IssuerID, m.CommonName, m.Subject, m.DNSNames, m.IPAddresses, m.EmailAddresses, m.URIs, m.ExtKeyUsages,
		m.KeyAlgorithm, m.RSABits, m.ECDSACurve, m.ValidityPeriodHours, m.EarlyRenewalHours, m.EarlyRenewalPercent,
		m.RenewalTrigger, m.RegenerationTrigger, m.RevokeOnDestroy, m.RevocationReason,
	}
}

// waits tells whether an input is not known before apply.
func (m certificateModel) waits(ctx context.Context) bool {
	return slices.ContainsFunc(m.inputs(), func(v attr.Value) bool { return !fullyKnown(ctx, v) })
}

// sameInputs tells whether two models ask for the same.
func (m certificateModel) sameInputs(o certificateModel) bool {
	return slices.EqualFunc(m.inputs(), o.inputs(), func(a, b attr.Value) bool { return a.Equal(b) })
}

// state shows a certificate; timeouts are the configuration's own.
func (m certificateModel) state(ctx context.Context, c api.Certificate, diags *diag.Diagnostics) certificateModel {
	s := c.Spec
	subject, d := leafSubjectObject(ctx, s.Subject)
	diags.Append(d...)
	subject = sameNothing(ctx, m.Subject, subject)
	return certificateModel{
		ID: types.StringValue(c.ID), Name: types.StringValue(s.Name), IssuerID: types.StringValue(s.IssuerID),
		CommonName: optional(s.Subject.CommonName), Subject: subject,
		DNSNames: setOf(ctx, s.DNSNames, diags), IPAddresses: setOf(ctx, s.IPAddresses, diags),
		EmailAddresses: setOf(ctx, s.EmailAddresses, diags), URIs: setOf(ctx, s.URIs, diags), ExtKeyUsages: setOf(ctx, s.ExtKeyUsages, diags),
		KeyAlgorithm: types.StringValue(s.KeyAlgorithm), RSABits: number(int64(s.RSABits)), ECDSACurve: optional(s.ECDSACurve),
		ValidityPeriodHours: types.Int64Value(s.ValidityPeriodHours), EarlyRenewalHours: sameZero(m.EarlyRenewalHours, s.EarlyRenewalHours),
		EarlyRenewalPercent: number(s.EarlyRenewalPercent),
		RenewalTrigger:      optional(s.RenewalTrigger), RegenerationTrigger: optional(s.RegenerationTrigger),
		RevokeOnDestroy: types.BoolValue(s.RevokeOnDestroy), RevocationReason: types.StringValue(s.RevocationReason),
		Status: types.StringValue(c.Status), Version: types.Int64Value(c.Version),
		CertificatePEM: types.StringValue(c.CertificatePEM), CertificateChainPEM: types.StringValue(c.CertificateChainPEM),
		SerialNumber: types.StringValue(c.SerialNumber), FingerprintSHA256: types.StringValue(c.FingerprintSHA256),
		ValidityStartTime: timestamp(c.ValidityStartTime), ValidityEndTime: timestamp(c.ValidityEndTime),
		ReadyForRenewal: types.BoolValue(c.ReadyForRenewal || overdue(c)), Timeouts: m.Timeouts,
	}
}

// sameNothing keeps a subject the user wrote down without anything in it: that
// and none at all mean the same.
func sameNothing(ctx context.Context, was, is types.Object) types.Object {
	var d diag.Diagnostics
	wrote, ok := known[leafSubjectModel](ctx, was, &d)
	if is.IsNull() && ok && wrote == (leafSubjectModel{}) {
		return was
	}
	return is
}

// sameZero keeps a zero the user wrote down: absent and zero mean the same, and
// the configuration may say either.
func sameZero(was types.Int64, n int64) types.Int64 {
	if n == 0 && !was.IsNull() && !was.IsUnknown() && was.ValueInt64() == 0 {
		return was
	}
	return number(n)
}

func members(ctx context.Context, set types.Set, diags *diag.Diagnostics) []string {
	if set.IsNull() || set.IsUnknown() {
		return nil
	}
	var values []string
	diags.Append(set.ElementsAs(ctx, &values, false)...)
	slices.Sort(values)
	return values
}

func setOf(ctx context.Context, values []string, diags *diag.Diagnostics) types.Set {
	if len(values) == 0 {
		return types.SetNull(types.StringType)
	}
	set, d := types.SetValueFrom(ctx, types.StringType, values)
	diags.Append(d...)
	return set
}

// overdue tells whether the owner's wish waits to be carried out: it came while the
// certificate was on hold.
func overdue(c api.Certificate) bool { return c.Status == "issued" && c.Due.Operation != "none" }
