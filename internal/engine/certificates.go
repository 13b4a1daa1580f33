package engine

import (
	"context"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// CertificateWrite is what came of a write to a certificate.
type CertificateWrite struct {
	Row    clm.CertificateRow
	Done   clm.Operation
	Pushes []PushOutcome // of the new version, one for each connector
}

// CreateCertificate enrols a new lineage: the lineage, its first version and
// its sealed key come into being together.
func (e *Engine) CreateCertificate(ctx context.Context, by clm.Principal, name string, spec clm.CertificateSpec) (CertificateWrite, error) {
	spec = normal(spec)
	certificate := clm.Certificate{ID: clm.NewID(), Name: name, Spec: spec}
	if err := clm.CheckName(name); err != nil {
		return CertificateWrite{}, err
	}
	due := clm.ShouldIssue(spec, nil, e.now())
	minted, err := e.mint(ctx, clm.CertificateRow{Certificate: certificate}, due)
	if err != nil {
		return CertificateWrite{}, err
	}
	out := CertificateWrite{Done: due.Operation}
	err = e.update(ctx, by, func(c change) error {
		earlier, err := repeated(c, c.Certificate)
		if earlier != nil {
			out.Row = *earlier
		}
		if earlier != nil || err != nil {
			return err
		}
		out.Row, err = c.insertCertificate(certificate, minted)
		return err
	})
	return out, err
}

func (c change) insertCertificate(certificate clm.Certificate, m minted) (clm.CertificateRow, error) {
	row := clm.CertificateRow{Certificate: certificate}
	if err := c.mayIssue(certificate, m.issuer); err != nil {
		return row, err
	}
	if err := c.stillSigns(m.issuer); err != nil {
		return row, err
	}
	row.Certificate.CreatedAt, row.Certificate.UpdatedAt = c.now, c.now
	row.Certificate.Current = m.version.Number
	if err := c.InsertCertificate(&row.Certificate); err != nil {
		return row, err
	}
	if err := c.insertVersion(&row, m); err != nil {
		return row, err
	}
	return row, c.remember(certificate.ID)
}

// UpdateCertificate records what the owner wants now and issues at once what is
// due under it. Both happen in one transaction: when issuing fails, the wish is
// not recorded either, and the certificate that was there stays in use.
func (e *Engine) UpdateCertificate(ctx context.Context, by clm.Principal, ref, name string, spec clm.CertificateSpec) (CertificateWrite, error) {
	var out CertificateWrite
	spec = normal(spec)
	row, due, err := e.proposed(ctx, ref, name, spec)
	if err != nil {
		return out, err
	}
	var m minted
	if due.Operation != clm.OperationNone {
		if m, err = e.mint(ctx, row, due); err != nil {
			return out, err
		}
	}
	out.Done = due.Operation
	err = e.update(ctx, by, func(c change) error {
		out.Row, err = c.updateCertificate(row, m)
		return err
	})
	if err != nil {
		return out, err
	}
	if due.Operation != clm.OperationNone {
		out.Pushes, err = e.pushAll(ctx, by, row.Certificate.ID)
	}
	return out, err
}

// proposed is the certificate as it would be under the new spec, and what would
// then be due.
func (e *Engine) proposed(ctx context.Context, ref, name string, spec clm.CertificateSpec) (row clm.CertificateRow, due clm.Due, err error) {
	err = e.view(ctx, func(tx Tx) error {
		row, err = tx.Certificate(ref)
		return err
	})
	if err != nil {
		return row, due, err
	}
	row.Certificate.Name, row.Certificate.Spec = name, spec
	if err := e.checkSpec(row.Certificate); err != nil {
		return row, due, err
	}
	return row, clm.ShouldIssue(spec, row.Current, e.now()), nil
}

// updateCertificate is the write of UpdateCertificate. The compare-and-swap on
// the revision read in proposed is what keeps two renewals apart.
func (c change) updateCertificate(row clm.CertificateRow, m minted) (clm.CertificateRow, error) {
	if err := c.mayChange(row.Certificate.ID); err != nil { // as it is; and below as it becomes
		return row, err
	}
	row.Certificate.UpdatedAt = c.now
	previous := row.Current
	if m.version.Number > 0 {
		if err := c.mayIssue(row.Certificate, m.issuer); err != nil {
			return row, err
		}
		if err := c.stillSigns(m.issuer); err != nil {
			return row, err
		}
		row.Certificate.Current = m.version.Number
	}
	if err := c.UpdateCertificate(&row.Certificate); err != nil {
		return row, err
	}
	if m.version.Number == 0 {
		return row, c.record(clm.NounCertificate, "update", row.Certificate.ID, row.Certificate.Name, nil)
	}
	if err := c.supersede(previous, row.Certificate.Name); err != nil {
		return row, err
	}
	return row, c.insertVersion(&row, m)
}

func (c change) supersede(previous *clm.Version, name string) error {
	if previous == nil || previous.State != clm.VersionIssued {
		return nil // a revoked version stays revoked
	}
	if err := previous.Apply("supersede", name); err != nil {
		return err
	}
	return c.UpdateVersion(previous)
}

// PreviewCertificate tells what a write would do, and refuses what it would
// refuse, without doing anything. An empty ref means a certificate to be made.
func (e *Engine) PreviewCertificate(ctx context.Context, ref, name string, spec clm.CertificateSpec) (clm.Due, error) {
	spec = normal(spec)
	row := clm.CertificateRow{Certificate: clm.Certificate{Name: name, Spec: spec}}
	due := clm.ShouldIssue(spec, nil, e.now())
	var err error
	if ref != "" {
		row, due, err = e.proposed(ctx, ref, name, spec)
	}
	if err != nil {
		return due, err
	}
	if due.Operation == clm.OperationNone {
		return due, e.checkSpec(row.Certificate)
	}
	_, err = e.prepare(ctx, row)
	return due, err
}

// Certificate reads one certificate, by id or name, with its issuer.
func (e *Engine) Certificate(ctx context.Context, ref string) (row clm.CertificateRow, err error) {
	err = e.view(ctx, func(tx Tx) error {
		row, err = tx.Certificate(ref)
		return err
	})
	return row, err
}

// Certificates lists certificates by name.
func (e *Engine) Certificates(ctx context.Context, filter clm.CertificateFilter, page clm.Page) (rows []clm.CertificateRow, err error) {
	err = e.view(ctx, func(tx Tx) error {
		rows, err = tx.Certificates(filter, page)
		return err
	})
	return rows, err
}

// normal spells out defaults, so that leaving a default out and writing it down
// are the same wish.
func normal(spec clm.CertificateSpec) clm.CertificateSpec {
	spec.Key = clm.KeySpec(keySpecOf(spec.Key).WithDefaults())
	if len(spec.ExtKeyUsages) == 0 {
		spec.ExtKeyUsages = []string{"server_auth", "client_auth"}
	}
	spec.RevocationReason = spec.RevocationReason.OrDefault()
	return spec
}
