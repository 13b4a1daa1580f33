package server

import (
	"fmt"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/engine"
)

func showRollout(r engine.Rollout) api.Rollout {
	root := r.Standing.Root
	out := api.Rollout{
		RootCertificateID: root.ID, Name: root.Name, Phase: string(root.State), FromFingerprint: root.Active.FingerprintSHA256,
		Classes: map[string]int64{}, Laggards: []api.Laggard{}, Gateways: []api.GatewayState{}, Violations: []api.Violation{},
		WouldCutOff: []api.CutOff{}, Failures: []api.ChildFailure{}, History: []api.Outcome{}, NextStep: r.Next,
	}
	for _, class := range clm.DeviceClasses {
		out.Classes[string(class)] = r.Standing.Census.Classes[class]
	}
	for _, o := range root.History {
		out.History = append(out.History, showOutcome(o))
	}
	if root.Replacement == nil {
		out.Message = "no replacement is open"
		return out
	}
	showOpen(&out, r)
	out.Message = message(out)
	return out
}

func showOpen(out *api.Rollout, r engine.Rollout) {
	replacement := r.Standing.Root.Replacement
	out.Halted, out.StartedAt, out.StartedBy = replacement.Halted, moment(replacement.StartedAt), replacement.StartedBy
	out.ToFingerprint, out.ChildrenLeft = replacement.Target.FingerprintSHA256, r.Standing.ToIssue+r.Standing.ToPush
	census := r.Standing.Census
	out.Expected, out.Received, out.PercentReceived = census.Expected, census.Received, census.PercentReceived()
	out.TrustsNew, out.HoldsNewLeaf, out.ServesNew = census.TrustsNew, r.HoldsNew, r.ServesNew
	if replacement.Forced != nil {
		out.Forced = replacement.Forced.Reason
	}
	for _, l := range r.Laggards {
		out.Laggards = append(out.Laggards, api.Laggard{
			DeviceID: l.Report.DeviceID, Name: l.Report.Name, Class: string(l.Class), Reason: l.Report.Failure, LastSeen: moment(l.Report.LastSeen),
		})
	}
	for _, g := range r.Standing.Gateways {
		refreshed := g.Refreshed(since(r.Standing.Root))
		out.Gateways = append(out.Gateways, api.GatewayState{Name: g.Name, Refreshed: refreshed, Required: !refreshed})
	}
	for _, v := range r.Unmet {
		out.Violations = append(out.Violations, api.Violation{Code: string(v.Code), Message: v.Message, Devices: v.Devices, Mitigation: v.Mitigation, Until: moment(v.Until)})
	}
	for _, c := range r.Standing.CutOff {
		out.WouldCutOff = append(out.WouldCutOff, api.CutOff{From: c.From, To: c.To, Reason: c.Reason})
	}
	for _, f := range replacement.Failures {
		out.Failures = append(out.Failures, api.ChildFailure(f))
	}
}

// since is from when on a gateway must have been refreshed.
func since(root clm.RootCertificate) time.Time {
	if root.Replacement.FinalizedAt.IsZero() {
		return root.Replacement.StartedAt
	}
	return root.Replacement.FinalizedAt
}

func showOutcome(o clm.Outcome) api.Outcome {
	out := api.Outcome{
		Outcome: o.Outcome, FromFingerprint: o.From, ToFingerprint: o.To, StartedAt: o.StartedAt, StartedBy: o.StartedBy,
		EndedAt: o.EndedAt, EndedBy: o.EndedBy, Expected: o.Expected, Received: o.Received, Because: o.Because,
	}
	if o.Forced != nil {
		out.Forced = o.Forced.Reason
	}
	return out
}

// message is the rollout in a sentence.
func message(r api.Rollout) string {
	text := fmt.Sprintf("%d of %d agents received the new certificate", r.Received, r.Expected)
	switch {
	case r.Halted:
		return text + "; activation stopped at a failure"
	case r.ChildrenLeft > 0 && r.Phase != string(clm.RootDistributing):
		return text + "; " + left(r.ChildrenLeft)
	}
	return text
}

func left(children int64) string {
	if children == 1 {
		return "1 certificate is left"
	}
	return fmt.Sprintf("%d certificates are left", children)
}
