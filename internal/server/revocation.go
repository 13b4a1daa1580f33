package server

import (
	"context"
	"mime"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/engine"
)

func (s *Server) registerRevocation(a huma.API) {
	read := get("get-revocation-list", api.RevocationLists+item, "Read what is revoked, by the id or name of a root certificate; also as "+api.TypeCRL+" and "+api.TypeCRLPEM)
	read.Middlewares = huma.Middlewares{s.listed}
	handle(a, s, read,
		func(ctx context.Context, in *byRef) (api.RevocationList, error) {
			lists, err := s.engine.RevocationLists(ctx, principal(ctx), in.Ref)
			if err != nil {
				return api.RevocationList{}, err
			}
			return showList(lists)
		})
	handle(a, s, act("release-certificate", api.Certificates+item+api.Release, "Take back the hold of the current version"),
		func(ctx context.Context, in *byRef) (api.Certificate, error) {
			row, err := s.engine.ReleaseCertificate(ctx, principal(ctx), in.Ref)
			return s.showCertificate(row), err
		})
}

// showList shows the list of the certificate that signs now, which comes first.
func showList(lists []clm.RevocationList) (api.RevocationList, error) {
	first := lists[0]
	revoked, err := engine.Revoked(first)
	out := api.RevocationList{
		IssuerID: first.CA.IssuerID, CAFingerprintSHA256: first.CA.FingerprintSHA256, Number: first.Number,
		ThisUpdate: first.ThisUpdate, NextUpdate: first.NextUpdate,
		CRLPEM: crlPEM(lists), DeltaCRLPEM: pemBlock(crlBlock, first.Delta), Revoked: []api.RevokedCertificate{},
	}
	for _, r := range revoked {
		out.Revoked = append(out.Revoked, api.RevokedCertificate{SerialNumber: r.SerialNumber, RevokedAt: r.RevokedAt, Reason: string(r.Reason)})
	}
	return out, err
}

func crlPEM(lists []clm.RevocationList) string {
	var out strings.Builder
	for _, list := range lists {
		out.WriteString(pemBlock(crlBlock, list.Complete))
	}
	return out.String()
}

// listed answers with the list itself whoever accepts that. It is part of the
// operation, so that nothing that guards the operation is gone round.
func (s *Server) listed(ctx huma.Context, next func(huma.Context)) {
	accepted := accepts(ctx.Header("Accept"))
	if accepted == "" {
		next(ctx)
		return
	}
	r, w := humago.Unwrap(ctx)
	lists, err := s.engine.RevocationLists(r.Context(), principal(r.Context()), ctx.Param("ref"))
	if err != nil {
		s.writeError(w, r, err)
		return
	}
	w.Header().Set("Content-Type", accepted)
	if accepted == api.TypeCRL {
		_, _ = w.Write(lists[0].Complete) // the client is gone: there is nobody left to tell
		return
	}
	_, _ = w.Write([]byte(crlPEM(lists)))
}

// accepts is the first type of list in an Accept header, "" for none.
func accepts(header string) string {
	for part := range strings.SplitSeq(header, ",") {
		kind, _, err := mime.ParseMediaType(part)
		if err == nil && (kind == api.TypeCRL || kind == api.TypeCRLPEM) {
			return kind
		}
	}
	return ""
}
