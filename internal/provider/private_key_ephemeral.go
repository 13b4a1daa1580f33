package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

func newPrivateKeyEphemeral() ephemeral.EphemeralResource { return &privateKeyEphemeral{} }

type privateKeyEphemeral struct{ configuredEphemeral }

type privateKeyModel struct {
	CertificateID types.String `tfsdk:"certificate_id"`
	PrivateKeyPEM types.String `tfsdk:"private_key_pem"`
}

func (e *privateKeyEphemeral) Metadata(_ context.Context, _ ephemeral.MetadataRequest, resp *ephemeral.MetadataResponse) {
	resp.TypeName = "clm_private_key"
}

func (e *privateKeyEphemeral) Schema(_ context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The private key of a certificate's current version, for use in this run only: it enters neither state nor plan. " +
			"Every reading of it leaves an audit row.",
		Attributes: map[string]schema.Attribute{
			"certificate_id": schema.StringAttribute{
				Required: true, Validators: []validator.String{stringvalidator.LengthAtLeast(1)}, MarkdownDescription: "Id of the certificate.",
			},
			"private_key_pem": schema.StringAttribute{Computed: true, Sensitive: true, MarkdownDescription: "The private key in PEM (PKCS#8)."},
		},
	}
}

func (e *privateKeyEphemeral) Open(ctx context.Context, req ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	var m privateKeyModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	if resp.Diagnostics.HasError() {
		return
	}
	key, err := e.ExportPrivateKey(ctx, m.CertificateID.ValueString())
	if err != nil {
		addErrorAt(&resp.Diagnostics, path.Root("certificate_id"), "Cannot read the private key of certificate "+m.CertificateID.ValueString(), err)
		return
	}
	m.PrivateKeyPEM = types.StringValue(key.PrivateKeyPEM)
	resp.Diagnostics.Append(resp.Result.Set(ctx, m)...)
}
