package store

import (
	"database/sql"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

var certificates = &table[clm.Certificate]{
	noun:    clm.NounCertificate,
	name:    "certificates",
	columns: []string{"issuer_id", "common_name", "current_number"},
	header:  func(c *clm.Certificate) (string, string, *int64) { return c.ID, c.Name, &c.Revision },
	values: func(c *clm.Certificate) []any {
		return []any{orNull(c.Spec.IssuerID), c.Spec.Subject.CommonName, c.Current}
	},
	refers: func(c *clm.Certificate) []reference {
		return []reference{{noun: clm.NounRoot, table: "root_certificates", id: c.Spec.IssuerID, field: "issuer_id"}}
	},
}

// certificateRows reads lineages with their current version in one statement,
// so that the two belong together.
const certificateRows = "SELECT c.revision, c.document, v.revision, v.document" + lineages

const lineages = " FROM certificates c" +
	" LEFT JOIN versions v ON v.certificate_id = c.id AND v.number = c.current_number"

// Certificate finds a certificate by id or name.
func (tx *Tx) Certificate(ref string) (clm.CertificateRow, error) {
	rows, err := tx.certificateRows(" WHERE c."+refColumn(ref)+" = ?", ref)
	switch {
	case err != nil:
		return clm.CertificateRow{}, err
	case len(rows) == 0:
		return clm.CertificateRow{}, clm.NounCertificate.NotFound(ref)
	}
	return rows[0], nil
}

// Certificates lists certificates by name.
func (tx *Tx) Certificates(filter clm.CertificateFilter, page clm.Page) ([]clm.CertificateRow, error) {
	w := filtered(filter)
	w.and("c.name > ?", page.After)
	return tx.certificateRows(w.sql+" ORDER BY c.name LIMIT ?", append(w.args, limit(page.Limit))...)
}

func filtered(f clm.CertificateFilter) (w where) {
	if f.IssuerID != "" {
		w.and("c.issuer_id = ?", f.IssuerID)
	}
	if f.CommonName != "" {
		w.and("c.common_name = ?", f.CommonName)
	}
	if f.NameContains != "" { // LIKE ignores case in one database and not in the other
		w.and("REPLACE(c.name, ?, '') <> c.name", f.NameContains)
	}
	if !f.ExpiresBefore.IsZero() {
		w.and("v.not_after < ?", micros(f.ExpiresBefore))
	}
	if f.State != "" {
		w.and("v.state = ?", string(f.State))
	}
	return w
}

func (tx *Tx) certificateRows(rest string, args ...any) ([]clm.CertificateRow, error) {
	var all []clm.CertificateRow
	err := tx.each(func(rows *sql.Rows) error {
		row, err := scanCertificate(rows)
		all = append(all, row)
		return err
	}, certificateRows+rest, args...)
	return all, err
}

func scanCertificate(rows *sql.Rows) (row clm.CertificateRow, err error) {
	var lineage, current []byte
	var revision sql.NullInt64
	if err := rows.Scan(&row.Certificate.Revision, &lineage, &revision, &current); err != nil {
		return row, err
	}
	if err := decode(lineage, &row.Certificate); err != nil || !revision.Valid {
		return row, err
	}
	row.Current = &clm.Version{Revision: revision.Int64}
	return row, decode(current, row.Current)
}

// CountCertificates counts the lineages a root issues.
func (tx *Tx) CountCertificates(issuerID string) (int, error) {
	n, err := tx.count("SELECT COUNT(*) FROM certificates WHERE issuer_id = ?", issuerID)
	return int(n), err
}

// CountFiltered counts the lineages a filter leaves.
func (tx *Tx) CountFiltered(filter clm.CertificateFilter) (int64, error) {
	w := filtered(filter)
	return tx.count("SELECT COUNT(*)"+lineages+w.sql, w.args...)
}

// InsertCertificate adds a lineage.
func (tx *Tx) InsertCertificate(c *clm.Certificate) error { return certificates.insert(tx, c) }

// UpdateCertificate replaces what is stored of a lineage.
func (tx *Tx) UpdateCertificate(c *clm.Certificate) error { return certificates.update(tx, c) }

// DeleteCertificate removes a lineage no connector holds, with its versions and
// the keys nothing else uses. Revocations stay.
func (tx *Tx) DeleteCertificate(c clm.Certificate) error {
	if err := certificates.current(tx, &c); err != nil {
		return err
	}
	n, err := tx.count("SELECT COUNT(*) FROM connectors WHERE certificate_id = ?", c.ID)
	if err != nil {
		return err
	}
	if n > 0 {
		return still(clm.NounCertificate, c.Name, "has", n, "connector")
	}
	if err := tx.deleteVersions(c.ID); err != nil {
		return err
	}
	return certificates.remove(tx, &c)
}
