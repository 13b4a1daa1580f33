package provider

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

// ValidateConfig refuses what no device could trust, and two files of one name.
func (r *profileResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var m profileModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	if resp.Diagnostics.HasError() {
		return
	}
	m.checkAdditional(&resp.Diagnostics)
	m.checkTrustsSomebody(&resp.Diagnostics)
	store, _ := known[trustStoreModel](ctx, m.TrustStore, &resp.Diagnostics)
	store.checkNames(&resp.Diagnostics)
}

func (m profileModel) checkAdditional(diags *diag.Diagnostics) {
	for i, element := range m.AdditionalCertificates.Elements() {
		text, ok := element.(types.String)
		if !ok || !isGiven(text) {
			continue
		}
		var trouble *pki.Error
		if errors.As(checkTrusted(text.ValueString()), &trouble) {
			at := path.Root("additional_certificates_pem").AtListIndex(i)
			problem := api.NewProblem(api.CodeInvalid, "", trouble.Message, trouble.Hint)
			diags.AddAttributeError(at, "Nobody can trust this", located(at, problemText(problem)))
		}
	}
}

// checkTrusted says whether a text holds nothing but CA certificates.
func checkTrusted(text string) error {
	certificates, err := pki.ParseCertificates([]byte(text))
	if err != nil {
		return err
	}
	for _, certificate := range certificates {
		if !certificate.IsCA {
			return &pki.Error{
				Code: pki.NotACA, Message: fmt.Sprintf("%q is not a CA certificate", certificate.Subject),
				Hint: "a trust bundle holds CA certificates: give the root that issued it",
			}
		}
	}
	return nil
}

func (m profileModel) checkTrustsSomebody(diags *diag.Diagnostics) {
	if m.RootCertificateIDs.IsUnknown() || m.AdditionalCertificates.IsUnknown() ||
		len(m.RootCertificateIDs.Elements())+len(m.AdditionalCertificates.Elements()) > 0 {
		return
	}
	diags.AddAttributeError(path.Root("root_certificate_ids"), "The profile trusts nobody",
		"Name at least one root certificate in root_certificate_ids, or give a certificate in additional_certificates_pem.")
}

func (m trustStoreModel) checkNames(diags *diag.Diagnostics) {
	seen := map[string]string{}
	for _, f := range m.named() {
		name := f.file.ValueString()
		if name == "" {
			continue // absent, or not known yet
		}
		if other, taken := seen[name]; taken {
			at := path.Root("trust_store").AtName(f.attribute)
			diags.AddAttributeError(at, "Two files have one name",
				located(at, fmt.Sprintf("%s is the name of %s already. Give each its own file.", f.file, other)))
		}
		seen[name] = f.attribute
	}
}

func (m trustStoreModel) named() []namedFile {
	bundle := m.BundleFile
	if bundle.IsNull() {
		bundle = types.StringValue(defaultBundleFile)
	}
	return []namedFile{{"bundle_file", bundle}, {"java_key_store_file", m.JavaKeyStoreFile}, {"pkcs12_file", m.PKCS12File}}
}
