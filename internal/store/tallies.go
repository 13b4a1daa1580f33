package store

import (
	"database/sql"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// Tallies count the receipts of a profile.
func (tx *Tx) Tallies(profileID string) ([]clm.ReceiptTally, error) {
	var all []clm.ReceiptTally
	err := tx.each(func(rows *sql.Rows) error {
		t := clm.ReceiptTally{ProfileID: profileID}
		var received int64
		if err := rows.Scan(&t.Digest, &t.Critical, &t.Failed, &t.Hour, &t.Count, &received); err != nil {
			return err
		}
		t.LastReceivedAt = timeOrNever(received)
		all = append(all, t)
		return nil
	}, "SELECT t.digest, t.critical, t.failed, t.hour, t.count, COALESCE(d.last_received_at, 0) FROM receipt_tallies t"+
		" LEFT JOIN receipt_digests d ON d.profile_id = t.profile_id AND d.digest = t.digest"+
		" WHERE t.profile_id = ? ORDER BY t.digest, t.critical, t.failed, t.hour", profileID)
	return all, err
}

// CountTallied counts the receipts of a tally that were last seen before a time.
func (tx *Tx) CountTallied(tally clm.ReceiptTally, before time.Time) (int64, error) {
	return tx.count("SELECT COUNT(*) FROM receipts"+ofTally+" AND last_seen > 0 AND last_seen < ?",
		append(tallyKey(tally), micros(before))...)
}

// ofTally is the condition of a tally, and of the receipts it counts.
const ofTally = " WHERE profile_id = ? AND digest = ? AND critical = ? AND failed = ? AND hour = ?"

func tallyKey(t clm.ReceiptTally) []any {
	return []any{t.ProfileID, t.Digest, t.Critical, t.Failed, t.Hour}
}

// tallyOf is the tally that counts a receipt, without its count.
func tallyOf(r clm.Receipt) clm.ReceiptTally {
	return clm.ReceiptTally{
		ProfileID: r.ProfileID, Digest: r.Digest, Critical: r.Critical, Failed: r.Failure != "", Hour: clm.HourOf(r.LastSeen),
	}
}

// record is what has to be known of a stored receipt to put another in its
// place: the zero value when there is none.
type record struct {
	deviceName string
	receivedAt int64
	tally      clm.ReceiptTally
	count      int64 // of that tally
}

// recorded reads a receipt together with the count of its tally.
func (tx *Tx) recorded(deviceID string) (old record, err error) {
	t := &old.tally
	_, err = tx.first([]any{&old.deviceName, &old.receivedAt, &t.ProfileID, &t.Digest, &t.Critical, &t.Failed, &t.Hour, &old.count},
		"SELECT r.device_name, r.received_at, r.profile_id, r.digest, r.critical, r.failed, r.hour, t.count FROM receipts r"+
			" JOIN receipt_tallies t ON t.profile_id = r.profile_id AND t.digest = r.digest AND t.critical = r.critical"+
			" AND t.failed = r.failed AND t.hour = r.hour WHERE r.device_id = ?", deviceID)
	return old, err
}

// onlySeenIn tells whether r states the same and differs at most in when the
// device was seen.
func (old record) onlySeenIn(r clm.Receipt) bool {
	seen := old.tally
	seen.Hour = clm.HourOf(r.LastSeen)
	return seen == tallyOf(r) && old.deviceName == r.DeviceName && !old.newlyReceived(r)
}

// newlyReceived tells whether r's digest was received otherwise than it stands.
func (old record) newlyReceived(r clm.Receipt) bool {
	return old.tally.ProfileID != r.ProfileID || old.tally.Digest != r.Digest || old.receivedAt != microsOrNever(r.ReceivedAt)
}

// recount moves a receipt from the tally that counted it to the one that does now.
func (tx *Tx) recount(old record, r clm.Receipt) error {
	if tally := tallyOf(r); old.tally != tally {
		if err := tx.leaveTally(old); err != nil {
			return err
		}
		if err := tx.enterTally(tally); err != nil {
			return err
		}
	}
	if !old.newlyReceived(r) || r.ReceivedAt.IsZero() {
		return nil
	}
	return tx.receiveDigest(r)
}

// leaveTally takes one off the count; the last one takes the tally along.
func (tx *Tx) leaveTally(old record) error {
	write := "UPDATE receipt_tallies SET count = count - 1"
	switch old.count {
	case 0:
		return nil
	case 1:
		write = "DELETE FROM receipt_tallies"
	}
	_, err := tx.exec(write+ofTally, tallyKey(old.tally)...)
	return err
}

func (tx *Tx) enterTally(t clm.ReceiptTally) error {
	_, err := tx.exec("INSERT INTO receipt_tallies (profile_id, digest, critical, failed, hour, count) VALUES (?, ?, ?, ?, ?, 1)"+
		" ON CONFLICT (profile_id, digest, critical, failed, hour) DO UPDATE SET count = receipt_tallies.count + 1", tallyKey(t)...)
	return err
}

// receiveDigest raises the time a digest was last received.
func (tx *Tx) receiveDigest(r clm.Receipt) error {
	_, err := tx.exec("INSERT INTO receipt_digests (profile_id, digest, last_received_at) VALUES (?, ?, ?)"+
		" ON CONFLICT (profile_id, digest) DO UPDATE SET last_received_at = excluded.last_received_at"+
		" WHERE receipt_digests.last_received_at < excluded.last_received_at",
		r.ProfileID, r.Digest, micros(r.ReceivedAt))
	return err
}
