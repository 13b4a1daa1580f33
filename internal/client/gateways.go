package client

import (
	"context"
	"net/http"
	"net/url"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
)

// CreateInternetGateway adds one.
func (c *Client) CreateInternetGateway(ctx context.Context, in api.WriteInternetGateway) (api.InternetGateway, error) {
	return create[api.InternetGateway](ctx, c, api.Gateways, in)
}

// InternetGateway reads one, by id or name.
func (c *Client) InternetGateway(ctx context.Context, ref string) (api.InternetGateway, error) {
	return call[api.InternetGateway](ctx, c, http.MethodGet, itemOf(api.Gateways, ref), nil, nil)
}

// InternetGateways reads all, by name.
func (c *Client) InternetGateways(ctx context.Context) ([]api.InternetGateway, error) {
	return all[api.InternetGateway](ctx, c, api.Gateways, url.Values{})
}

// UpdateInternetGateway changes one.
func (c *Client) UpdateInternetGateway(ctx context.Context, id string, in api.WriteInternetGateway) (api.InternetGateway, error) {
	return call[api.InternetGateway](ctx, c, http.MethodPut, itemOf(api.Gateways, id), in, nil)
}

// RefreshInternetGateway records a refresh by hand.
func (c *Client) RefreshInternetGateway(ctx context.Context, id string) (api.InternetGateway, error) {
	return call[api.InternetGateway](ctx, c, http.MethodPost, itemOf(api.Gateways, id)+api.RefreshPath, nil, nil)
}

// DeleteInternetGateway forgets one.
func (c *Client) DeleteInternetGateway(ctx context.Context, id string) error {
	_, err := call[struct{}](ctx, c, http.MethodDelete, itemOf(api.Gateways, id), nil, nil)
	return err
}
