package provider

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/function"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

func newFingerprintFunction() function.Function { return fingerprintFunction{} }

type fingerprintFunction struct{}

func (fingerprintFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "fingerprint"
}

func (fingerprintFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary:             "Fingerprint of a certificate",
		MarkdownDescription: "The SHA-256 fingerprint of one certificate in PEM, as lower-case hex without separators: the same text as every `fingerprint_sha256` of this provider.",
		Parameters:          []function.Parameter{function.StringParameter{Name: "certificate_pem", MarkdownDescription: "One certificate in PEM."}},
		Return:              function.StringReturn{},
	}
}

func (fingerprintFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var text string
	if resp.Error = req.Arguments.Get(ctx, &text); resp.Error != nil {
		return
	}
	certificate, err := pki.ParseCertificate([]byte(text))
	if err != nil {
		resp.Error = argumentError(err)
		return
	}
	resp.Error = resp.Result.Set(ctx, pki.Fingerprint(certificate.Raw))
}

// argumentError refuses the first argument. The CLI ends it with a full stop of
// its own.
func argumentError(err error) *function.FuncError {
	return function.NewArgumentFuncError(0, strings.TrimSuffix(sentence(err.Error()), "."))
}
