package client

import (
	"context"
	"net/http"
	"net/url"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
)

// CreateCredential adds one.
func (c *Client) CreateCredential(ctx context.Context, in api.WriteCredential) (api.Credential, error) {
	known := in
	if in.SSH != nil {
		known.SSH = &api.WriteSSHAccount{Username: in.SSH.Username, Agent: in.SSH.Agent}
	}
	return createAs[api.Credential](ctx, c, api.Credentials, in, known)
}

// Credential reads one, by id or name.
func (c *Client) Credential(ctx context.Context, ref string) (api.Credential, error) {
	return call[api.Credential](ctx, c, http.MethodGet, itemOf(api.Credentials, ref), nil, nil)
}

// Credentials reads all, by name.
func (c *Client) Credentials(ctx context.Context) ([]api.Credential, error) {
	return all[api.Credential](ctx, c, api.Credentials, url.Values{})
}

// UpdateCredential changes one.
func (c *Client) UpdateCredential(ctx context.Context, id string, in api.WriteCredential) (api.Credential, error) {
	return call[api.Credential](ctx, c, http.MethodPut, itemOf(api.Credentials, id), in, nil)
}

// DeleteCredential forgets one.
func (c *Client) DeleteCredential(ctx context.Context, id string) error {
	_, err := call[struct{}](ctx, c, http.MethodDelete, itemOf(api.Credentials, id), nil, nil)
	return err
}
