package store

import (
	"database/sql"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// AppendAudit numbers the event, chains it to the last one and adds it.
func (tx *Tx) AppendAudit(e *clm.AuditEvent) error {
	var last clm.AuditEvent
	if _, err := tx.first([]any{&last.Sequence, &last.Hash},
		"SELECT sequence, hash FROM audit_events ORDER BY sequence DESC LIMIT 1"); err != nil {
		return err
	}
	sealed, err := readable(*e)
	if err != nil {
		return err
	}
	sealed.Seal(last)
	document, err := encode(sealed)
	if err != nil {
		return err
	}
	if _, err := tx.exec("INSERT INTO audit_events (sequence, hash, document) VALUES (?, ?, ?)",
		sealed.Sequence, sealed.Hash, document); err != nil {
		return err
	}
	*e = sealed
	return nil
}

// readable is the event as it will be read back. Its hash must be of that: text
// that is not UTF-8 would otherwise be changed by the document, and break the
// chain for good.
func readable(e clm.AuditEvent) (same clm.AuditEvent, err error) {
	document, err := encode(e)
	if err != nil {
		return same, err
	}
	return same, decode([]byte(document), &same)
}

// Audit lists events in the order they were written.
func (tx *Tx) Audit(afterSequence int64, most int) ([]clm.AuditEvent, error) {
	var all []clm.AuditEvent
	err := tx.each(func(rows *sql.Rows) error {
		var e clm.AuditEvent
		var document []byte
		if err := rows.Scan(&document); err != nil {
			return err
		}
		if err := decode(document, &e); err != nil {
			return err
		}
		all = append(all, e)
		return nil
	}, "SELECT document FROM audit_events WHERE sequence > ? ORDER BY sequence LIMIT ?", afterSequence, limit(most))
	return all, err
}
