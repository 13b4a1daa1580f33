package store

import (
	"path/filepath"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

var devices = &table[clm.Device]{
	noun:    clm.NounDevice,
	name:    "devices",
	columns: []string{"root_directory", "profile_id", "credential_id", "jump_credential_id"},
	header:  func(d *clm.Device) (string, string, *int64) { return d.ID, d.Name, &d.Revision },
	values: func(d *clm.Device) []any {
		way, jump := credentialIDs(d)
		return []any{orNull(rootDirectory(d)), orNull(d.ProfileID), orNull(way), orNull(jump)}
	},
	refers: func(d *clm.Device) []reference {
		return append(credentialReferences(d), profileReference(d.ProfileID))
	},
}

// rootDirectory is the device's folder, cleaned so that two spellings of one
// folder are the same.
func rootDirectory(d *clm.Device) string {
	if d.Local == nil || d.Local.RootDirectory == "" {
		return ""
	}
	return filepath.Clean(d.Local.RootDirectory)
}

// Device finds a device by id or name.
func (tx *Tx) Device(ref string) (clm.Device, error) { return devices.get(tx, ref) }

// Devices lists devices by name.
func (tx *Tx) Devices(page clm.Page) ([]clm.Device, error) { return devices.list(tx, where{}, page) }

// DevicesOf lists the devices with a communication profile.
func (tx *Tx) DevicesOf(profileID string, page clm.Page) ([]clm.Device, error) {
	var w where
	w.and("profile_id = ?", profileID)
	return devices.list(tx, w, page)
}

// CountDevices counts the devices with a communication profile.
func (tx *Tx) CountDevices(profileID string) (int, error) {
	n, err := tx.count("SELECT COUNT(*) FROM devices WHERE profile_id = ?", profileID)
	return int(n), err
}

// InsertDevice adds a device whose folder no other device has.
func (tx *Tx) InsertDevice(d *clm.Device) error {
	if err := tx.folderFree(d); err != nil {
		return err
	}
	return devices.insert(tx, d)
}

// UpdateDevice replaces what is stored of a device.
func (tx *Tx) UpdateDevice(d *clm.Device) error {
	if err := tx.folderFree(d); err != nil {
		return err
	}
	if err := devices.update(tx, d); err != nil {
		return err
	}
	return tx.receiptFollows(d)
}

// receiptFollows keeps what a receipt repeats of its device the same as there. A
// device without a profile has none.
func (tx *Tx) receiptFollows(d *clm.Device) error {
	if d.ProfileID == "" {
		return tx.DeleteReceipt(d.ID)
	}
	found, err := tx.receipts(" WHERE device_id = ?", d.ID)
	if err != nil || len(found) == 0 {
		return err
	}
	r := found[0]
	if r.Follow(*d); r == found[0] {
		return nil
	}
	return tx.PutReceipt(r)
}

// DeleteDevice removes a device without connectors, with its receipt.
func (tx *Tx) DeleteDevice(d clm.Device) error {
	if err := devices.current(tx, &d); err != nil {
		return err
	}
	n, err := tx.count("SELECT COUNT(*) FROM connectors WHERE device_id = ?", d.ID)
	if err != nil {
		return err
	}
	if n > 0 {
		return still(clm.NounDevice, d.Name, "has", n, "connector")
	}
	if err := tx.DeleteReceipt(d.ID); err != nil {
		return err
	}
	return devices.remove(tx, &d)
}

// folderFree asks before the write, while the other device can be named; the
// unique column is the last word.
func (tx *Tx) folderFree(d *clm.Device) error {
	folder := rootDirectory(d)
	if folder == "" {
		return nil
	}
	var other string
	taken, err := tx.first([]any{&other}, "SELECT name FROM devices WHERE root_directory = ? AND id <> ?", folder, d.ID)
	if err != nil || !taken {
		return err
	}
	refusal := clm.Errorf(clm.KindExists, "root directory %q belongs to device %q already", folder, other).
		WithHint("give each device its own root directory, or use device %q", other)
	refusal.Field = "local.root_directory"
	return refusal
}
