package client

import (
	"context"
	"net/http"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
)

// ObserveRootCertificate reads one and asks whether its replacement can go on.
func (c *Client) ObserveRootCertificate(ctx context.Context, ref string) (api.RootCertificate, error) {
	return call[api.RootCertificate](ctx, c, http.MethodGet, itemOf(api.RootCertificates, ref)+"?observe=true", nil, nil)
}

// PreviewRootCertificate tells what a change would do.
func (c *Client) PreviewRootCertificate(ctx context.Context, id string, in api.WriteRootCertificate) (api.RootPreview, error) {
	return call[api.RootPreview](ctx, c, http.MethodPost, itemOf(api.RootCertificates, id)+api.Preview, in, nil)
}

// AdvanceRootCertificate drives a replacement on, as far as it goes now.
func (c *Client) AdvanceRootCertificate(ctx context.Context, id string, in api.Advance) (api.AdvanceResult, error) {
	return call[api.AdvanceResult](ctx, c, http.MethodPost, itemOf(api.RootCertificates, id)+api.AdvancePath, in, nil)
}

// TransitRootCertificate carries out one verb of a replacement.
func (c *Client) TransitRootCertificate(ctx context.Context, id string, in api.Transition) (api.RootCertificate, error) {
	return call[api.RootCertificate](ctx, c, http.MethodPost, itemOf(api.RootCertificates, id)+api.Transitions, in, nil)
}

// Rollout tells where a replacement stands.
func (c *Client) Rollout(ctx context.Context, ref string) (api.Rollout, error) {
	return call[api.Rollout](ctx, c, http.MethodGet, itemOf(api.RootCertificates, ref)+api.RolloutPath, nil, nil)
}

// CheckInDevice tells a device what its profile publishes.
func (c *Client) CheckInDevice(ctx context.Context, id string) (api.DeviceTrouble, error) {
	return call[api.DeviceTrouble](ctx, c, http.MethodPost, itemOf(api.Devices, id)+api.CheckInPath, nil, nil)
}

// PutReceipt states what a device has installed.
func (c *Client) PutReceipt(ctx context.Context, id string, in api.WriteReceipt) (api.Receipt, error) {
	return call[api.Receipt](ctx, c, http.MethodPut, itemOf(api.Devices, id)+api.ReceiptPath, in, nil)
}
