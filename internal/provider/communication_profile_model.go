package provider

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

type profileModel struct {
	ID                     types.String   `tfsdk:"id"`
	Name                   types.String   `tfsdk:"name"`
	ServerURLs             types.List     `tfsdk:"server_urls"`
	RootCertificateIDs     types.Set      `tfsdk:"root_certificate_ids"`
	AdditionalCertificates types.List     `tfsdk:"additional_certificates_pem"`
	CheckInInterval        durationValue  `tfsdk:"check_in_interval"`
	TrustStore             types.Object   `tfsdk:"trust_store"`
	Epoch                  types.Int64    `tfsdk:"epoch"`
	BundleDigest           types.String   `tfsdk:"bundle_digest"`
	Timeouts               timeouts.Value `tfsdk:"timeouts"`
}

type trustStoreModel struct {
	Directory        types.String `tfsdk:"directory"`
	BundleFile       types.String `tfsdk:"bundle_file"`
	JavaKeyStoreFile types.String `tfsdk:"java_key_store_file"`
	PKCS12File       types.String `tfsdk:"pkcs12_file"`
}

var trustStoreTypes = map[string]attr.Type{
	"directory": types.StringType, "bundle_file": types.StringType,
	"java_key_store_file": types.StringType, "pkcs12_file": types.StringType,
}

func (m profileModel) request(ctx context.Context, diags *diag.Diagnostics) api.WriteCommunicationProfile {
	store, _ := known[trustStoreModel](ctx, m.TrustStore, diags)
	in := api.WriteCommunicationProfile{
		Name: m.Name.ValueString(), CheckInIntervalSeconds: m.CheckInInterval.seconds(),
		TrustStore: api.TrustStore{
			Directory: store.Directory.ValueString(), BundleFile: store.BundleFile.ValueString(),
			JavaKeyStoreFile: store.JavaKeyStoreFile.ValueString(), PKCS12File: store.PKCS12File.ValueString(),
		},
	}
	diags.Append(m.ServerURLs.ElementsAs(ctx, &in.ServerURLs, false)...)
	diags.Append(m.RootCertificateIDs.ElementsAs(ctx, &in.RootCertificateIDs, false)...)
	diags.Append(m.AdditionalCertificates.ElementsAs(ctx, &in.AdditionalCertificates, false)...)
	return in
}

// state shows a profile. Certificates stay as they were written as long as they
// are the same; timeouts are the configuration's own.
func (m profileModel) state(ctx context.Context, p api.CommunicationProfile, diags *diag.Diagnostics) profileModel {
	addresses, d := types.ListValueFrom(ctx, types.StringType, p.ServerURLs)
	diags.Append(d...)
	roots, d := types.SetValueFrom(ctx, types.StringType, p.RootCertificateIDs)
	diags.Append(d...)
	additional, d := types.ListValueFrom(ctx, types.StringType, p.AdditionalCertificates)
	diags.Append(d...)
	if sameCertificates(ctx, m.AdditionalCertificates, additional) {
		additional = m.AdditionalCertificates
	}
	store, d := types.ObjectValueFrom(ctx, trustStoreTypes, trustStoreModel{
		Directory: types.StringValue(p.TrustStore.Directory), BundleFile: types.StringValue(p.TrustStore.BundleFile),
		JavaKeyStoreFile: optional(p.TrustStore.JavaKeyStoreFile), PKCS12File: optional(p.TrustStore.PKCS12File),
	})
	diags.Append(d...)
	return profileModel{
		ID: types.StringValue(p.ID), Name: types.StringValue(p.Name), ServerURLs: addresses, RootCertificateIDs: roots,
		AdditionalCertificates: additional, CheckInInterval: inSeconds(p.CheckInIntervalSeconds), TrustStore: store,
		Epoch: types.Int64Value(p.Epoch), BundleDigest: types.StringValue(p.BundleDigest), Timeouts: m.Timeouts,
	}
}

// sameCertificates tells whether two lists hold the same certificates in the
// same order, whatever the text around them: an element may hold several, the
// backend gives each its own.
func sameCertificates(ctx context.Context, a, b types.List) bool {
	return !a.IsNull() && !b.IsNull() && fullyKnown(ctx, a) && fullyKnown(ctx, b) && pki.SamePEM(joined(a), joined(b))
}

func joined(list types.List) string {
	var all strings.Builder
	for _, element := range list.Elements() {
		if text, ok := element.(types.String); ok {
			all.WriteString(text.ValueString() + "\n")
		}
	}
	return all.String()
}
