package provider

import (
	"context"
	"reflect"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
)

// replacementModel is how careful a replacement of a root is.
type replacementModel struct {
	Finalize               types.Bool    `tfsdk:"finalize"`
	MinimumReceivedPercent types.Int64   `tfsdk:"minimum_received_percent"`
	HoldDown               durationValue `tfsdk:"hold_down"`
	SilentAfter            durationValue `tfsdk:"silent_after"`
	Overlap                durationValue `tfsdk:"overlap"`
	OnFailure              types.String  `tfsdk:"on_failure"`
	ChildValidityMonths    types.Int64   `tfsdk:"child_validity_months"`
	OverrideChildren       types.List    `tfsdk:"override_children"`
	Waivers                types.List    `tfsdk:"waivers"`
	ForceReason            types.String  `tfsdk:"force_reason"`
}

type waiverModel struct {
	DeviceID types.String `tfsdk:"device_id"`
	Reason   types.String `tfsdk:"reason"`
	Until    types.String `tfsdk:"until"`
}

var (
	waiverTypes      = map[string]attr.Type{"device_id": types.StringType, "reason": types.StringType, "until": types.StringType}
	replacementTypes = map[string]attr.Type{
		"finalize": types.BoolType, "minimum_received_percent": types.Int64Type,
		"hold_down": durationType{}, "silent_after": durationType{}, "overlap": durationType{},
		"on_failure": types.StringType, "child_validity_months": types.Int64Type,
		"override_children": types.ListType{ElemType: types.StringType},
		"waivers":           types.ListType{ElemType: types.ObjectType{AttrTypes: waiverTypes}},
		"force_reason":      types.StringType,
	}
)

// policyOf reads the policy a model asks for; nil when it asks for none.
func policyOf(ctx context.Context, o types.Object, diags *diag.Diagnostics) *api.ReplacementPolicy {
	m, given := known[replacementModel](ctx, o, diags)
	if !given {
		return nil
	}
	policy := api.ReplacementPolicy{
		Finalize: m.Finalize.ValueBool(), MinimumReceivedPercent: m.MinimumReceivedPercent.ValueInt64(),
		HoldDownSeconds: m.HoldDown.seconds(), SilentAfterSeconds: m.SilentAfter.seconds(), OverlapSeconds: m.Overlap.seconds(),
		OnFailure: m.OnFailure.ValueString(), ChildValidityMonths: m.ChildValidityMonths.ValueInt64(), ForceReason: m.ForceReason.ValueString(),
	}
	diags.Append(m.OverrideChildren.ElementsAs(ctx, &policy.OverrideChildren, false)...)
	var waivers []waiverModel
	diags.Append(m.Waivers.ElementsAs(ctx, &waivers, false)...)
	for i, w := range waivers {
		policy.Waivers = append(policy.Waivers, w.request(path.Root("replacement").AtName("waivers").AtListIndex(i), diags))
	}
	return &policy
}

func (w waiverModel) request(at path.Path, diags *diag.Diagnostics) api.Waiver {
	until, err := time.Parse(time.RFC3339, w.Until.ValueString())
	if err != nil && !w.Until.IsUnknown() {
		diags.AddAttributeError(at.AtName("until"), "Not a time", "Write it as RFC 3339, such as 2027-01-31T00:00:00Z.")
	}
	return api.Waiver{DeviceID: w.DeviceID.ValueString(), Reason: w.Reason.ValueString(), Until: until}
}

// replacementObject shows a policy. The words of the configuration are kept as
// long as they mean the same.
func replacementObject(ctx context.Context, written types.Object, p *api.ReplacementPolicy, diags *diag.Diagnostics) types.Object {
	if fullyKnown(ctx, written) && samePolicy(policyOf(ctx, written, diags), p) {
		return written
	}
	if p == nil {
		return types.ObjectNull(replacementTypes)
	}
	names, d := types.ListValueFrom(ctx, types.StringType, orEmpty(p.OverrideChildren))
	diags.Append(d...)
	waivers := make([]waiverModel, 0, len(p.Waivers))
	for _, w := range p.Waivers {
		waivers = append(waivers, waiverModel{types.StringValue(w.DeviceID), types.StringValue(w.Reason), timestamp(w.Until)})
	}
	list, d := types.ListValueFrom(ctx, types.ObjectType{AttrTypes: waiverTypes}, waivers)
	diags.Append(d...)
	object, d := types.ObjectValueFrom(ctx, replacementTypes, replacementModel{
		Finalize: types.BoolValue(p.Finalize), MinimumReceivedPercent: types.Int64Value(p.MinimumReceivedPercent),
		HoldDown: inSeconds(p.HoldDownSeconds), SilentAfter: inSeconds(p.SilentAfterSeconds), Overlap: inSeconds(p.OverlapSeconds),
		OnFailure: types.StringValue(p.OnFailure), ChildValidityMonths: number(p.ChildValidityMonths),
		OverrideChildren: names, Waivers: list, ForceReason: optional(p.ForceReason),
	})
	diags.Append(d...)
	return object
}

func inSeconds(n int64) durationValue { return newDuration(time.Duration(n) * time.Second) }

func orEmpty(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

// samePolicy compares by meaning: no list is an empty list.
func samePolicy(a, b *api.ReplacementPolicy) bool {
	if a == nil || b == nil {
		return a == b
	}
	x, y := *a, *b
	x.OverrideChildren, y.OverrideChildren = orEmpty(x.OverrideChildren), orEmpty(y.OverrideChildren)
	if len(x.Waivers) == 0 {
		x.Waivers = nil
	}
	if len(y.Waivers) == 0 {
		y.Waivers = nil
	}
	return reflect.DeepEqual(x, y)
}
