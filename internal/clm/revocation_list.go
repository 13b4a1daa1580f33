package clm

import (
	"cmp"
	"slices"
	"time"
)

// RevocationListLife is how long a revocation list is good for. The next one is
// signed when half of it is over, so that whoever fetches it now and then always
// has one that is valid, and a signer that is away for days harms nobody.
const RevocationListLife = 7 * 24 * time.Hour

// CA is a CA certificate in its slot: who signs lists about what it has signed.
type CA struct {
	IssuerID          string `json:"issuer_id"` // the slot it is or was in
	FingerprintSHA256 string `json:"fingerprint_sha256"`
}

// RevocationList is the newest list about what one CA certificate has issued. Each
// CA certificate has its own, signed by its own key, for as long as it lives: what
// a replaced root has signed is not on the lists of its successor.
type RevocationList struct {
	CA         CA        `json:"ca"`
	Number     int64     `json:"number"`
	ThisUpdate time.Time `json:"this_update"`
	NextUpdate time.Time `json:"next_update"`
	Complete   []byte    `json:"complete"`        // DER
	Delta      []byte    `json:"delta,omitempty"` // DER, of the same number; nil with the first list and the last
	Base       int64     `json:"base"`            // number of the list that the next delta continues
	BaseList   []byte    `json:"base_list"`       // DER
	Last       bool      `json:"last,omitempty"`  // the key is gone: there will be no other, unless it is imported again
	Stale      bool      `json:"-"`               // something was withdrawn or released since; kept by the store
}

// ListDue says why a list is to be signed; "" is not at all.
type ListDue string

const (
	// ListFirst: there is none yet.
	ListFirst ListDue = "first"
	// ListChanged: what it says is not what is recorded.
	ListChanged ListDue = "changed"
	// ListScheduled: half of its life is over.
	ListScheduled ListDue = "scheduled"
)

// ShouldSignList decides whether a CA that ends at that time, and has its key, is to
// sign a list now.
// It is a pure function of recorded facts. A list that lasts as long as its CA needs
// no successor unless something changes, and after its CA has ended nobody asks.
func ShouldSignList(newest *RevocationList, end, now time.Time) ListDue {
	switch {
	case !now.Before(end):
		return ""
	case newest == nil:
		return ListFirst
	case newest.Stale:
		return ListChanged
	case newest.Last:
		return ListScheduled // the key is back
	case newest.NextUpdate.Before(end) && !now.Before(newest.ThisUpdate.Add(RevocationListLife/2)):
		return ListScheduled
	}
	return ""
}

// ListEnd is until when a list is good that is signed at now.
func ListEnd(end, now time.Time) time.Time {
	if next := now.Add(RevocationListLife); next.Before(end) {
		return next
	}
	return end
}

// NextListNumber is the number of the list that follows one with the number before,
// signed at now: the seconds since 1970, or one more than before where that is not
// enough. Numbers rise for ever (RFC 5280, section 5.2.3), and those of lists that a
// restored backup does not know of stay behind its clock.
func NextListNumber(before int64, now time.Time) int64 { return max(before+1, now.Unix()) }

// Continues tells whether the next delta continues the list signed for that reason:
// deltas grow until the next scheduled list.
func (d ListDue) Continues() bool { return d != ListChanged }

// DeltaOf is what has changed between two lists: what is new or has another reason,
// and, to be removed, what is on the list no more because it was released or has
// expired (RFC 5280, section 5.3.1).
func DeltaOf(before, after []Revocation) []Revocation {
	was, is := bySerial(before), bySerial(after)
	var delta []Revocation
	for serial, r := range is {
		if old, listed := was[serial]; !listed || old.Reason != r.Reason {
			delta = append(delta, r)
		}
	}
	for serial, r := range was {
		if _, listed := is[serial]; !listed {
			r.Reason = ReasonRemove
			delta = append(delta, r)
		}
	}
	slices.SortFunc(delta, func(a, b Revocation) int { return cmp.Compare(a.SerialNumber, b.SerialNumber) })
	return delta
}

func bySerial(list []Revocation) map[string]Revocation {
	out := make(map[string]Revocation, len(list))
	for _, r := range list {
		out[r.SerialNumber] = r
	}
	return out
}
