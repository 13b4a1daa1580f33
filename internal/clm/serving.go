package clm

import "time"

// Serving is what a server states of a certificate that it serves itself, without a
// connector: the version that a handshake with itself has shown.
type Serving struct {
	Server  string    `json:"server"` // unique among those that serve the certificate
	Version int64     `json:"version"`
	At      time.Time `json:"at"`
}

// A server states again what it serves while its root is being replaced, every
// ServingRestated. One that has not for as long as ServingCounts, while there was a new
// version to be stated, is gone: it has no estate, and so answers nobody.
const (
	ServingRestated = 10 * time.Minute
	ServingCounts   = time.Hour
)

// Serve takes a statement in. Those that count no more are dropped.
func (r *CertificateRow) Serve(s Serving) {
	kept := make([]Serving, 0, len(r.Certificate.Served)+1) // never in place: others may hold the old one
	for _, other := range r.Certificate.Served {
		if other.Server != s.Server && r.counts(other, s.At) {
			kept = append(kept, other)
		}
	}
	r.Certificate.Served = append(kept, s)
}

func (r CertificateRow) counts(s Serving, now time.Time) bool {
	since := s.At
	if r.Current != nil && r.Current.CreatedAt.After(since) {
		since = r.Current.CreatedAt
	}
	return now.Sub(since) < ServingCounts
}

// serving tells whether some server states to serve that version, and how many state to
// serve another.
func (r CertificateRow) serving(number int64, now time.Time) (in bool, others int) {
	for _, s := range r.Certificate.Served {
		switch {
		case !r.counts(s, now):
		case s.Version == number:
			in = true
		default:
			others++
		}
	}
	return in, others
}
