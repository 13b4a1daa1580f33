package provider

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// timeValidator wants a time as the backend gives it back: there is one way to write
// it, so that a plan never shows another.
type timeValidator struct{}

func (timeValidator) Description(context.Context) string         { return "a time, RFC 3339 in UTC" }
func (timeValidator) MarkdownDescription(context.Context) string { return "a time, RFC 3339 in UTC" }

func (timeValidator) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	text := req.ConfigValue.ValueString()
	t, err := time.Parse(time.RFC3339, text)
	switch {
	case err != nil:
		resp.Diagnostics.AddAttributeError(req.Path, "This is no time", "Write it as 2027-01-31T22:00:00Z (RFC 3339), not "+text+".")
	case t.UTC().Format(time.RFC3339) != text:
		resp.Diagnostics.AddAttributeError(req.Path, "This time is not in UTC", "Write it as "+t.UTC().Format(time.RFC3339)+", which is the same moment.")
	}
}

// durationBetween holds a duration to bounds, both allowed. That it is one, its type says.
type durationBetween struct{ least, most time.Duration }

func (b durationBetween) Description(context.Context) string {
	return fmt.Sprintf("a duration from %s to %s", b.least, b.most)
}

func (b durationBetween) MarkdownDescription(ctx context.Context) string { return b.Description(ctx) }

func (b durationBetween) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	d, err := time.ParseDuration(req.ConfigValue.ValueString())
	if err == nil && (d < b.least || d > b.most) {
		resp.Diagnostics.AddAttributeError(req.Path, "This duration is out of bounds", "Write "+b.Description(ctx)+", not "+req.ConfigValue.ValueString()+".")
	}
}
