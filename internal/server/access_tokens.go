package server

import (
	"context"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/engine"
)

func (s *Server) registerAccessTokens(a huma.API) {
	create := post("create-access-token", api.AccessTokens, "Make an access token; its secret is shown this once")
	create.Parameters = nil // the answer to the same request again could not hold the secret
	handle(a, s, create, func(ctx context.Context, in *body[api.CreateAccessToken]) (api.NewAccessToken, error) {
		token, secret, err := s.engine.CreateAccessToken(ctx, principal(ctx), engine.AccessTokenInput{
			Name: in.Body.Name, Role: clm.Role(in.Body.Role), Expires: time.Duration(in.Body.ExpiresSeconds) * time.Second,
		})
		return api.NewAccessToken{AccessToken: s.showAccessToken(token), Secret: secret}, err
	})
	handle(a, s, get("list-access-tokens", api.AccessTokens, "List access tokens by name, without their secrets"),
		func(ctx context.Context, in *paged) (*api.List[api.AccessToken], error) {
			tokens, err := s.engine.AccessTokens(ctx, in.page())
			return list(*in, tokens, func(t clm.AccessToken) string { return t.Name }, s.showAccessToken), err
		})
	handle(a, s, get("get-access-token", api.AccessTokens+item, "Read an access token, without its secret"),
		func(ctx context.Context, in *byRef) (api.AccessToken, error) {
			token, err := s.engine.AccessToken(ctx, in.Ref)
			return s.showAccessToken(token), err
		})
	handle(a, s, act("revoke-access-token", api.AccessTokens+item+api.Revoke, "Make an access token worthless"),
		func(ctx context.Context, in *byRef) (api.AccessToken, error) {
			token, err := s.engine.RevokeAccessToken(ctx, principal(ctx), in.Ref)
			return s.showAccessToken(token), err
		})
	remove(a, s, huma.Operation{OperationID: "delete-access-token", Path: api.AccessTokens + item, Summary: "Forget an access token that lets nobody in any more"},
		func(ctx context.Context, in *byRef) error {
			return s.engine.DeleteAccessToken(ctx, principal(ctx), in.Ref)
		})
}

func (s *Server) registerPrincipal(a huma.API) {
	handle(a, s, get("get-principal", api.PrincipalPath, "Tell who asks, and with which role"),
		func(ctx context.Context, _ *none) (api.Principal, error) {
			by := principal(ctx)
			return api.Principal{Name: by.Name, Role: string(by.Role)}, nil
		})
}

func (s *Server) showAccessToken(t clm.AccessToken) api.AccessToken {
	out := api.AccessToken{
		ID: t.ID, Name: t.Name, Role: string(t.Role), Status: string(t.Status(s.engine.Clock.Now())),
		CreatedAt: t.CreatedAt, ExpiresAt: t.ExpiresAt, RevokedAt: t.RevokedAt,
	}
	if !t.UsedOn.IsZero() {
		out.UsedOn = &t.UsedOn
	}
	return out
}
