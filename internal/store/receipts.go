package store

import (
	"database/sql"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// Receipt is what a device stated last.
func (tx *Tx) Receipt(deviceID string) (clm.Receipt, error) {
	found, err := tx.receipts(" WHERE device_id = ?", deviceID)
	switch {
	case err != nil:
		return clm.Receipt{}, err
	case len(found) == 0:
		return clm.Receipt{}, clm.Errorf(clm.KindNotFound, "there is no receipt of device %s", deviceID)
	}
	return found[0], nil
}

// Receipts lists receipts by the name of the device, which page.After is too.
func (tx *Tx) Receipts(filter clm.ReceiptFilter, page clm.Page) ([]clm.Receipt, error) {
	var all []clm.Receipt
	for _, w := range stated(filter) {
		w.and("device_name > ?", page.After)
		found, err := tx.receipts(w.sql+" ORDER BY "+receiptOrder(filter)+" LIMIT ?", append(w.args, limit(page.Limit))...)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	slices.SortFunc(all, func(a, b clm.Receipt) int { return strings.Compare(a.DeviceName, b.DeviceName) })
	return all[:min(limit(page.Limit), int64(len(all)))], nil
}

// receiptOrder is by name. Few are seen at a certain time: they are found by that
// and then ordered, which the expression makes sure of, instead of sought among
// all in their order.
func receiptOrder(f clm.ReceiptFilter) string {
	if f.SeenFrom.IsZero() && f.SeenBefore.IsZero() {
		return "device_name"
	}
	return "device_name || ''"
}

// CountReceipts counts the receipts a filter lets through.
func (tx *Tx) CountReceipts(filter clm.ReceiptFilter) (n int64, err error) {
	for _, w := range stated(filter) {
		some, err := tx.count("SELECT COUNT(*) FROM receipts"+w.sql, w.args...)
		if err != nil {
			return 0, err
		}
		n += some
	}
	return n, nil
}

// stated are the conditions of a filter, one for each digest: only of a single
// digest does an index have the receipts in order, so that the first of them cost
// the same however many there are.
func stated(f clm.ReceiptFilter) []where {
	if f.Digests == nil {
		return []where{ofDevices(f)}
	}
	var each []where
	for _, digest := range slices.Compact(slices.Sorted(slices.Values(f.Digests))) {
		w := ofDevices(f)
		w.and("digest = ?", digest)
		each = append(each, w)
	}
	return each
}

// ofDevices is what a filter asks besides the digest. The hour repeats what
// last_seen says, because the index is of hours. Who was never seen was not seen
// before anything.
func ofDevices(f clm.ReceiptFilter) (w where) {
	if f.ProfileID != "" {
		w.and("profile_id = ?", f.ProfileID)
	}
	if f.Critical {
		w.and("critical")
	}
	if f.Failed {
		w.and("failed")
	}
	if f.Reached {
		w.and("NOT unreached")
	}
	if !f.SeenFrom.IsZero() {
		w.and("last_seen >= ? AND hour > 0 AND hour >= ?", micros(f.SeenFrom), clm.HourOf(f.SeenFrom))
	}
	if !f.SeenBefore.IsZero() {
		w.and("last_seen < ? AND hour > 0 AND hour <= ?", micros(f.SeenBefore), clm.HourOf(f.SeenBefore.Add(-time.Microsecond)))
	}
	return w
}

func (tx *Tx) receipts(rest string, args ...any) ([]clm.Receipt, error) {
	var all []clm.Receipt
	err := tx.each(func(rows *sql.Rows) error {
		var receipt clm.Receipt
		var document []byte
		if err := rows.Scan(&document); err != nil {
			return err
		}
		if err := decode(document, &receipt); err != nil {
			return err
		}
		all = append(all, receipt)
		return nil
	}, "SELECT document FROM receipts"+rest, args...)
	return all, err
}

// PutReceipt records what a device states, instead of what it stated before.
func (tx *Tx) PutReceipt(r clm.Receipt) error {
	document, err := encode(r)
	if err != nil {
		return err
	}
	old, err := tx.recorded(r.DeviceID)
	if err != nil {
		return err
	}
	if err := tx.putOver(old, r, document); err != nil {
		return err
	}
	return tx.recount(old, r)
}

// putOver names no more columns than may differ, because each costs every index it
// is in, also where its value stays. Most often a device only shows that it is
// there, which no index knows of within the hour.
func (tx *Tx) putOver(old record, r clm.Receipt, document string) (err error) {
	hour, seen := clm.HourOf(r.LastSeen), microsOrNever(r.LastSeen)
	switch {
	case !old.sameDevice(r):
		return tx.replaceReceipt(r, document)
	case !old.sameStatement(r):
		_, err = tx.exec("UPDATE receipts SET digest = ?, failed = ?, hour = ?, last_seen = ?, received_at = ?, document = ?"+
			" WHERE device_id = ?", r.Digest, r.Failure != "", hour, seen, microsOrNever(r.ReceivedAt), document, r.DeviceID)
	case old.tally.Hour != hour:
		_, err = tx.exec("UPDATE receipts SET hour = ?, last_seen = ?, document = ? WHERE device_id = ?", hour, seen, document, r.DeviceID)
	default:
		_, err = tx.exec("UPDATE receipts SET last_seen = ?, document = ? WHERE device_id = ?", seen, document, r.DeviceID)
	}
	return err
}

func (tx *Tx) replaceReceipt(r clm.Receipt, document string) error {
	_, err := tx.exec("INSERT INTO receipts (device_id, device_name, profile_id, digest, critical, failed, unreached,"+
		" hour, last_seen, received_at, document) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"+
		" ON CONFLICT (device_id) DO UPDATE SET device_name = excluded.device_name, profile_id = excluded.profile_id,"+
		" digest = excluded.digest, critical = excluded.critical, failed = excluded.failed,"+
		" unreached = excluded.unreached, hour = excluded.hour,"+
		" last_seen = excluded.last_seen, received_at = excluded.received_at, document = excluded.document",
		r.DeviceID, r.DeviceName, r.ProfileID, r.Digest, r.Critical, r.Failure != "", r.Unreached,
		clm.HourOf(r.LastSeen), microsOrNever(r.LastSeen), microsOrNever(r.ReceivedAt), document)
	var broken *violation
	if errors.As(err, &broken) && broken.foreignKey {
		return missing(tx, receiptRefers, &r, err)
	}
	return err
}

func receiptRefers(r *clm.Receipt) []reference {
	return []reference{
		{noun: clm.NounDevice, table: "devices", id: r.DeviceID, field: "device_id"},
		profileReference(r.ProfileID),
	}
}

// DeleteReceipt forgets what a device stated, if it stated anything.
func (tx *Tx) DeleteReceipt(deviceID string) error {
	old, err := tx.recorded(deviceID)
	if err != nil || old.count == 0 {
		return err
	}
	if _, err := tx.exec("DELETE FROM receipts WHERE device_id = ?", deviceID); err != nil {
		return err
	}
	return tx.leaveTally(old)
}
