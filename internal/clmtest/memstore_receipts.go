package clmtest

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// arrival is when a digest of a profile was last received, also from devices that
// have moved on since.
type arrival struct {
	profileID, digest string
	at                time.Time
}

func (tx *memoryTx) receipt(deviceID string) *clm.Receipt {
	for _, r := range tx.receipts {
		if r.DeviceID == deviceID {
			return r
		}
	}
	return nil
}

func (tx *memoryTx) Receipt(deviceID string) (clm.Receipt, error) {
	if r := tx.receipt(deviceID); r != nil {
		return *r, nil
	}
	return clm.Receipt{}, clm.Errorf(clm.KindNotFound, "there is no receipt of device %s", deviceID)
}

func (tx *memoryTx) Receipts(filter clm.ReceiptFilter, page clm.Page) (all []clm.Receipt, err error) {
	for _, r := range tx.receipts {
		if r.DeviceName > page.After && passes(filter, r) {
			all = append(all, *r)
		}
	}
	slices.SortFunc(all, func(a, b clm.Receipt) int { return strings.Compare(a.DeviceName, b.DeviceName) })
	if page.Limit > 0 {
		all = all[:min(page.Limit, len(all))]
	}
	return all, nil
}

// passes compares in microseconds. Who was never seen was not seen before anything.
func passes(f clm.ReceiptFilter, r *clm.Receipt) bool {
	seen := r.LastSeen.UnixMicro()
	switch {
	case f.ProfileID != "" && r.ProfileID != f.ProfileID,
		f.Digests != nil && !slices.Contains(f.Digests, r.Digest),
		f.Critical && !r.Critical,
		f.Failed && r.Failure == "",
		f.Reached && r.Unreached,
		!f.SeenFrom.IsZero() && (r.LastSeen.IsZero() || seen < f.SeenFrom.UnixMicro()),
		!f.SeenBefore.IsZero() && (r.LastSeen.IsZero() || seen >= f.SeenBefore.UnixMicro()):
		return false
	}
	return true
}

func (tx *memoryTx) CountReceipts(filter clm.ReceiptFilter) (int64, error) {
	all, err := tx.Receipts(filter, clm.Page{})
	return int64(len(all)), err
}

func (tx *memoryTx) PutReceipt(r clm.Receipt) error {
	if memoryDevices.find(tx, r.DeviceID) == nil {
		return absent(clm.NounDevice, r.DeviceID, "device_id")
	}
	if memoryProfiles.find(tx, r.ProfileID) == nil {
		return absent(clm.NounProfile, r.ProfileID, "communication_profile_id")
	}
	if err := tx.write(); err != nil {
		return err
	}
	tx.receipts = append(tx.otherReceipts(r.DeviceID), &r)
	if !r.ReceivedAt.IsZero() {
		tx.arrives(arrival{r.ProfileID, r.Digest, r.ReceivedAt.Truncate(time.Microsecond).UTC()})
	}
	return nil
}

func (tx *memoryTx) otherReceipts(deviceID string) []*clm.Receipt {
	return slices.DeleteFunc(slices.Clone(tx.receipts), func(r *clm.Receipt) bool { return r.DeviceID == deviceID })
}

// arrives raises the time a digest was last received.
func (tx *memoryTx) arrives(a arrival) {
	at := slices.IndexFunc(tx.arrivals, func(o *arrival) bool { return o.profileID == a.profileID && o.digest == a.digest })
	next := slices.Clone(tx.arrivals)
	switch {
	case at < 0:
		next = append(next, &a)
	case next[at].at.Before(a.at):
		next[at] = &a
	}
	tx.arrivals = next
}

func (tx *memoryTx) arrived(profileID, digest string) time.Time {
	for _, a := range tx.arrivals {
		if a.profileID == profileID && a.digest == digest {
			return a.at
		}
	}
	return time.Time{}
}

func (tx *memoryTx) DeleteReceipt(deviceID string) error {
	if tx.receipt(deviceID) == nil {
		return nil
	}
	if err := tx.write(); err != nil {
		return err
	}
	tx.receipts = tx.otherReceipts(deviceID)
	return nil
}

// receiptFollows keeps what a receipt repeats of its device the same as there.
func (tx *memoryTx) receiptFollows(d *clm.Device) error {
	r := tx.receipt(d.ID)
	switch {
	case r == nil:
		return nil
	case d.ProfileID == "":
		return tx.DeleteReceipt(d.ID)
	}
	next := *r
	next.Follow(*d)
	return tx.PutReceipt(next)
}

// Tallies count anew each time: a test's fleet is small.
func (tx *memoryTx) Tallies(profileID string) (all []clm.ReceiptTally, err error) {
	counts := map[clm.ReceiptTally]int64{}
	for _, r := range tx.receipts {
		if r.ProfileID == profileID {
			counts[tallyOf(r)]++
		}
	}
	for tally, n := range counts {
		tally.Count, tally.LastReceivedAt = n, tx.arrived(profileID, tally.Digest)
		all = append(all, tally)
	}
	slices.SortFunc(all, func(a, b clm.ReceiptTally) int {
		return cmp.Or(cmp.Compare(a.Digest, b.Digest), number(a.Critical)-number(b.Critical), number(a.Failed)-number(b.Failed), cmp.Compare(a.Hour, b.Hour))
	})
	return all, nil
}

func tallyOf(r *clm.Receipt) clm.ReceiptTally {
	return clm.ReceiptTally{ProfileID: r.ProfileID, Digest: r.Digest, Critical: r.Critical, Failed: r.Failure != "", Hour: clm.HourOf(r.LastSeen)}
}

func number(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (tx *memoryTx) CountTallied(tally clm.ReceiptTally, before time.Time) (n int64, err error) {
	tally.Count, tally.LastReceivedAt = 0, time.Time{}
	for _, r := range tx.receipts {
		if tallyOf(r) == tally && passes(clm.ReceiptFilter{SeenBefore: before}, r) {
			n++
		}
	}
	return n, nil
}
