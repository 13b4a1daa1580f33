package provider

import (
	"time"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
)

type rolloutModel struct {
	RootCertificateID types.String `tfsdk:"root_certificate_id"`
	Name              types.String `tfsdk:"name"`
	Phase             types.String `tfsdk:"phase"`
	NextStep          types.String `tfsdk:"next_step"`
	Halted            types.Bool   `tfsdk:"halted"`
	StartedAt         types.String `tfsdk:"started_at"`
	StartedBy         types.String `tfsdk:"started_by"`
	FromFingerprint   types.String `tfsdk:"from_fingerprint"`
	ToFingerprint     types.String `tfsdk:"to_fingerprint"`
	Expected          types.Int64  `tfsdk:"expected"`
	Received          types.Int64  `tfsdk:"received"`
	PercentReceived   types.Int64  `tfsdk:"percent_received"`
	TrustsNew         types.Int64  `tfsdk:"trusts_new"`
	HoldsNewLeaf      types.Int64  `tfsdk:"holds_new_leaf"`
	ServesNew         types.Int64  `tfsdk:"serves_new"`
	ChildrenLeft      types.Int64  `tfsdk:"children_left"`
	Forced            types.String `tfsdk:"forced"`
	Message           types.String `tfsdk:"message"`

	Classes     *rolloutClasses    `tfsdk:"classes"`
	Laggards    []laggardModel     `tfsdk:"laggards"`
	Gateways    []gatewayModel     `tfsdk:"gateways"`
	Violations  []violationModel   `tfsdk:"violations"`
	WouldCutOff []cutOffModel      `tfsdk:"would_cut_off"`
	Failures    []childFailureData `tfsdk:"failures"`
	History     []outcomeModel     `tfsdk:"history"`
}

type rolloutClasses struct {
	Received      types.Int64 `tfsdk:"received"`
	Pending       types.Int64 `tfsdk:"pending"`
	Failed        types.Int64 `tfsdk:"failed"`
	Silent        types.Int64 `tfsdk:"silent"`
	NeverReported types.Int64 `tfsdk:"never_reported"`
	Waived        types.Int64 `tfsdk:"waived"`
}

type laggardModel struct {
	DeviceID types.String `tfsdk:"device_id"`
	Name     types.String `tfsdk:"name"`
	Class    types.String `tfsdk:"class"`
	Reason   types.String `tfsdk:"reason"`
	LastSeen types.String `tfsdk:"last_seen"`
}

type gatewayModel struct {
	Name      types.String `tfsdk:"name"`
	Refreshed types.Bool   `tfsdk:"refreshed"`
	Required  types.Bool   `tfsdk:"required"`
}

type violationModel struct {
	Code       types.String `tfsdk:"code"`
	Message    types.String `tfsdk:"message"`
	Devices    []string     `tfsdk:"devices"`
	Mitigation types.String `tfsdk:"mitigation"`
}

type cutOffModel struct {
	From   types.String `tfsdk:"from"`
	To     types.String `tfsdk:"to"`
	Reason types.String `tfsdk:"reason"`
}

type childFailureData struct {
	Child     types.String `tfsdk:"child"`
	Connector types.String `tfsdk:"connector"`
	Step      types.String `tfsdk:"step"`
	Error     types.String `tfsdk:"error"`
}

type outcomeModel struct {
	Outcome         types.String `tfsdk:"outcome"`
	FromFingerprint types.String `tfsdk:"from_fingerprint"`
	ToFingerprint   types.String `tfsdk:"to_fingerprint"`
	StartedAt       types.String `tfsdk:"started_at"`
	StartedBy       types.String `tfsdk:"started_by"`
	EndedAt         types.String `tfsdk:"ended_at"`
	EndedBy         types.String `tfsdk:"ended_by"`
	Expected        types.Int64  `tfsdk:"expected"`
	Received        types.Int64  `tfsdk:"received"`
	Forced          types.String `tfsdk:"forced"`
	Because         types.String `tfsdk:"because"`
}

func (m *rolloutModel) show(r api.Rollout) {
	m.Name, m.Phase, m.NextStep = types.StringValue(r.Name), types.StringValue(r.Phase), optional(r.NextStep)
	m.Halted, m.StartedAt, m.StartedBy = types.BoolValue(r.Halted), moment(r.StartedAt), optional(r.StartedBy)
	m.FromFingerprint, m.ToFingerprint = types.StringValue(r.FromFingerprint), optional(r.ToFingerprint)
	m.Expected, m.Received, m.PercentReceived = types.Int64Value(r.Expected), types.Int64Value(r.Received), types.Int64Value(r.PercentReceived)
	m.TrustsNew, m.HoldsNewLeaf, m.ServesNew = types.Int64Value(r.TrustsNew), types.Int64Value(r.HoldsNewLeaf), types.Int64Value(r.ServesNew)
	m.ChildrenLeft, m.Forced, m.Message = types.Int64Value(r.ChildrenLeft), optional(r.Forced), types.StringValue(r.Message)
	class := func(name string) types.Int64 { return types.Int64Value(r.Classes[name]) }
	m.Classes = &rolloutClasses{class("received"), class("pending"), class("failed"), class("silent"), class("never_reported"), class("waived")}
	m.showLists(r)
}

func (m *rolloutModel) showLists(r api.Rollout) {
	m.Laggards = each(r.Laggards, func(l api.Laggard) laggardModel {
		return laggardModel{types.StringValue(l.DeviceID), types.StringValue(l.Name), types.StringValue(l.Class), optional(l.Reason), moment(l.LastSeen)}
	})
	m.Gateways = each(r.Gateways, func(g api.GatewayState) gatewayModel {
		return gatewayModel{types.StringValue(g.Name), types.BoolValue(g.Refreshed), types.BoolValue(g.Required)}
	})
	m.Violations = each(r.Violations, func(v api.Violation) violationModel {
		return violationModel{types.StringValue(v.Code), types.StringValue(v.Message), orEmpty(v.Devices), types.StringValue(v.Mitigation)}
	})
	m.WouldCutOff = each(r.WouldCutOff, func(c api.CutOff) cutOffModel {
		return cutOffModel{types.StringValue(c.From), types.StringValue(c.To), types.StringValue(c.Reason)}
	})
	m.Failures = each(r.Failures, func(f api.ChildFailure) childFailureData {
		return childFailureData{types.StringValue(f.Child), optional(f.Connector), types.StringValue(f.Step), types.StringValue(f.Error)}
	})
	m.History = each(r.History, func(o api.Outcome) outcomeModel {
		return outcomeModel{
			types.StringValue(o.Outcome), types.StringValue(o.FromFingerprint), types.StringValue(o.ToFingerprint), timestamp(o.StartedAt), types.StringValue(o.StartedBy),
			timestamp(o.EndedAt), types.StringValue(o.EndedBy), types.Int64Value(o.Expected), types.Int64Value(o.Received), optional(o.Forced), optional(o.Because),
		}
	})
}

// each shows a list, an empty one too.
func each[T, U any](list []T, show func(T) U) []U {
	out := make([]U, 0, len(list))
	for _, item := range list {
		out = append(out, show(item))
	}
	return out
}

// moment is null for a time that never was.
func moment(t *time.Time) types.String {
	if t == nil {
		return types.StringNull()
	}
	return timestamp(*t)
}
