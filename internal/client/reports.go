package client

import (
	"context"
	"net/http"
	"net/url"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
)

// PushValidationReport looks at what is served after every push; ids that are not ""
// narrow it.
func (c *Client) PushValidationReport(ctx context.Context, certificateID, deviceID string) (api.PushValidationReport, error) {
	query := url.Values{}
	for name, id := range map[string]string{"certificate_id": certificateID, "device_id": deviceID} {
		if id != "" {
			query.Set(name, id)
		}
	}
	return call[api.PushValidationReport](ctx, c, http.MethodGet, api.PushValidations+"?"+query.Encode(), nil, nil)
}

// Topology reads a certificate with everything around it, by id or name.
func (c *Client) Topology(ctx context.Context, ref string) (api.Topology, error) {
	return call[api.Topology](ctx, c, http.MethodGet, itemOf(api.Certificates, ref)+api.TopologyPath, nil, nil)
}
