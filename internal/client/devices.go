package client

import (
	"context"
	"net/http"
	"net/url"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
)

// CreateDevice adds a device.
func (c *Client) CreateDevice(ctx context.Context, in api.WriteDevice) (api.Device, error) {
	return create[api.Device](ctx, c, api.Devices, in)
}

// Device reads one, by id or name.
func (c *Client) Device(ctx context.Context, ref string) (api.Device, error) {
	return call[api.Device](ctx, c, http.MethodGet, itemOf(api.Devices, ref), nil, nil)
}

// ObserveDevice reads one and asks whether it answers.
func (c *Client) ObserveDevice(ctx context.Context, ref string) (api.Device, error) {
	return call[api.Device](ctx, c, http.MethodGet, itemOf(api.Devices, ref)+"?observe=true", nil, nil)
}

// InspectDevice reads one and finds out about it whatever may be.
func (c *Client) InspectDevice(ctx context.Context, ref string) (api.Device, error) {
	return call[api.Device](ctx, c, http.MethodGet, itemOf(api.Devices, ref)+"?inspect=true", nil, nil)
}

// Devices reads all, by name.
func (c *Client) Devices(ctx context.Context) ([]api.Device, error) {
	return all[api.Device](ctx, c, api.Devices, url.Values{})
}

// UpdateDevice changes one.
func (c *Client) UpdateDevice(ctx context.Context, id string, in api.WriteDevice) (api.Device, error) {
	return call[api.Device](ctx, c, http.MethodPut, itemOf(api.Devices, id), in, nil)
}

// DeleteDevice forgets one that has no connectors.
func (c *Client) DeleteDevice(ctx context.Context, id string) error {
	_, err := call[struct{}](ctx, c, http.MethodDelete, itemOf(api.Devices, id), nil, nil)
	return err
}
