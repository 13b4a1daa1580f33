package store

import (
	"database/sql"
	"strings"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// AppendAudit numbers the event, chains it to the last one and adds it.
func (tx *Tx) AppendAudit(e *clm.AuditEvent) error {
	var last clm.AuditEvent
	if _, err := tx.first([]any{&last.Sequence, &last.Hash},
		"SELECT sequence, hash FROM audit_events ORDER BY sequence DESC LIMIT 1"); err != nil {
		return err
	}
	sealed := readable(*e)
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
// chain for good. Action and noun are words of ours.
func readable(e clm.AuditEvent) clm.AuditEvent {
	e.At = e.At.UTC()
	for _, text := range []*string{&e.Principal, &e.RequestID, &e.SubjectID, &e.Subject} {
		*text = validUTF8(*text)
	}
	var details map[string]string
	for name, text := range e.Details {
		if details == nil {
			details = make(map[string]string, len(e.Details))
		}
		details[validUTF8(name)] = validUTF8(text)
	}
	e.Details = details
	return e
}

func validUTF8(text string) string { return strings.ToValidUTF8(text, "\uFFFD") }

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
