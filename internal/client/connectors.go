package client

import (
	"context"
	"net/http"
	"net/url"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
)

// CreateConnector records where a certificate lives and pushes it there.
func (c *Client) CreateConnector(ctx context.Context, in api.WriteConnector) (api.ConnectorResult, error) {
	known := in
	known.StoreSecrets = nil
	return createAs[api.ConnectorResult](ctx, c, api.Connectors, in, known)
}

// Connector reads one, by id or name, without looking at its device.
func (c *Client) Connector(ctx context.Context, ref string) (api.Connector, error) {
	return call[api.Connector](ctx, c, http.MethodGet, itemOf(api.Connectors, ref), nil, nil)
}

// ObserveConnector reads one and looks at what its device has now.
func (c *Client) ObserveConnector(ctx context.Context, ref string) (api.Connector, error) {
	return call[api.Connector](ctx, c, http.MethodGet, itemOf(api.Connectors, ref)+"?observe=true", nil, nil)
}

// Connectors reads those of one certificate, or all, by name.
func (c *Client) Connectors(ctx context.Context, certificateID string) ([]api.Connector, error) {
	query := url.Values{}
	if certificateID != "" {
		query.Set("certificate_id", certificateID)
	}
	return all[api.Connector](ctx, c, api.Connectors, query)
}

// UpdateConnector changes one and pushes again.
func (c *Client) UpdateConnector(ctx context.Context, id string, in api.WriteConnector) (api.ConnectorResult, error) {
	return call[api.ConnectorResult](ctx, c, http.MethodPut, itemOf(api.Connectors, id), in, nil)
}

// PushConnector pushes the current version again.
func (c *Client) PushConnector(ctx context.Context, ref string) (api.PushResult, error) {
	return call[api.PushResult](ctx, c, http.MethodPost, itemOf(api.Connectors, ref)+api.Push, nil, nil)
}

// RollBackPush puts back what the last push replaced.
func (c *Client) RollBackPush(ctx context.Context, ref string) (api.PushResult, error) {
	return call[api.PushResult](ctx, c, http.MethodPost, itemOf(api.Connectors, ref)+api.RollBackPath, nil, nil)
}

// DeleteConnector forgets one, removing its files where it asks for that.
func (c *Client) DeleteConnector(ctx context.Context, id string) error {
	_, err := call[struct{}](ctx, c, http.MethodDelete, itemOf(api.Connectors, id), nil, nil)
	return err
}

// AuditEvents reads the whole trail, oldest first.
func (c *Client) AuditEvents(ctx context.Context) ([]api.AuditEvent, error) {
	return all[api.AuditEvent](ctx, c, api.AuditEvents, url.Values{})
}
