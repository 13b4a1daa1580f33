package api

import "time"

// List is one page of a collection, ordered by name.
type List[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty" doc:"pass as after to get the next page; absent on the last"`
}

// AuditEvent is one row of the audit trail.
type AuditEvent struct {
	Sequence  int64             `json:"sequence"`
	At        time.Time         `json:"at"`
	Principal string            `json:"principal"`
	RequestID string            `json:"request_id,omitempty"`
	Action    string            `json:"action"`
	Noun      string            `json:"noun"`
	SubjectID string            `json:"subject_id"`
	Subject   string            `json:"subject"`
	Details   map[string]string `json:"details,omitempty"`
	Previous  string            `json:"previous" doc:"hash of the row before"`
	Hash      string            `json:"hash" doc:"SHA-256 over the row and the hash of the one before"`
}
