package server

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/engine"
)

func (s *Server) registerProfiles(a huma.API) {
	handle(a, s, post("create-communication-profile", api.Profiles, "Make a communication profile"),
		func(ctx context.Context, in *body[api.WriteCommunicationProfile]) (api.CommunicationProfile, error) {
			profile, err := s.engine.CreateProfile(ctx, principal(ctx), profileInput(in.Body))
			return showProfile(profile), err
		})
	handle(a, s, get("list-communication-profiles", api.Profiles, "List communication profiles by name"),
		func(ctx context.Context, in *paged) (*api.List[api.CommunicationProfile], error) {
			profiles, err := s.engine.Profiles(ctx, in.page())
			return list(*in, profiles, func(p clm.CommunicationProfile) string { return p.Name }, showProfile), err
		})
	handle(a, s, get("get-communication-profile", api.Profiles+item, "Read a communication profile"),
		func(ctx context.Context, in *byRef) (api.CommunicationProfile, error) {
			profile, err := s.engine.Profile(ctx, in.Ref)
			return showProfile(profile), err
		})
	handle(a, s, get("get-trust-bundle", api.Profiles+item+api.BundlePath, "Read the trust bundle a profile publishes"),
		func(ctx context.Context, in *byRef) (api.TrustBundle, error) {
			bundle, err := s.engine.Bundle(ctx, in.Ref)
			return api.TrustBundle{Epoch: bundle.Epoch, Digest: bundle.Digest, Fingerprints: bundle.Fingerprints, PEM: string(bundle.PEM())}, err
		})
	handle(a, s, put("update-communication-profile", api.Profiles+item, "Change a communication profile and tell its devices"),
		func(ctx context.Context, in *bodyByRef[api.WriteCommunicationProfile]) (api.CommunicationProfileResult, error) {
			out, err := s.engine.UpdateProfile(ctx, principal(ctx), in.Ref, profileInput(in.Body))
			return api.CommunicationProfileResult{CommunicationProfile: showProfile(out.Profile), Trouble: s.showTroubles(ctx, out.CheckIns)}, err
		})
	remove(a, s, huma.Operation{OperationID: "delete-communication-profile", Path: api.Profiles + item, Summary: "Delete a communication profile that no device has"},
		func(ctx context.Context, in *byRef) error {
			return s.engine.DeleteProfile(ctx, principal(ctx), in.Ref)
		})
}

func profileInput(in api.WriteCommunicationProfile) engine.ProfileInput {
	return engine.ProfileInput{
		Name: in.Name, ServerURLs: in.ServerURLs, RootIDs: in.RootCertificateIDs, AdditionalPEM: in.AdditionalCertificates,
		CheckInInterval: seconds(in.CheckInIntervalSeconds), TrustStore: clm.TrustStore(in.TrustStore),
	}
}

func showProfile(p clm.CommunicationProfile) api.CommunicationProfile {
	out := api.CommunicationProfile{
		ID: p.ID, Name: p.Name, ServerURLs: orEmpty(p.ServerURLs), RootCertificateIDs: orEmpty(p.RootIDs), AdditionalCertificates: []string{},
		CheckInIntervalSeconds: inSeconds(p.CheckInInterval), TrustStore: api.TrustStore(p.TrustStore),
		Epoch: p.Epoch, BundleDigest: p.BundleDigest, CreatedAt: p.CreatedAt, UpdatedAt: p.UpdatedAt,
	}
	for _, der := range p.Additional {
		out.AdditionalCertificates = append(out.AdditionalCertificates, pemOf(der))
	}
	return out
}

// orEmpty keeps null out of the wire where a list is meant.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
