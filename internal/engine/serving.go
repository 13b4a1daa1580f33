package engine

import (
	"context"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// Serves records what a server states to serve of a certificate of its own: the current
// version, or nothing. That is what proves the earlier ones replaced, since no connector
// holds them.
func (e *Engine) Serves(ctx context.Context, by clm.Principal, ref, server, fingerprint string) error {
	return e.update(ctx, by, func(c change) error {
		row, err := c.currentVersion(ref)
		if err != nil {
			return err
		}
		if row.Current.FingerprintSHA256 != fingerprint {
			return clm.NounCertificate.Changed(row.Certificate.Name)
		}
		row.Serve(clm.Serving{Server: server, Version: row.Current.Number, At: c.now})
		if err := c.UpdateCertificate(&row.Certificate); err != nil {
			return err
		}
		return c.record(clm.NounCertificate, "serve", row.Certificate.ID, row.Certificate.Name, map[string]string{
			"server": server, "fingerprint_sha256": fingerprint,
		})
	})
}
