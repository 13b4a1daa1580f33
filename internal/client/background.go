package client

import (
	"context"
	"net/url"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
)

// BackgroundWork tells what servers do by themselves, and how that goes.
func (c *Client) BackgroundWork(ctx context.Context) ([]api.BackgroundWork, error) {
	return all[api.BackgroundWork](ctx, c, api.BackgroundWorkPath, url.Values{})
}
