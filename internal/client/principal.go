package client

import (
	"context"
	"net/http"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
)

// Principal tells who the backend takes this client for.
func (c *Client) Principal(ctx context.Context) (api.Principal, error) {
	return call[api.Principal](ctx, c, http.MethodGet, api.PrincipalPath, nil, nil)
}
