package client

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
)

// CreateAccessToken makes one. Its secret is in the answer, and nowhere else; repeating
// the call is refused, because the name is taken.
func (c *Client) CreateAccessToken(ctx context.Context, name, role string, expires time.Duration) (api.NewAccessToken, error) {
	in := api.CreateAccessToken{Name: name, Role: role, ExpiresSeconds: int64(expires / time.Second)}
	return call[api.NewAccessToken](ctx, c, http.MethodPost, api.AccessTokens, in, nil)
}

// AccessToken reads one, by id or name.
func (c *Client) AccessToken(ctx context.Context, ref string) (api.AccessToken, error) {
	return call[api.AccessToken](ctx, c, http.MethodGet, itemOf(api.AccessTokens, ref), nil, nil)
}

// AccessTokens reads all, by name.
func (c *Client) AccessTokens(ctx context.Context) ([]api.AccessToken, error) {
	return all[api.AccessToken](ctx, c, api.AccessTokens, url.Values{})
}

// RevokeAccessToken makes one worthless.
func (c *Client) RevokeAccessToken(ctx context.Context, ref string) (api.AccessToken, error) {
	return call[api.AccessToken](ctx, c, http.MethodPost, itemOf(api.AccessTokens, ref)+api.Revoke, nil, nil)
}

// DeleteAccessToken forgets one that lets nobody in any more.
func (c *Client) DeleteAccessToken(ctx context.Context, ref string) error {
	_, err := call[struct{}](ctx, c, http.MethodDelete, itemOf(api.AccessTokens, ref), nil, nil)
	return err
}
