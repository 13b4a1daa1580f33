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
		func(ctx context.Context, in *body[api.WriteRootCertificate]) (api.RootCertificate, error) {
			root, err := s.engine.CreateRoot(ctx, principal(ctx), rootWish(in.Body))
			return showRoot(root), err
		})
	handle(a, s, get("list-root-certificates", api.RootCertificates, "List root certificates by name"),
		func(ctx context.Context, in *paged) (*api.List[api.RootCertificate], error) {
			roots, err := s.engine.Roots(ctx, in.page())
			return list(*in, roots, func(r clm.RootCertificate) string { return r.Name }, showRoot), err
		})
	handle(a, s, get("get-root-certificate", api.RootCertificates+item, "Read a root certificate"), s.getRoot)
	handle(a, s, put("update-root-certificate", api.RootCertificates+item, "Change a root certificate; another certificate stages its replacement"),
		func(ctx context.Context, in *bodyByRef[api.WriteRootCertificate]) (api.RootCertificate, error) {
			root, err := s.engine.UpdateRoot(ctx, principal(ctx), in.Ref, rootWish(in.Body))
			return showRoot(root), err
		})
	remove(a, s, huma.Operation{OperationID: "delete-root-certificate", Path: api.RootCertificates + item, Summary: "Delete a root certificate that is not protected and has no children"},
		func(ctx context.Context, in *byRef) error {
			return s.engine.DeleteRoot(ctx, principal(ctx), in.Ref)
		})
	s.registerReplacement(a)
}

// getRoot reads a root; observed, it also tells whether its replacement can go on.
func (s *Server) getRoot(ctx context.Context, in *observed) (api.RootCertificate, error) {
	if !in.Observe {
		root, err := s.engine.Root(ctx, in.Ref)
		return showRoot(root), err
	}
	seen, err := s.engine.Prospects(ctx, in.Ref)
	out := showRoot(seen.Standing.Root)
	if seen.Standing.Root.Replacement != nil && out.Replacement != nil {
		out.Replacement.CanAdvance, out.Replacement.Reason = seen.CanAdvance, seen.WhyAdvance
	}
	return out, err
}

func rootWish(in api.WriteRootCertificate) engine.RootWish {
	return engine.RootWish{
		RootInput: engine.RootInput{
			Name: in.Name, DeletionProtection: in.DeletionProtection, Source: rootSource(in.Source),
			PFX: in.PFX, PFXPassword: in.PFXPassword, CertificatePEM: in.CertificatePEM, PrivateKeyPEM: in.PrivateKeyPEM,
		},
		Policy: policyInput(in.Policy),
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

// showRoot shows the certificate its owner asks for, and apart from it the one that
// signs now.
func showRoot(r clm.RootCertificate) api.RootCertificate {
	wished, source := r.Wished()
	inUse := r.Signer()
	return api.RootCertificate{
		ID: r.ID, Name: r.Name, State: string(r.State),
		CertificatePEM: pemOf(wished.Certificate), CertificateChainPEM: pemOf(wished.Chain...),
		SerialNumber: wished.SerialNumber, FingerprintSHA256: wished.FingerprintSHA256,
		ValidityStartTime: wished.NotBefore, ValidityEndTime: wished.NotAfter, KeyAlgorithm: wished.KeyAlgorithm,
		InUsePEM: pemOf(inUse.Certificate), InUseFingerprint: inUse.FingerprintSHA256,
		CanSign: r.CanSign(), DeletionProtection: r.DeletionProtection,
		Source: showSource(source), Policy: showPolicy(r.Policy), Replacement: showReplacement(r),
		CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt,
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
