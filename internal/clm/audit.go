package clm

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"
)

// AuditEvent is one row of the audit trail. It is written in the transaction of
// the write it records, and its hash covers the hash of the row before it: a
// row that is altered, removed or slipped in breaks every later one.
type AuditEvent struct {
	Sequence  int64             `json:"sequence"`
	At        time.Time         `json:"at"`
	Principal string            `json:"principal"`
	RequestID string            `json:"request_id,omitempty"`
	Action    string            `json:"action"` // noun.verb, such as "certificate.renew"
	Noun      Noun              `json:"noun"`
	SubjectID string            `json:"subject_id"`
	Subject   string            `json:"subject"` // the name at that moment
	Details   map[string]string `json:"details,omitempty"`
	Previous  string            `json:"previous"` // hash of the row before, "" for the first
	Hash      string            `json:"hash"`
}

// Seal numbers the event, chains it to the row before it and sets its hash.
func (e *AuditEvent) Seal(last AuditEvent) {
	e.Sequence = last.Sequence + 1
	e.Previous = last.Hash
	e.Hash = e.digest()
}

func (e AuditEvent) digest() string {
	e.Hash = ""
	e.At = e.At.UTC()
	document, err := json.Marshal(e) // map keys are sorted: the encoding is canonical
	if err != nil {
		panic(fmt.Sprintf("encoding an audit event of strings and numbers: %v", err))
	}
	sum := sha256.Sum256(document)
	return hex.EncodeToString(sum[:])
}

// CheckAuditChain says where a whole trail, given in order, was tampered with.
func CheckAuditChain(events []AuditEvent) error { return CheckAuditChainAfter(AuditEvent{}, events) }

// CheckAuditChainAfter does so for the part of a trail that follows last.
func CheckAuditChainAfter(last AuditEvent, events []AuditEvent) error {
	for _, e := range events {
		if e.Sequence != last.Sequence+1 {
			return Errorf(KindFailed, "audit row %d follows row %d: rows are missing", e.Sequence, last.Sequence)
		}
		if e.Previous != last.Hash || e.Hash != e.digest() {
			return Errorf(KindFailed, "audit row %d does not match its hash: it was altered", e.Sequence)
		}
		last = e
	}
	return nil
}
