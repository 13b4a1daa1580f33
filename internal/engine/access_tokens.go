package engine

import (
	"context"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// AccessTokenInput is what an access token is made from.
type AccessTokenInput struct {
	Name    string
	Role    clm.Role
	Expires time.Duration // from now
}

// CreateAccessToken makes a token and its secret, which nobody sees again. A request
// sent twice is refused the second time: it cannot be answered with the secret.
func (e *Engine) CreateAccessToken(ctx context.Context, by clm.Principal, in AccessTokenInput) (token clm.AccessToken, secret string, err error) {
	secret = clm.NewAccessSecret()
	token = clm.AccessToken{ID: clm.NewID(), Name: in.Name, Role: in.Role}
	token.Hash, _ = clm.HashAccessSecret(secret) // it has the form of one
	err = e.update(ctx, by, func(c change) error {
		token.CreatedAt, token.UpdatedAt, token.ExpiresAt = c.now, c.now, c.now.Add(in.Expires)
		if err := token.Check(); err != nil {
			return err
		}
		if err := c.InsertAccessToken(&token); err != nil {
			return err
		}
		return c.recordToken("create", token, map[string]string{"role": string(token.Role), "expires_at": token.ExpiresAt.Format(time.RFC3339)})
	})
	return token, secret, err
}

// RevokeAccessToken makes a token worthless from the next request on. It stays, so that
// who still uses it is told why it does not let in.
func (e *Engine) RevokeAccessToken(ctx context.Context, by clm.Principal, ref string) (token clm.AccessToken, err error) {
	err = e.update(ctx, by, func(c change) error {
		if token, err = c.AccessToken(ref); err != nil || token.RevokedAt != nil {
			return err
		}
		token.RevokedAt, token.UpdatedAt = &c.now, c.now
		if err := c.UpdateAccessToken(&token); err != nil {
			return err
		}
		return c.recordToken("revoke", token, nil)
	})
	return token, err
}

// DeleteAccessToken forgets a token that lets nobody in any more.
func (e *Engine) DeleteAccessToken(ctx context.Context, by clm.Principal, ref string) error {
	return e.update(ctx, by, func(c change) error {
		token, err := c.AccessToken(ref)
		if err != nil {
			return err
		}
		if token.Status(c.now) == clm.AccessTokenActive {
			return clm.Errorf(clm.KindRefused, "access token %q still lets somebody in", token.Name).WithHint("revoke it first")
		}
		if err := c.Tx.DeleteAccessToken(token); err != nil {
			return err
		}
		return c.recordToken("delete", token, nil)
	})
}

func (c change) recordToken(verb string, token clm.AccessToken, details map[string]string) error {
	return c.record(clm.NounAccessToken, verb, token.ID, token.Name, details)
}

// AccessToken reads one access token, by id or name.
func (e *Engine) AccessToken(ctx context.Context, ref string) (token clm.AccessToken, err error) {
	err = e.view(ctx, func(tx Tx) error {
		token, err = tx.AccessToken(ref)
		return err
	})
	return token, err
}

// AccessTokens lists access tokens by name.
func (e *Engine) AccessTokens(ctx context.Context, page clm.Page) (tokens []clm.AccessToken, err error) {
	err = e.view(ctx, func(tx Tx) error {
		tokens, err = tx.AccessTokens(page)
		return err
	})
	return tokens, err
}
