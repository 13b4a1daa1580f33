package engine

import (
	"context"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// RevokeCertificate withdraws the current version of a certificate, at once and
// for good, or for now where the reason is certificate_hold. Revoking one that is
// revoked already changes nothing.
func (e *Engine) RevokeCertificate(ctx context.Context, by clm.Principal, ref string, reason clm.RevocationReason) (row clm.CertificateRow, err error) {
	if reason == clm.ReasonHold {
		return e.holdCertificate(ctx, by, ref)
	}
	if err := reason.Check(); err != nil {
		return row, err
	}
	err = e.update(ctx, by, func(c change) error {
		if row, err = c.currentVersion(ref); err != nil {
			return err
		}
		if row.Current.State == clm.VersionRevoked {
			return nil
		}
		return c.revoke(row.Certificate, row.Current, reason)
	})
	return row, err
}

func (c change) revoke(certificate clm.Certificate, v *clm.Version, reason clm.RevocationReason) error {
	if err := v.Revoke(certificate.Name, reason, c.now); err != nil {
		return err
	}
	if err := c.UpdateVersion(v); err != nil {
		return err
	}
	return c.record(clm.NounCertificate, "revoke", certificate.ID, certificate.Name, map[string]string{
		"reason": string(v.RevocationReason), "serial_number": v.SerialNumber,
	})
}

// DeleteCertificate forgets a lineage. With revoke_on_destroy every version that
// could still be used is revoked in the same transaction. A lineage that still
// has connectors is refused.
func (e *Engine) DeleteCertificate(ctx context.Context, by clm.Principal, ref string) error {
	return e.update(ctx, by, func(c change) error {
		row, err := c.Certificate(ref)
		if err != nil {
			return err
		}
		if err := c.mayChange(row.Certificate.ID); err != nil {
			return err
		}
		if row.Certificate.Spec.RevokeOnDestroy {
			if err := c.revokeLive(row.Certificate); err != nil {
				return err
			}
		}
		if err := c.Tx.DeleteCertificate(row.Certificate); err != nil {
			return err
		}
		return c.record(clm.NounCertificate, "delete", row.Certificate.ID, row.Certificate.Name, nil)
	})
}

func (c change) revokeLive(certificate clm.Certificate) error {
	versions, err := c.Versions(certificate.ID)
	if err != nil {
		return err
	}
	for i := range versions {
		status := versions[i].Status(c.now)
		if status == clm.StatusRevoked || status == clm.StatusExpired {
			continue
		}
		if err := c.revoke(certificate, &versions[i], certificate.Spec.RevocationReason); err != nil {
			return err
		}
	}
	return nil
}
