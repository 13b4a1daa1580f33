package client

import (
	"context"
	"net/http"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
)

// RevokeCertificate withdraws the current version; with the reason certificate_hold
// until it is released.
func (c *Client) RevokeCertificate(ctx context.Context, ref, reason string) (api.Certificate, error) {
	return call[api.Certificate](ctx, c, http.MethodPost, itemOf(api.Certificates, ref)+api.Revoke, api.RevokeCertificate{Reason: reason}, nil)
}

// ReleaseCertificate takes a hold back.
func (c *Client) ReleaseCertificate(ctx context.Context, ref string) (api.Certificate, error) {
	return call[api.Certificate](ctx, c, http.MethodPost, itemOf(api.Certificates, ref)+api.Release, nil, nil)
}

// RevocationList reads what is revoked, by the id or name of a root certificate.
func (c *Client) RevocationList(ctx context.Context, ref string) (api.RevocationList, error) {
	return call[api.RevocationList](ctx, c, http.MethodGet, itemOf(api.RevocationLists, ref), nil, nil)
}
