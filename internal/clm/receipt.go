package clm

import "time"

// Receipt is a device's own statement of what it has installed: what was sent to
// it proves nothing. There is one for each device with a profile, from the moment
// it gets one; a later statement takes the place of the earlier.
type Receipt struct {
	DeviceID   string    `json:"device_id"`
	DeviceName string    `json:"device_name"`
	ProfileID  string    `json:"profile_id"`
	Critical   bool      `json:"critical"`
	Unreached  bool      `json:"unreached,omitempty"` // nobody goes to the device: it comes by itself, or is left alone
	Digest     string    `json:"digest"`              // of the bundle it has installed, "" when none is known
	ReceivedAt time.Time `json:"received_at"`         // when it first stated that digest
	LastSeen   time.Time `json:"last_seen"`           // zero: nothing was ever heard of it
	Failure    string    `json:"failure,omitempty"`
	// Place is where the last installation put the bundle; zero when none did.
	Place TrustStore `json:"place"`
}

// ForeignDigest stands for every digest that no bundle of the profile has: who
// states one has something of somebody else's installed, whatever it is.
const ForeignDigest = "foreign"

// Follow repeats what is known of the device, which a list of receipts goes by.
func (r *Receipt) Follow(d Device) {
	r.DeviceName, r.Critical, r.Unreached = d.Name, d.Critical, !d.Reached()
}

// Attest takes in what the device states at now.
func (r *Receipt) Attest(digest, failure string, now time.Time) {
	if r.Digest != digest || r.ReceivedAt.IsZero() {
		r.Digest, r.ReceivedAt = digest, now
	}
	r.LastSeen, r.Failure = now, failure
}

// Same tells whether nothing was heard of the device between two receipts of it.
func (r Receipt) Same(o Receipt) bool {
	return r.ProfileID == o.ProfileID && r.Digest == o.Digest && r.Failure == o.Failure && r.LastSeen.Equal(o.LastSeen)
}

// Report judges the receipt by what the bundle it names holds: a digest that no
// bundle of its profile has holds nothing.
func (r Receipt) Report(m Membership) TrustReport {
	report := TrustReport{
		DeviceID: r.DeviceID, Name: r.DeviceName, Critical: r.Critical,
		TrustsOld: m.Old, TrustsNew: m.New, LastSeen: r.LastSeen, Failure: r.Failure,
	}
	if m.New {
		report.ReceivedAt = r.ReceivedAt
	}
	return report
}

// Membership tells which of the two certificates of a replacement a bundle holds.
type Membership struct{ Old, New bool }

// ReceiptTally counts the receipts that are alike. The store keeps it up to date
// with every receipt, so that counting a fleet costs what its variety costs, not
// its size.
type ReceiptTally struct {
	ProfileID string
	Digest    string
	Critical  bool
	Failed    bool
	Hour      int64 // LastSeen in whole hours since 1970; 0: never
	Count     int64
	// LastReceivedAt is the latest ReceivedAt of that profile and digest, also of
	// devices that have moved on since.
	LastReceivedAt time.Time
}

// HourOf is the bucket a moment is counted in.
func HourOf(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix() / 3600
}

// ReceiptFilter narrows a list of receipts. Zero fields do not filter.
type ReceiptFilter struct {
	ProfileID  string
	Digests    []string // any of these; nil: all
	Critical   bool     // only critical devices
	Failed     bool     // only those that could not install
	Reached    bool     // only devices that somebody goes to
	SeenFrom   time.Time
	SeenBefore time.Time
}
