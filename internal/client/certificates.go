package client

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
)

// CreateCertificate enrols a certificate.
func (c *Client) CreateCertificate(ctx context.Context, in api.CertificateSpec) (api.CertificateResult, error) {
	return create[api.CertificateResult](ctx, c, api.Certificates, in)
}

// PreviewCertificate asks what a write would do, or why it would be refused.
func (c *Client) PreviewCertificate(ctx context.Context, in api.PreviewCertificate) (api.Due, error) {
	return call[api.Due](ctx, c, http.MethodPost, api.Certificates+api.Preview, in, nil)
}

// Certificate reads one, by id or name.
func (c *Client) Certificate(ctx context.Context, ref string) (api.Certificate, error) {
	return call[api.Certificate](ctx, c, http.MethodGet, itemOf(api.Certificates, ref), nil, nil)
}

// CertificateFilter narrows Certificates. Zero fields do not filter.
type CertificateFilter struct {
	IssuerID, CommonName, NameContains string
	ExpiresBefore                      time.Time
	ExpiresWithinHours                 *int64 // by the backend's clock
	Revoked                            bool
}

func (f CertificateFilter) query() url.Values {
	q := url.Values{}
	for name, value := range map[string]string{"issuer_id": f.IssuerID, "common_name": f.CommonName, "name_contains": f.NameContains} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if !f.ExpiresBefore.IsZero() {
		q.Set("expires_before", f.ExpiresBefore.UTC().Format(time.RFC3339))
	}
	if f.ExpiresWithinHours != nil {
		q.Set("expires_within_hours", strconv.FormatInt(*f.ExpiresWithinHours, 10))
	}
	if f.Revoked {
		q.Set("revoked", "true")
	}
	return q
}

// Certificates reads those a filter leaves, by name.
func (c *Client) Certificates(ctx context.Context, f CertificateFilter) ([]api.Certificate, error) {
	return all[api.Certificate](ctx, c, api.Certificates, f.query())
}

// UpdateCertificate changes what is wanted and issues what is due.
func (c *Client) UpdateCertificate(ctx context.Context, id string, in api.CertificateSpec) (api.CertificateResult, error) {
	return call[api.CertificateResult](ctx, c, http.MethodPut, itemOf(api.Certificates, id), in, nil)
}

// ExportPrivateKey hands out the current private key; it leaves an audit row.
func (c *Client) ExportPrivateKey(ctx context.Context, ref string) (api.PrivateKey, error) {
	return call[api.PrivateKey](ctx, c, http.MethodPost, itemOf(api.Certificates, ref)+api.PrivateKeyExports, nil, nil)
}

// SyncStatus looks at every device that should have the certificate.
func (c *Client) SyncStatus(ctx context.Context, ref string) (api.SyncReport, error) {
	return call[api.SyncReport](ctx, c, http.MethodGet, itemOf(api.Certificates, ref)+api.SyncStatus, nil, nil)
}

// DeleteCertificate deletes one that has no connectors.
func (c *Client) DeleteCertificate(ctx context.Context, id string) error {
	_, err := call[struct{}](ctx, c, http.MethodDelete, itemOf(api.Certificates, id), nil, nil)
	return err
}
