package provider

import (
	"context"
	"crypto/x509"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

func newSplitChainFunction() function.Function { return splitChainFunction{} }

type splitChainFunction struct{}

type chainParts struct {
	Leaf          types.String `tfsdk:"leaf_pem"`
	Intermediates types.List   `tfsdk:"intermediates_pem"`
	Roots         types.List   `tfsdk:"roots_pem"`
}

func (splitChainFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "split_chain"
}

func (splitChainFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	pems := types.ListType{ElemType: types.StringType}
	resp.Definition = function.Definition{
		Summary: "Sort a bundle of certificates",
		MarkdownDescription: "Sorts a PEM bundle, given in any order, into the end-entity certificate (`leaf_pem`, null when there is none), " +
			"its intermediates from the bottom up (`intermediates_pem`) and the self-signed roots (`roots_pem`). Repeated certificates count once.",
		Parameters: []function.Parameter{function.StringParameter{Name: "bundle_pem", MarkdownDescription: "Certificates in PEM, one after the other."}},
		Return:     function.ObjectReturn{AttributeTypes: map[string]attr.Type{"leaf_pem": types.StringType, "intermediates_pem": pems, "roots_pem": pems}},
	}
}

func (splitChainFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var bundle string
	if resp.Error = req.Arguments.Get(ctx, &bundle); resp.Error != nil {
		return
	}
	leaf, intermediates, roots, err := pki.SplitChain([]byte(bundle))
	if err != nil {
		resp.Error = argumentError(err)
		return
	}
	parts := chainParts{Leaf: types.StringNull(), Intermediates: pemList(intermediates), Roots: pemList(roots)}
	if leaf != nil {
		parts.Leaf = types.StringValue(string(pki.EncodeCertificates(leaf)))
	}
	resp.Error = resp.Result.Set(ctx, parts)
}

func pemList(certificates []*x509.Certificate) types.List {
	var pems []string
	for _, c := range certificates {
		pems = append(pems, string(pki.EncodeCertificates(c)))
	}
	return listOf(pems)
}
