package engine

import (
	"context"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// holdCertificate withdraws the current version until it is released or revoked.
// Holding what is on hold already changes nothing.
func (e *Engine) holdCertificate(ctx context.Context, by clm.Principal, ref string) (row clm.CertificateRow, err error) {
	err = e.update(ctx, by, func(c change) error {
		if row, err = c.currentVersion(ref); err != nil || row.Current.State == clm.VersionOnHold {
			return err
		}
		if err := row.Current.Hold(row.Certificate.Name, c.now); err != nil {
			return err
		}
		return c.saveHold(row, "hold")
	})
	return row, err
}

// ReleaseCertificate brings back what is on hold. What is in use already stays so.
func (e *Engine) ReleaseCertificate(ctx context.Context, by clm.Principal, ref string) (row clm.CertificateRow, err error) {
	err = e.update(ctx, by, func(c change) error {
		if row, err = c.currentVersion(ref); err != nil || row.Current.State == clm.VersionIssued {
			return err
		}
		if err := row.Current.Release(row.Certificate.Name); err != nil {
			return err
		}
		return c.saveHold(row, "release")
	})
	return row, err
}

func (c change) saveHold(row clm.CertificateRow, verb string) error {
	if err := c.UpdateVersion(row.Current); err != nil {
		return err
	}
	return c.record(clm.NounCertificate, verb, row.Certificate.ID, row.Certificate.Name, map[string]string{"serial_number": row.Current.SerialNumber})
}
