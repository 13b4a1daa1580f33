package provider

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
)

type pushModel struct {
	Automatic    types.Bool   `tfsdk:"automatic"`
	Overwrite    types.Bool   `tfsdk:"overwrite"`
	IncludeChain types.Bool   `tfsdk:"include_chain"`
	Secure       types.Bool   `tfsdk:"secure"`
	PreScript    *scriptModel `tfsdk:"pre_script"`
	PostScript   *scriptModel `tfsdk:"post_script"`
	Comments     types.String `tfsdk:"comments"`

	ApprovalPolicyID     types.String `tfsdk:"approval_policy_id"`
	ManualImplementation types.Bool   `tfsdk:"manual_implementation"`
	ScheduledAt          types.String `tfsdk:"scheduled_at"`
}

type scriptModel struct {
	Inline     types.String  `tfsdk:"inline"`
	DevicePath types.String  `tfsdk:"device_path"`
	Timeout    durationValue `tfsdk:"timeout"`
	Repeatable types.Bool    `tfsdk:"repeatable"`
}

type verifyModel struct {
	Addresses  types.List   `tfsdk:"addresses"`
	ServerName types.String `tfsdk:"server_name"`
	Protocol   types.String `tfsdk:"protocol"`
}

var (
	scriptTypes = map[string]attr.Type{
		"inline": types.StringType, "device_path": types.StringType, "timeout": durationType{}, "repeatable": types.BoolType,
	}
	pushTypes = map[string]attr.Type{
		"automatic": types.BoolType, "overwrite": types.BoolType, "include_chain": types.BoolType, "secure": types.BoolType,
		"pre_script": types.ObjectType{AttrTypes: scriptTypes}, "post_script": types.ObjectType{AttrTypes: scriptTypes}, "comments": types.StringType,
		"approval_policy_id": types.StringType, "manual_implementation": types.BoolType, "scheduled_at": types.StringType,
	}
	verifyTypes = map[string]attr.Type{
		"addresses": types.ListType{ElemType: types.StringType}, "server_name": types.StringType, "protocol": types.StringType,
	}
)

func pushRequest(ctx context.Context, o types.Object, diags *diag.Diagnostics) *api.PushSettings {
	m, ok := known[pushModel](ctx, o, diags)
	if !ok {
		return nil
	}
	return &api.PushSettings{
		Automatic: m.Automatic.ValueBool(), Overwrite: m.Overwrite.ValueBool(), IncludeChain: m.IncludeChain.ValueBool(),
		PreScript: m.PreScript.request(), PostScript: m.PostScript.request(), Comments: m.Comments.ValueString(),
		ApprovalPolicyID: m.ApprovalPolicyID.ValueString(), ManualImplementation: m.ManualImplementation.ValueBool(), ScheduledAt: timeOf(m.ScheduledAt),
	}
}

// timeOf is a time that was checked when planning, nil when there is none.
func timeOf(text types.String) *time.Time {
	t, err := time.Parse(time.RFC3339, text.ValueString())
	if err != nil {
		return nil
	}
	return &t
}

func (m *scriptModel) request() *api.Script {
	if m == nil {
		return nil
	}
	return &api.Script{
		Inline: m.Inline.ValueString(), DevicePath: m.DevicePath.ValueString(),
		TimeoutSeconds: m.Timeout.seconds(), Repeatable: m.Repeatable.ValueBool(),
	}
}

func verifyRequest(ctx context.Context, o types.Object, diags *diag.Diagnostics) *api.Verification {
	m, ok := known[verifyModel](ctx, o, diags)
	if !ok {
		return nil
	}
	return &api.Verification{Addresses: textsOf(ctx, m.Addresses, diags), ServerName: m.ServerName.ValueString(), Protocol: m.Protocol.ValueString()}
}

func pushState(ctx context.Context, p *api.PushSettings, diags *diag.Diagnostics) types.Object {
	if p == nil {
		return types.ObjectNull(pushTypes)
	}
	o, d := types.ObjectValueFrom(ctx, pushTypes, pushModel{
		Automatic: types.BoolValue(p.Automatic), Overwrite: types.BoolValue(p.Overwrite), IncludeChain: types.BoolValue(p.IncludeChain), Secure: types.BoolValue(true),
		PreScript: scriptState(p.PreScript), PostScript: scriptState(p.PostScript), Comments: optional(p.Comments),
		ApprovalPolicyID: optional(p.ApprovalPolicyID), ManualImplementation: types.BoolValue(p.ManualImplementation), ScheduledAt: optionalTime(p.ScheduledAt),
	})
	diags.Append(d...)
	return o
}

func optionalTime(t *time.Time) types.String {
	if t == nil {
		return types.StringNull()
	}
	return timestamp(*t)
}

func scriptState(s *api.Script) *scriptModel {
	if s == nil {
		return nil
	}
	return &scriptModel{
		Inline: optional(s.Inline), DevicePath: optional(s.DevicePath), Timeout: inSeconds(s.TimeoutSeconds), Repeatable: types.BoolValue(s.Repeatable),
	}
}

func verifyState(ctx context.Context, v *api.Verification, diags *diag.Diagnostics) types.Object {
	if v == nil {
		return types.ObjectNull(verifyTypes)
	}
	addresses, d := types.ListValueFrom(ctx, types.StringType, v.Addresses)
	diags.Append(d...)
	o, d := types.ObjectValueFrom(ctx, verifyTypes, verifyModel{Addresses: addresses, ServerName: optional(v.ServerName), Protocol: types.StringValue(v.Protocol)})
	diags.Append(d...)
	return o
}
