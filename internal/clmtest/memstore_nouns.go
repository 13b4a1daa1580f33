package clmtest

import (
	"path/filepath"
	"slices"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

var memoryRoots = &memoryTable[clm.RootCertificate]{
	noun:   clm.NounRoot,
	header: func(r *clm.RootCertificate) (string, string, *int64) { return r.ID, r.Name, &r.Revision },
	rows:   func(s *memoryState) *[]*clm.RootCertificate { return &s.roots },
	clone:  cloneRoot,
	refers: func(tx *memoryTx, r *clm.RootCertificate) error {
		for _, id := range keysOf(r) {
			if _, err := tx.Key(id); err != nil {
				return err
			}
		}
		return nil
	},
}

// keysOf are the private keys a root refers to.
func keysOf(r *clm.RootCertificate) (ids []string) {
	if r.Active.KeyID != "" {
		ids = append(ids, r.Active.KeyID)
	}
	if r.Replacement != nil && r.Replacement.Target.KeyID != "" {
		ids = append(ids, r.Replacement.Target.KeyID)
	}
	return ids
}

func (tx *memoryTx) Root(ref string) (clm.RootCertificate, error) { return memoryRoots.get(tx, ref) }

func (tx *memoryTx) Roots(page clm.Page) ([]clm.RootCertificate, error) {
	return memoryRoots.list(tx, nil, page), nil
}

func (tx *memoryTx) InsertRoot(r *clm.RootCertificate) error { return memoryRoots.insert(tx, r) }
func (tx *memoryTx) UpdateRoot(r *clm.RootCertificate) error { return memoryRoots.update(tx, r) }

func (tx *memoryTx) DeleteRoot(r clm.RootCertificate) error {
	children, _ := tx.CountCertificates(r.ID)
	if err := (clm.RootCertificate{Name: r.Name}).MayDelete(children); err != nil {
		return err // protection is the engine's rule
	}
	if profiles, _ := tx.ProfilesOf(r.ID); len(profiles) > 0 {
		return inTheWay(clm.NounRoot, r.Name, "is still trusted by", len(profiles), "communication profile")
	}
	return memoryRoots.remove(tx, r)
}

var memoryDevices = &memoryTable[clm.Device]{
	noun:   clm.NounDevice,
	header: func(d *clm.Device) (string, string, *int64) { return d.ID, d.Name, &d.Revision },
	rows:   func(s *memoryState) *[]*clm.Device { return &s.devices },
	clone:  cloneDevice,
	refers: func(tx *memoryTx, d *clm.Device) error {
		if err := tx.folderFree(d); err != nil {
			return err
		}
		if err := tx.credentialsThere(d); err != nil {
			return err
		}
		return tx.profileThere(d.ProfileID)
	},
}

func (tx *memoryTx) folderFree(d *clm.Device) error {
	for _, other := range tx.devices {
		if other.ID == d.ID || d.Local == nil || other.Local == nil || filepath.Clean(other.Local.RootDirectory) != filepath.Clean(d.Local.RootDirectory) {
			continue
		}
		e := clm.Errorf(clm.KindExists, "root directory %q belongs to device %q already", other.Local.RootDirectory, other.Name)
		e.Field = "local.root_directory"
		return e
	}
	return nil
}

func (tx *memoryTx) Device(ref string) (clm.Device, error) { return memoryDevices.get(tx, ref) }

func (tx *memoryTx) Devices(page clm.Page) ([]clm.Device, error) {
	return memoryDevices.list(tx, nil, page), nil
}

func (tx *memoryTx) DevicesOf(profileID string, page clm.Page) ([]clm.Device, error) {
	return memoryDevices.list(tx, hasProfile(profileID), page), nil
}

func (tx *memoryTx) CountDevices(profileID string) (int, error) {
	return memoryDevices.count(tx, hasProfile(profileID)), nil
}

func hasProfile(id string) func(*clm.Device) bool {
	return func(d *clm.Device) bool { return d.ProfileID != "" && d.ProfileID == id }
}

func (tx *memoryTx) InsertDevice(d *clm.Device) error { return memoryDevices.insert(tx, d) }

func (tx *memoryTx) UpdateDevice(d *clm.Device) error {
	if err := memoryDevices.update(tx, d); err != nil {
		return err
	}
	return tx.receiptFollows(d)
}

func (tx *memoryTx) DeleteDevice(d clm.Device) error {
	if _, err := memoryDevices.current(tx, d); err != nil {
		return err
	}
	connectors, _ := tx.Connectors(clm.ConnectorFilter{DeviceID: d.ID}, clm.Page{})
	if err := inTheWay(clm.NounDevice, d.Name, "still has", len(connectors), "connector"); err != nil {
		return err
	}
	if err := tx.DeleteReceipt(d.ID); err != nil {
		return err
	}
	if err := memoryDevices.remove(tx, d); err != nil {
		return err
	}
	tx.steps = slices.DeleteFunc(slices.Clone(tx.steps), func(s *clm.Step) bool { return s.DeviceID == d.ID })
	return nil
}

var memoryConnectors = &memoryTable[clm.Connector]{
	noun:   clm.NounConnector,
	header: func(c *clm.Connector) (string, string, *int64) { return c.ID, c.Name, &c.Revision },
	rows:   func(s *memoryState) *[]*clm.Connector { return &s.connectors },
	clone:  cloneConnector,
	refers: func(tx *memoryTx, c *clm.Connector) error {
		if _, err := tx.Certificate(c.CertificateID); err != nil {
			return absent(clm.NounCertificate, c.CertificateID, "certificate_id")
		}
		if _, found := tx.keyAt(c.SecretID); c.SecretID != "" && !found {
			return clm.NounKey.NotFound(c.SecretID)
		}
		if id := c.Settings().ApprovalPolicyID; id != "" && memoryPolicies.find(tx, id) == nil {
			return absent(clm.NounPolicy, id, "push.approval_policy_id")
		}
		device, err := tx.Device(c.DeviceID)
		if err != nil {
			return absent(clm.NounDevice, c.DeviceID, "device_id")
		}
		return tx.filesFree(c, device.Name)
	},
}

// filesFree refuses a file of a device that another connector has.
func (tx *memoryTx) filesFree(c *clm.Connector, device string) error {
	for _, other := range tx.connectors {
		if other.ID == c.ID || other.DeviceID != c.DeviceID {
			continue
		}
		for _, path := range c.FileSystem.Paths() {
			if slices.Contains(other.FileSystem.Paths(), path) {
				return c.FileTaken(path, device, other.Name)
			}
		}
	}
	return nil
}

func (tx *memoryTx) Connector(ref string) (clm.Connector, error) {
	return memoryConnectors.get(tx, ref)
}

func (tx *memoryTx) Connectors(filter clm.ConnectorFilter, page clm.Page) ([]clm.Connector, error) {
	return memoryConnectors.list(tx, func(c *clm.Connector) bool {
		return (filter.CertificateID == "" || c.CertificateID == filter.CertificateID) && (filter.DeviceID == "" || c.DeviceID == filter.DeviceID)
	}, page), nil
}

func (tx *memoryTx) InsertConnector(c *clm.Connector) error { return memoryConnectors.insert(tx, c) }
func (tx *memoryTx) UpdateConnector(c *clm.Connector) error { return memoryConnectors.update(tx, c) }

func (tx *memoryTx) DeleteConnector(c clm.Connector) error {
	if err := memoryConnectors.remove(tx, c); err != nil {
		return err
	}
	tx.workOrdersGo(c.ID)
	if c.SecretID == "" {
		return nil
	}
	return tx.DeleteKey(c.SecretID)
}
