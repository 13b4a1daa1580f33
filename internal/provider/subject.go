package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

// subjectModel is a distinguished name as configurations write it: one value
// for each attribute.
type subjectModel struct {
	CommonName         types.String `tfsdk:"common_name"`
	Organization       types.String `tfsdk:"organization"`
	OrganizationalUnit types.String `tfsdk:"organizational_unit"`
	Country            types.String `tfsdk:"country"`
	Province           types.String `tfsdk:"province"`
	Locality           types.String `tfsdk:"locality"`
	StreetAddress      types.String `tfsdk:"street_address"`
	PostalCode         types.String `tfsdk:"postal_code"`
	SerialNumber       types.String `tfsdk:"serial_number"`
}

// subjectTexts describes each attribute of a subject (RFC 5280, appendix A).
var subjectTexts = map[string]string{
	"common_name":         "Common name (CN), at most 64 characters.",
	"organization":        "Organization (O), at most 64 characters.",
	"organizational_unit": "Organizational unit (OU), at most 64 characters.",
	"country":             "Country (C), two capital letters of ISO 3166.",
	"province":            "State or province (ST), at most 128 characters.",
	"locality":            "Locality (L), at most 128 characters.",
	"street_address":      "Street address, at most 128 characters.",
	"postal_code":         "Postal code, at most 40 characters.",
	"serial_number":       "Serial number of the subject (not of the certificate), at most 64 characters.",
}

// subjectAttributes is the schema of a subject. The common name of a leaf
// certificate stands outside it.
func subjectAttributes(withCommonName bool) map[string]schema.Attribute {
	attributes := map[string]schema.Attribute{}
	for name, text := range subjectTexts {
		if name == "common_name" && !withCommonName {
			continue
		}
		attributes[name] = schema.StringAttribute{
			Optional: true, Validators: []validator.String{stringvalidator.LengthAtLeast(1)}, MarkdownDescription: text,
		}
	}
	return attributes
}

func subjectTypes(withCommonName bool) map[string]attr.Type {
	kinds := map[string]attr.Type{}
	for name := range subjectAttributes(withCommonName) {
		kinds[name] = types.StringType
	}
	return kinds
}

func (m subjectModel) request() api.Subject {
	return api.Subject{
		CommonName: m.CommonName.ValueString(), SerialNumber: m.SerialNumber.ValueString(),
		Organization: one(m.Organization), OrganizationalUnit: one(m.OrganizationalUnit), Country: one(m.Country),
		Province: one(m.Province), Locality: one(m.Locality), StreetAddress: one(m.StreetAddress), PostalCode: one(m.PostalCode),
	}
}

func (m subjectModel) pki() pki.Subject { return pki.Subject(m.request()) }

func subjectOf(s api.Subject) subjectModel {
	return subjectModel{
		CommonName: optional(s.CommonName), SerialNumber: optional(s.SerialNumber),
		Organization: first(s.Organization), OrganizationalUnit: first(s.OrganizationalUnit), Country: first(s.Country),
		Province: first(s.Province), Locality: first(s.Locality), StreetAddress: first(s.StreetAddress), PostalCode: first(s.PostalCode),
	}
}

// leafSubjectModel is a subject without its common name.
type leafSubjectModel struct {
	Organization       types.String `tfsdk:"organization"`
	OrganizationalUnit types.String `tfsdk:"organizational_unit"`
	Country            types.String `tfsdk:"country"`
	Province           types.String `tfsdk:"province"`
	Locality           types.String `tfsdk:"locality"`
	StreetAddress      types.String `tfsdk:"street_address"`
	PostalCode         types.String `tfsdk:"postal_code"`
	SerialNumber       types.String `tfsdk:"serial_number"`
}

func (m leafSubjectModel) named(commonName types.String) subjectModel {
	return subjectModel{
		CommonName: commonName, Organization: m.Organization, OrganizationalUnit: m.OrganizationalUnit, Country: m.Country,
		Province: m.Province, Locality: m.Locality, StreetAddress: m.StreetAddress, PostalCode: m.PostalCode, SerialNumber: m.SerialNumber,
	}
}

// leafSubjectObject shows a subject; one that says nothing but a common name was
// not configured at all.
func leafSubjectObject(ctx context.Context, s api.Subject) (types.Object, diag.Diagnostics) {
	m := subjectOf(s)
	leaf := leafSubjectModel{
		Organization: m.Organization, OrganizationalUnit: m.OrganizationalUnit, Country: m.Country,
		Province: m.Province, Locality: m.Locality, StreetAddress: m.StreetAddress, PostalCode: m.PostalCode, SerialNumber: m.SerialNumber,
	}
	if leaf == (leafSubjectModel{}) {
		return types.ObjectNull(subjectTypes(false)), nil
	}
	return types.ObjectValueFrom(ctx, subjectTypes(false), leaf)
}

func one(s types.String) []string {
	if s.IsNull() || s.IsUnknown() {
		return nil
	}
	return []string{s.ValueString()}
}

func first(values []string) types.String {
	if len(values) == 0 {
		return types.StringNull()
	}
	return types.StringValue(values[0])
}

// optional shows what may be absent: absent and empty are the same.
func optional(s string) types.String {
	if s == "" {
		return types.StringNull()
	}
	return types.StringValue(s)
}

// fullyKnown tells whether no part of a value waits for the apply.
func fullyKnown(ctx context.Context, v attr.Value) bool {
	value, err := v.ToTerraformValue(ctx)
	return err == nil && value.IsFullyKnown()
}

// known reads an object that is present and known into a T.
func known[T any](ctx context.Context, o types.Object, diags *diag.Diagnostics) (T, bool) {
	var out T
	if o.IsNull() || o.IsUnknown() {
		return out, false
	}
	diags.Append(o.As(ctx, &out, basetypes.ObjectAsOptions{})...)
	return out, !diags.HasError()
}
