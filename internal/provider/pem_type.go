package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

// pemType is a string of PEM certificates: two are equal when they hold the same
// certificates in the same order, whatever the line endings and the text around.
type pemType struct{ basetypes.StringType }

var _ basetypes.StringTypable = pemType{}

func (t pemType) Equal(o attr.Type) bool {
	_, same := o.(pemType)
	return same
}

func (t pemType) String() string { return "provider.pemType" }

func (t pemType) ValueType(context.Context) attr.Value { return pemValue{} }

func (t pemType) ValueFromString(_ context.Context, in basetypes.StringValue) (basetypes.StringValuable, diag.Diagnostics) {
	return pemValue{in}, nil
}

func (t pemType) ValueFromTerraform(ctx context.Context, in tftypes.Value) (attr.Value, error) {
	value, err := t.StringType.ValueFromTerraform(ctx, in)
	if err != nil {
		return nil, err
	}
	text, ok := value.(basetypes.StringValue)
	if !ok {
		return nil, fmt.Errorf("a string became a %T", value)
	}
	return pemValue{text}, nil
}

type pemValue struct{ basetypes.StringValue }

var _ basetypes.StringValuableWithSemanticEquals = pemValue{}

func newPEM(text string) pemValue { return pemValue{basetypes.NewStringValue(text)} }

func (v pemValue) Type(context.Context) attr.Type { return pemType{} }

func (v pemValue) Equal(o attr.Value) bool {
	other, ok := o.(pemValue)
	return ok && v.StringValue.Equal(other.StringValue)
}

// StringSemanticEquals keeps the user's own formatting in state.
func (v pemValue) StringSemanticEquals(_ context.Context, o basetypes.StringValuable) (bool, diag.Diagnostics) {
	other, ok := o.(pemValue)
	return ok && pki.SamePEM(v.ValueString(), other.ValueString()), nil
}

func unknownPEM() pemValue { return pemValue{basetypes.NewStringUnknown()} }
