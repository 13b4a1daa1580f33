package client

import (
	"context"
	"net/http"
	"net/url"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
)

// CreateCommunicationProfile makes one.
func (c *Client) CreateCommunicationProfile(ctx context.Context, in api.WriteCommunicationProfile) (api.CommunicationProfile, error) {
	return create[api.CommunicationProfile](ctx, c, api.Profiles, in)
}

// CommunicationProfile reads one, by id or name.
func (c *Client) CommunicationProfile(ctx context.Context, ref string) (api.CommunicationProfile, error) {
	return call[api.CommunicationProfile](ctx, c, http.MethodGet, itemOf(api.Profiles, ref), nil, nil)
}

// CommunicationProfiles reads all, by name.
func (c *Client) CommunicationProfiles(ctx context.Context) ([]api.CommunicationProfile, error) {
	return all[api.CommunicationProfile](ctx, c, api.Profiles, url.Values{})
}

// UpdateCommunicationProfile changes one and tells its devices.
func (c *Client) UpdateCommunicationProfile(ctx context.Context, id string, in api.WriteCommunicationProfile) (api.CommunicationProfileResult, error) {
	return call[api.CommunicationProfileResult](ctx, c, http.MethodPut, itemOf(api.Profiles, id), in, nil)
}

// DeleteCommunicationProfile deletes one that no device has.
func (c *Client) DeleteCommunicationProfile(ctx context.Context, id string) error {
	_, err := call[struct{}](ctx, c, http.MethodDelete, itemOf(api.Profiles, id), nil, nil)
	return err
}

// TrustBundle reads what a profile publishes.
func (c *Client) TrustBundle(ctx context.Context, ref string) (api.TrustBundle, error) {
	return call[api.TrustBundle](ctx, c, http.MethodGet, itemOf(api.Profiles, ref)+api.BundlePath, nil, nil)
}
