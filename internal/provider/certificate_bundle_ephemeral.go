package provider

import (
	"cmp"
	"context"
	"encoding/base64"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

func newCertificateBundleEphemeral() ephemeral.EphemeralResource { return &bundleEphemeral{} }

type bundleEphemeral struct{ configuredEphemeral }

type bundleModel struct {
	CertificateID types.String `tfsdk:"certificate_id"`
	Format        types.String `tfsdk:"format"`
	Password      types.String `tfsdk:"password"`
	Alias         types.String `tfsdk:"alias"`
	PKCS12Profile types.String `tfsdk:"pkcs12_profile"`
	PEM           types.String `tfsdk:"pem"`
	ContentBase64 types.String `tfsdk:"content_base64"`
}

func (e *bundleEphemeral) Metadata(_ context.Context, _ ephemeral.MetadataRequest, resp *ephemeral.MetadataResponse) {
	resp.TypeName = "clm_certificate_bundle"
}

func (e *bundleEphemeral) Schema(_ context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "A certificate with its private key and its chain in one piece, for use in this run only: it enters neither state nor plan. " +
			"Every reading of it leaves an audit row.",
		Attributes: map[string]schema.Attribute{
			"certificate_id": schema.StringAttribute{
				Required: true, Validators: []validator.String{stringvalidator.LengthAtLeast(1)}, MarkdownDescription: "Id of the certificate.",
			},
			"format": schema.StringAttribute{
				Required: true, Validators: []validator.String{stringvalidator.OneOf("pem", "pkcs12")},
				MarkdownDescription: "`pem`: private key, certificate, chain. `pkcs12`: a PFX.",
			},
			"password": schema.StringAttribute{
				Optional: true, Sensitive: true, Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
				MarkdownDescription: "Password of the PFX, in ASCII. Needed for `pkcs12`.",
			},
			"alias": schema.StringAttribute{Optional: true, MarkdownDescription: "Friendly name of the entry in the PFX. Default: the certificate's name."},
			"pkcs12_profile": schema.StringAttribute{
				Optional: true, Validators: []validator.String{stringvalidator.OneOf("modern", "legacy")},
				MarkdownDescription: "`modern` (AES-256, SHA-256) or `legacy` (Triple DES, SHA-1, for Windows up to 2016). Default: `modern`.",
			},
			"pem":            schema.StringAttribute{Computed: true, Sensitive: true, MarkdownDescription: "The bundle as text, for `pem`."},
			"content_base64": schema.StringAttribute{Computed: true, Sensitive: true, MarkdownDescription: "The bundle in base64, for every format."},
		},
	}
}

func (e *bundleEphemeral) Open(ctx context.Context, req ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	var m bundleModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	switch {
	case m.Format.ValueString() == "pkcs12" && m.Password.IsNull():
		resp.Diagnostics.AddAttributeError(path.Root("password"), "A PFX needs a password", "Set password; it protects the private key in the bundle.")
	case m.Format.ValueString() == "pem" && !m.Password.IsNull():
		resp.Diagnostics.AddAttributeError(path.Root("password"), "A text bundle has no password",
			"The private key in it is not encrypted. Remove password, or set format to pkcs12.")
	}
	if resp.Diagnostics.HasError() {
		return
	}
	ref := m.CertificateID.ValueString()
	certificate, key, err := e.pair(ctx, ref)
	if err != nil {
		addErrorAt(&resp.Diagnostics, path.Root("certificate_id"), "Cannot bundle certificate "+ref, err)
		return
	}
	m.fill(certificate, key.PrivateKeyPEM, &resp.Diagnostics)
	resp.Diagnostics.Append(resp.Result.Set(ctx, m)...)
}

// pair reads a certificate and its key. Another run may issue the next version
// in between: what was read is a pair if the version is the same before and after.
func (e *bundleEphemeral) pair(ctx context.Context, ref string) (api.Certificate, api.PrivateKey, error) {
	certificate, err := e.Certificate(ctx, ref)
	for range 3 {
		if err != nil {
			return certificate, api.PrivateKey{}, err
		}
		var key api.PrivateKey
		if key, err = e.ExportPrivateKey(ctx, ref); err != nil {
			return certificate, key, err
		}
		before := certificate.Version
		if certificate, err = e.Certificate(ctx, ref); err == nil && certificate.Version == before {
			return certificate, key, nil
		}
	}
	return certificate, api.PrivateKey{}, cmp.Or[error](err, api.NewProblem(api.CodeConflict, "", "it is issued anew all the time", "try again"))
}

func (m *bundleModel) fill(c api.Certificate, keyPEM string, diags *diag.Diagnostics) {
	if m.Format.ValueString() == "pem" {
		text := keyPEM + c.CertificatePEM + c.CertificateChainPEM
		m.PEM, m.ContentBase64 = types.StringValue(text), types.StringValue(base64.StdEncoding.EncodeToString([]byte(text)))
		return
	}
	content, err := m.pkcs12(c, keyPEM)
	if err != nil {
		addMaterialError(diags, path.Root("password"), "Cannot make the PFX", err)
		return
	}
	m.PEM, m.ContentBase64 = types.StringNull(), types.StringValue(base64.StdEncoding.EncodeToString(content))
}

func (m *bundleModel) pkcs12(c api.Certificate, keyPEM string) ([]byte, error) {
	key, err := pki.ParsePrivateKey([]byte(keyPEM))
	if err != nil {
		return nil, err
	}
	certificates, err := pki.ParseCertificates([]byte(c.CertificatePEM + c.CertificateChainPEM))
	if err != nil {
		return nil, err
	}
	alias, profile := c.Spec.Name, pki.PKCS12Modern
	if !m.Alias.IsNull() {
		alias = m.Alias.ValueString()
	}
	if !m.PKCS12Profile.IsNull() {
		profile = pki.PKCS12Profile(m.PKCS12Profile.ValueString())
	}
	return pki.EncodePKCS12(pki.PKCS12{
		PrivateKey: key, Certificate: certificates[0], Chain: certificates[1:], Alias: alias,
	}, m.Password.ValueString(), profile)
}
