package client

import (
	"context"
	"net/http"
	"net/url"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
)

// CreateRootCertificate imports or makes a root certificate.
func (c *Client) CreateRootCertificate(ctx context.Context, in api.WriteRootCertificate) (api.RootCertificate, error) {
	return create[api.RootCertificate](ctx, c, api.RootCertificates, in)
}

// RootCertificate reads one, by id or name.
func (c *Client) RootCertificate(ctx context.Context, ref string) (api.RootCertificate, error) {
	return call[api.RootCertificate](ctx, c, http.MethodGet, itemOf(api.RootCertificates, ref), nil, nil)
}

// RootCertificates reads all, by name.
func (c *Client) RootCertificates(ctx context.Context) ([]api.RootCertificate, error) {
	return all[api.RootCertificate](ctx, c, api.RootCertificates, url.Values{})
}

// UpdateRootCertificate changes what is not the certificate itself.
func (c *Client) UpdateRootCertificate(ctx context.Context, id string, in api.WriteRootCertificate) (api.RootCertificate, error) {
	return call[api.RootCertificate](ctx, c, http.MethodPut, itemOf(api.RootCertificates, id), in, nil)
}

// DeleteRootCertificate deletes one that is not protected and has no children.
func (c *Client) DeleteRootCertificate(ctx context.Context, id string) error {
	_, err := call[struct{}](ctx, c, http.MethodDelete, itemOf(api.RootCertificates, id), nil, nil)
	return err
}
