package store

import (
	"cmp"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// Tallies count the receipts of a profile. A fleet of any size states few digests, but
// its devices fell silent in many hours: the hours of those alike come in one row,
// because rows cost more than what is in them.
func (tx *Tx) Tallies(profileID string) ([]clm.ReceiptTally, error) {
	var all []clm.ReceiptTally
	err := tx.each(func(rows *sql.Rows) error {
		alike := clm.ReceiptTally{ProfileID: profileID}
		var received int64
		var hours string
		if err := rows.Scan(&alike.Digest, &alike.Critical, &alike.Failed, &received, &hours); err != nil {
			return err
		}
		alike.LastReceivedAt = timeOrNever(received)
		tallies, err := byHour(alike, hours)
		all = append(all, tallies...)
		return err
	}, "SELECT t.digest, t.critical, t.failed, COALESCE(d.last_received_at, 0), t.hours FROM"+
		" (SELECT digest, critical, failed, string_agg(hour || ':' || count, ' ') AS hours FROM receipt_tallies"+
		" WHERE profile_id = ? GROUP BY digest, critical, failed) t"+
		" LEFT JOIN receipt_digests d ON d.profile_id = ? AND d.digest = t.digest"+
		" ORDER BY t.digest, t.critical, t.failed", profileID, profileID)
	return all, err
}

// byHour reads "hour:count hour:count", in whatever order they come.
func byHour(alike clm.ReceiptTally, hours string) ([]clm.ReceiptTally, error) {
	var all []clm.ReceiptTally
	for pair := range strings.SplitSeq(hours, " ") {
		hour, count, _ := strings.Cut(pair, ":")
		t := alike
		var errs [2]error
		t.Hour, errs[0] = strconv.ParseInt(hour, 10, 64)
		t.Count, errs[1] = strconv.ParseInt(count, 10, 64)
		if err := errors.Join(errs[:]...); err != nil {
			return nil, fmt.Errorf("reading the tally %q: %w", pair, err)
		}
		all = append(all, t)
	}
	slices.SortFunc(all, func(a, b clm.ReceiptTally) int { return cmp.Compare(a.Hour, b.Hour) })
	return all, nil
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
	unreached  bool
	receivedAt int64
	tally      clm.ReceiptTally
	count      int64 // of that tally
}

// recorded reads a receipt together with the count of its tally.
func (tx *Tx) recorded(deviceID string) (old record, err error) {
	t := &old.tally
	_, err = tx.first([]any{&old.deviceName, &old.unreached, &old.receivedAt, &t.ProfileID, &t.Digest, &t.Critical, &t.Failed, &t.Hour, &old.count},
		"SELECT r.device_name, r.unreached, r.received_at, r.profile_id, r.digest, r.critical, r.failed, r.hour, t.count FROM receipts r"+
			" JOIN receipt_tallies t ON t.profile_id = r.profile_id AND t.digest = r.digest AND t.critical = r.critical"+
			" AND t.failed = r.failed AND t.hour = r.hour WHERE r.device_id = ?", deviceID)
	return old, err
}

// sameDevice tells whether there is a receipt, of a device that is as r says.
func (old record) sameDevice(r clm.Receipt) bool {
	return old.count > 0 && old.deviceName == r.DeviceName && old.unreached == r.Unreached &&
		old.tally.ProfileID == r.ProfileID && old.tally.Critical == r.Critical
}

// sameStatement tells whether r differs at most in when the device was seen.
func (old record) sameStatement(r clm.Receipt) bool {
	return old.tally.Failed == (r.Failure != "") && !old.newlyReceived(r)
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
