package clm

import "time"

// Page asks for a part of a list ordered by name.
type Page struct {
	After string // the last name of the page before, "" for the first
	Limit int    // at most this many; 0 means all
}

// CertificateFilter narrows a list of certificates. Zero fields do not filter.
type CertificateFilter struct {
	IssuerID      string
	CommonName    string    // exactly
	NameContains  string    // case-sensitive part of the name
	ExpiresBefore time.Time // the current version's notAfter
	State         VersionState
}

// CertificateRow is a certificate with its current version, nil before the first.
type CertificateRow struct {
	Certificate Certificate
	Current     *Version
}

// Untouched tells whether its owner never changed it since it was made.
func (r CertificateRow) Untouched() bool { return r.Certificate.Untouched() }

// ConnectorFilter narrows a list of connectors. Zero fields do not filter.
type ConnectorFilter struct {
	CertificateID string
	DeviceID      string
}

// WorkOrderFilter narrows a list of work orders. Zero fields do not filter.
type WorkOrderFilter struct {
	ConnectorID string
	State       WorkOrderState
}

// Replay remembers that a request was carried out, so that the same request
// sent again finds its result instead of doing it twice.
type Replay struct {
	Key       string // the principal's name and the idempotency key
	SubjectID string // what came of it
	At        time.Time
}
