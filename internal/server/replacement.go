package server

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/engine"
)

func (s *Server) registerReplacement(a huma.API) {
	handle(a, s, act("preview-root-certificate", api.RootCertificates+item+api.Preview, "Tell what a change of a root certificate would do"),
		func(ctx context.Context, in *bodyByRef[api.WriteRootCertificate]) (api.RootPreview, error) {
			p, err := s.engine.PreviewRoot(ctx, principal(ctx), in.Ref, rootWish(in.Body))
			return showRootPreview(p), err
		})
	handle(a, s, act("advance-root-certificate", api.RootCertificates+item+api.AdvancePath, "Drive the replacement of a root certificate on, as far as it goes now"),
		func(ctx context.Context, in *bodyByRef[api.Advance]) (api.AdvanceResult, error) {
			out, err := s.engine.Advance(ctx, principal(ctx), in.Ref, in.Body.Again)
			if err != nil {
				return api.AdvanceResult{}, err
			}
			return s.showAdvance(ctx, out)
		})
	handle(a, s, act("transit-root-certificate", api.RootCertificates+item+api.Transitions, "Carry out one verb of a replacement"),
		func(ctx context.Context, in *bodyByRef[api.Transition]) (api.RootCertificate, error) {
			root, err := s.engine.Transit(ctx, principal(ctx), in.Ref, in.Body.Verb, in.Body.Children)
			return showRoot(root), err
		})
	handle(a, s, get("get-rollout", api.RootCertificates+item+api.RolloutPath, "Tell where the replacement of a root certificate stands"),
		func(ctx context.Context, in *byRef) (api.Rollout, error) {
			r, err := s.engine.Rollout(ctx, in.Ref)
			return showRollout(r), err
		})
}

func (s *Server) showAdvance(ctx context.Context, out engine.Advanced) (api.AdvanceResult, error) {
	r, err := s.engine.Rollout(context.WithoutCancel(ctx), out.Root.ID) // what was done has to be told
	result := api.AdvanceResult{
		RootCertificate: showRoot(out.Root), Rollout: showRollout(r), Done: out.Done, Trouble: s.showTroubles(ctx, out.Told),
	}
	for _, waiting := range out.Waiting {
		push := s.showPush(ctx, waiting)
		result.Trouble = append(result.Trouble, api.DeviceTrouble{Device: push.Device, Connector: push.Connector, Code: push.Code, Detail: push.Detail})
	}
	return result, err
}

func showRootPreview(p engine.RootPreview) api.RootPreview {
	return api.RootPreview{
		Verb: p.Verb, FromFingerprint: p.From.FingerprintSHA256, ToFingerprint: p.To.FingerprintSHA256,
		Devices: p.Devices, Children: p.Children, Gateways: p.Gateways,
	}
}

// showReplacement is the open replacement, or the one declined last.
func showReplacement(r clm.RootCertificate) *api.Replacement {
	switch {
	case r.Replacement != nil:
		return &api.Replacement{Phase: string(r.State), FromFingerprint: r.Active.FingerprintSHA256, TargetFingerprint: r.Replacement.Target.FingerprintSHA256}
	case r.Declined != nil:
		out := &api.Replacement{Phase: "cancelled", FromFingerprint: r.Active.FingerprintSHA256, TargetFingerprint: r.Declined.Target.FingerprintSHA256}
		if r.Declined.Verb == clm.VerbRollBack {
			out.Phase = "rolled_back"
		}
		out.Reason, out.Failure = "declined by "+r.Declined.By, r.Declined.Failure
		return out
	}
	return nil
}

func policyInput(in *api.ReplacementPolicy) *clm.ReplacementPolicy {
	if in == nil {
		return nil
	}
	out := clm.ReplacementPolicy{
		Finalize: in.Finalize, MinimumReceivedPercent: in.MinimumReceivedPercent, HoldDown: seconds(in.HoldDownSeconds),
		SilentAfter: seconds(in.SilentAfterSeconds), Overlap: seconds(in.OverlapSeconds), OnFailure: clm.OnFailure(in.OnFailure),
		ChildValidityMonths: in.ChildValidityMonths, OverrideChildren: in.OverrideChildren, ForceReason: in.ForceReason,
	}
	for _, w := range in.Waivers {
		out.Waivers = append(out.Waivers, clm.Waiver(w))
	}
	return &out
}

func showPolicy(p *clm.ReplacementPolicy) *api.ReplacementPolicy {
	if p == nil {
		return nil
	}
	out := api.ReplacementPolicy{
		Finalize: p.Finalize, MinimumReceivedPercent: p.MinimumReceivedPercent, HoldDownSeconds: inSeconds(p.HoldDown),
		SilentAfterSeconds: inSeconds(p.SilentAfter), OverlapSeconds: inSeconds(p.Overlap), OnFailure: string(p.OnFailure),
		ChildValidityMonths: p.ChildValidityMonths, OverrideChildren: p.OverrideChildren, ForceReason: p.ForceReason,
	}
	for _, w := range p.Waivers {
		out.Waivers = append(out.Waivers, api.Waiver(w))
	}
	return &out
}
