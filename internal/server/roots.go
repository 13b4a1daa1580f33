package server

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/engine"
)

func (s *Server) registerRoots(a huma.API) {
	handle(a, s, post("create-root-certificate", api.RootCertificates, "Import or make a root certificate"),
		func(ctx context.Context, in *body[api.CreateRootCertificate]) (api.RootCertificate, error) {
			root, err := s.engine.CreateRoot(ctx, principal(ctx), rootInput(in.Body))
			return showRoot(root), err
		})
	handle(a, s, get("list-root-certificates", api.RootCertificates, "List root certificates by name"),
		func(ctx context.Context, in *paged) (*api.List[api.RootCertificate], error) {
			roots, err := s.engine.Roots(ctx, in.page())
			return list(*in, roots, func(r clm.RootCertificate) string { return r.Name }, showRoot), err
		})
	handle(a, s, get("get-root-certificate", api.RootCertificates+item, "Read a root certificate"),
		func(ctx context.Context, in *byRef) (api.RootCertificate, error) {
			root, err := s.engine.Root(ctx, in.Ref)
			return showRoot(root), err
		})
	handle(a, s, put("update-root-certificate", api.RootCertificates+item, "Change a root certificate's name, protection or the description of its source"),
		func(ctx context.Context, in *bodyByRef[api.UpdateRootCertificate]) (api.RootCertificate, error) {
			root, err := s.engine.UpdateRoot(ctx, principal(ctx), in.Ref, engine.RootInput{
				Name: in.Body.Name, DeletionProtection: in.Body.DeletionProtection, Source: rootSource(in.Body.Source),
			})
			return showRoot(root), err
		})
	remove(a, s, huma.Operation{OperationID: "delete-root-certificate", Path: api.RootCertificates + item, Summary: "Delete a root certificate that is not protected and has no children"},
		func(ctx context.Context, in *byRef) error {
			return s.engine.DeleteRoot(ctx, principal(ctx), in.Ref)
		})
}

func rootInput(in api.CreateRootCertificate) engine.RootInput {
	return engine.RootInput{
		Name: in.Name, DeletionProtection: in.DeletionProtection, Source: rootSource(in.Source),
		PFX: in.PFX, PFXPassword: in.PFXPassword, CertificatePEM: in.CertificatePEM, PrivateKeyPEM: in.PrivateKeyPEM,
	}
}

func rootSource(in api.RootSource) clm.RootSource {
	out := clm.RootSource{
		Kind: in.Kind, PFXFile: in.PFXFile, PFXFileSHA256: in.PFXFileSHA256, PFXVersion: in.PFXVersion,
		PasswordVersion: in.PasswordVersion, PrivateKeyVersion: in.PrivateKeyVersion,
	}
	if recipe := in.SelfSigned; recipe != nil {
		out.SelfSigned = &clm.SelfSigned{
			Subject:             clm.Subject(recipe.Subject),
			Key:                 clm.KeySpec{Algorithm: recipe.KeyAlgorithm, RSABits: recipe.RSABits, Curve: recipe.ECDSACurve},
			ValidityPeriodHours: recipe.ValidityPeriodHours, MaxPathLength: recipe.MaxPathLength,
		}
	}
	return out
}

func showRoot(r clm.RootCertificate) api.RootCertificate {
	return api.RootCertificate{
		ID: r.ID, Name: r.Name, State: string(r.State),
		CertificatePEM: pemOf(r.Active.Certificate), CertificateChainPEM: pemOf(r.Active.Chain...),
		SerialNumber: r.Active.SerialNumber, FingerprintSHA256: r.Active.FingerprintSHA256,
		ValidityStartTime: r.Active.NotBefore, ValidityEndTime: r.Active.NotAfter,
		KeyAlgorithm: r.Active.KeyAlgorithm, CanSign: r.CanSign(), DeletionProtection: r.DeletionProtection,
		Source: showSource(r.Source), CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt,
	}
}

func showSource(s clm.RootSource) api.RootSource {
	out := api.RootSource{
		Kind: s.Kind, PFXFile: s.PFXFile, PFXFileSHA256: s.PFXFileSHA256, PFXVersion: s.PFXVersion,
		PasswordVersion: s.PasswordVersion, PrivateKeyVersion: s.PrivateKeyVersion,
	}
	if recipe := s.SelfSigned; recipe != nil {
		out.SelfSigned = &api.SelfSigned{
			Subject:      api.Subject(recipe.Subject),
			KeyAlgorithm: recipe.Key.Algorithm, RSABits: recipe.Key.RSABits, ECDSACurve: recipe.Key.Curve,
			ValidityPeriodHours: recipe.ValidityPeriodHours, MaxPathLength: recipe.MaxPathLength,
		}
	}
	return out
}
