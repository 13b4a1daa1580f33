package store

import (
	"database/sql"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// recordRevocation keeps what revocation lists need apart from the lineage,
// which may be deleted before the certificate expires.
func (tx *Tx) recordRevocation(v *clm.Version) error {
	r := v.Revocation()
	if r == nil {
		return nil
	}
	return tx.PutRevocation(clm.CA{IssuerID: v.Identity.IssuerID, FingerprintSHA256: v.IssuedBy()}, *r)
}

// PutRevocation records that something is withdrawn that a CA certificate's key signed.
func (tx *Tx) PutRevocation(ca clm.CA, r clm.Revocation) error {
	_, err := tx.exec("INSERT INTO revocations (issuer_id, serial_number, revoked_at, reason, not_after, ca_fingerprint)"+
		" VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (issuer_id, serial_number) DO UPDATE SET revoked_at = excluded.revoked_at, reason = excluded.reason",
		ca.IssuerID, r.SerialNumber, micros(r.RevokedAt), string(r.Reason), micros(r.NotAfter), ca.FingerprintSHA256)
	if err != nil {
		return err
	}
	return tx.outdateList(ca.FingerprintSHA256)
}

// dropRevocation forgets the hold of a version that was released, if there was one.
func (tx *Tx) dropRevocation(v *clm.Version) error {
	n, err := tx.exec("DELETE FROM revocations WHERE issuer_id = ? AND serial_number = ?", v.Identity.IssuerID, v.SerialNumber)
	if err != nil || n == 0 {
		return err
	}
	return tx.outdateList(v.IssuedBy())
}

// outdateList makes the list of a CA certificate stale, in the transaction that changes
// what it should say.
func (tx *Tx) outdateList(fingerprint string) error {
	_, err := tx.exec("UPDATE revocation_lists SET stale = ? WHERE ca_fingerprint = ?", true, fingerprint)
	return err
}

// Revocations lists what a CA has withdrawn, by serial number.
func (tx *Tx) Revocations(ca clm.CA, notBefore time.Time) ([]clm.Revocation, error) {
	return tx.revocations(" AND not_after >= ? ORDER BY serial_number", ca, microsOrNever(notBefore))
}

// Revocation is what is recorded of one serial number.
func (tx *Tx) Revocation(ca clm.CA, serialNumber string) (clm.Revocation, error) {
	found, err := tx.revocations(" AND serial_number = ?", ca, serialNumber)
	switch {
	case err != nil:
		return clm.Revocation{}, err
	case len(found) == 0:
		return clm.Revocation{}, clm.Errorf(clm.KindNotFound, "the certificate with the serial number %q is not withdrawn", serialNumber)
	}
	return found[0], nil
}

func (tx *Tx) revocations(rest string, ca clm.CA, arg any) ([]clm.Revocation, error) {
	var all []clm.Revocation
	err := tx.each(func(rows *sql.Rows) error {
		var r clm.Revocation
		var revokedAt, notAfter int64
		if err := rows.Scan(&r.SerialNumber, &revokedAt, &r.Reason, &notAfter); err != nil {
			return err
		}
		r.RevokedAt, r.NotAfter = timeOrNever(revokedAt), timeOrNever(notAfter)
		all = append(all, r)
		return nil
	}, "SELECT serial_number, revoked_at, reason, not_after FROM revocations"+
		" WHERE (ca_fingerprint = ? OR ca_fingerprint = '' AND issuer_id = ?)"+rest, ca.FingerprintSHA256, ca.IssuerID, arg)
	return all, err
}

// RevocationList is the newest list of a CA certificate.
func (tx *Tx) RevocationList(fingerprint string) (list clm.RevocationList, err error) {
	var document []byte
	found, err := tx.first([]any{&list.Stale, &document}, "SELECT stale, document FROM revocation_lists WHERE ca_fingerprint = ?", fingerprint)
	switch {
	case err != nil:
		return list, err
	case !found:
		return list, clm.Errorf(clm.KindNotFound, "there is no revocation list of the CA certificate %q", fingerprint)
	}
	return list, decode(document, &list)
}

// PutRevocationList takes the place of a list with a lower number. That there is a
// higher one means that somebody else signed first.
func (tx *Tx) PutRevocationList(list clm.RevocationList) error {
	document, err := encode(list)
	if err != nil {
		return err
	}
	ca := list.CA.FingerprintSHA256
	n, err := tx.exec("INSERT INTO revocation_lists (ca_fingerprint, number, stale, document) VALUES (?, ?, ?, ?) ON CONFLICT (ca_fingerprint)"+
		" DO UPDATE SET number = excluded.number, stale = excluded.stale, document = excluded.document WHERE revocation_lists.number < excluded.number",
		ca, list.Number, false, document)
	if err == nil && n == 0 {
		err = clm.Errorf(clm.KindConflict, "revocation list %d of the CA certificate %q does not follow the newest one", list.Number, ca)
	}
	return err
}
