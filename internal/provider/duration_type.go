package provider

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/attr/xattr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// durationType is a duration as Go writes it, of whole seconds and not negative:
// two are equal when they last as long, so that 15m is 15m0s.
type durationType struct{ basetypes.StringType }

var _ basetypes.StringTypable = durationType{}

func (t durationType) Equal(o attr.Type) bool {
	_, same := o.(durationType)
	return same
}

func (t durationType) String() string { return "provider.durationType" }

func (t durationType) ValueType(context.Context) attr.Value { return durationValue{} }

func (t durationType) ValueFromString(_ context.Context, in basetypes.StringValue) (basetypes.StringValuable, diag.Diagnostics) {
	return durationValue{in}, nil
}

func (t durationType) ValueFromTerraform(ctx context.Context, in tftypes.Value) (attr.Value, error) {
	value, err := t.StringType.ValueFromTerraform(ctx, in)
	if err != nil {
		return nil, err
	}
	text, ok := value.(basetypes.StringValue)
	if !ok {
		return nil, fmt.Errorf("a string became a %T", value)
	}
	return durationValue{text}, nil
}

type durationValue struct{ basetypes.StringValue }

var (
	_ basetypes.StringValuableWithSemanticEquals = durationValue{}
	_ xattr.ValidateableAttribute                = durationValue{}
)

// newDuration writes a duration as people do: 15m, not 15m0s.
func newDuration(d time.Duration) durationValue {
	text := d.String()
	for _, nothing := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(text, nothing) {
			text = text[:len(text)-2]
		}
	}
	return durationValue{basetypes.NewStringValue(text)}
}

// seconds is how long it lasts; 0 when it is null, unknown or no duration.
func (v durationValue) seconds() int64 {
	d, err := time.ParseDuration(v.ValueString())
	if err != nil {
		return 0
	}
	return int64(d / time.Second)
}

func (v durationValue) Type(context.Context) attr.Type { return durationType{} }

func (v durationValue) Equal(o attr.Value) bool {
	other, ok := o.(durationValue)
	return ok && v.StringValue.Equal(other.StringValue)
}

// StringSemanticEquals keeps the user's own way of writing it in state.
func (v durationValue) StringSemanticEquals(_ context.Context, o basetypes.StringValuable) (bool, diag.Diagnostics) {
	other, ok := o.(durationValue)
	return ok && v.lastsAsLongAs(other), nil
}

func (v durationValue) lastsAsLongAs(o durationValue) bool {
	return isGiven(v) && isGiven(o) && v.seconds() == o.seconds()
}

// ValidateAttribute refuses what is no duration, or none the backend can keep.
func (v durationValue) ValidateAttribute(_ context.Context, req xattr.ValidateAttributeRequest, resp *xattr.ValidateAttributeResponse) {
	if !isGiven(v) {
		return
	}
	d, err := time.ParseDuration(v.ValueString())
	if err == nil && d >= 0 && d%time.Second == 0 {
		return
	}
	resp.Diagnostics.AddAttributeError(req.Path, "Not a duration",
		located(req.Path, v.String()+" is not a duration of whole seconds. Write it such as 90s, 15m or 24h."))
}

// someTime refuses a duration of nothing.
type someTime struct{}

func (someTime) Description(context.Context) string { return "must be one second or more" }

func (v someTime) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v someTime) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	d, err := time.ParseDuration(req.ConfigValue.ValueString())
	if err != nil || d != 0 {
		return // the type itself refuses what is no duration
	}
	resp.Diagnostics.AddAttributeError(req.Path, "No time at all", located(req.Path, req.ConfigValue.String()+" "+v.Description(ctx)+"."))
}
