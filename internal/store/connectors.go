package store

import "github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"

var connectors = &table[clm.Connector]{
	noun:    clm.NounConnector,
	name:    "connectors",
	columns: []string{"certificate_id", "device_id", "secret_id", "approval_policy_id"},
	header:  func(c *clm.Connector) (string, string, *int64) { return c.ID, c.Name, &c.Revision },
	values: func(c *clm.Connector) []any {
		return []any{c.CertificateID, c.DeviceID, orNull(c.SecretID), orNull(c.Settings().ApprovalPolicyID)}
	},
	refers: func(c *clm.Connector) []reference {
		return []reference{
			{noun: clm.NounCertificate, table: "certificates", id: c.CertificateID, field: "certificate_id"},
			{noun: clm.NounDevice, table: "devices", id: c.DeviceID, field: "device_id"},
			{noun: clm.NounKey, table: "private_keys", id: c.SecretID},
			{noun: clm.NounPolicy, table: "approval_policies", id: c.Settings().ApprovalPolicyID, field: "push.approval_policy_id"},
		}
	},
}

// Connector finds a connector by id or name.
func (tx *Tx) Connector(ref string) (clm.Connector, error) { return connectors.get(tx, ref) }

// Connectors lists connectors by name.
func (tx *Tx) Connectors(filter clm.ConnectorFilter, page clm.Page) ([]clm.Connector, error) {
	var w where
	if filter.CertificateID != "" {
		w.and("certificate_id = ?", filter.CertificateID)
	}
	if filter.DeviceID != "" {
		w.and("device_id = ?", filter.DeviceID)
	}
	return connectors.list(tx, w, page)
}

// InsertConnector adds a connector and claims its files.
func (tx *Tx) InsertConnector(c *clm.Connector) error {
	return tx.claiming(c, func() error { return connectors.insert(tx, c) })
}

// UpdateConnector replaces what is stored of a connector and claims its files
// instead of those it had.
func (tx *Tx) UpdateConnector(c *clm.Connector) error {
	return tx.claiming(c, func() error { return connectors.update(tx, c) })
}

// DeleteConnector removes a connector, with its passwords; its files are free again.
func (tx *Tx) DeleteConnector(c clm.Connector) error {
	if err := connectors.remove(tx, &c); err != nil || c.SecretID == "" {
		return err
	}
	return tx.DeleteKey(c.SecretID)
}

// claiming asks for the files first: when one is taken, nothing was written.
func (tx *Tx) claiming(c *clm.Connector, write func() error) error {
	paths := c.FileSystem.Paths()
	for _, path := range paths {
		if err := tx.fileFree(c, path); err != nil {
			return err
		}
	}
	if err := write(); err != nil {
		return err
	}
	if _, err := tx.exec("DELETE FROM connector_files WHERE connector_id = ?", c.ID); err != nil {
		return err
	}
	for _, path := range paths {
		if _, err := tx.exec("INSERT INTO connector_files (device_id, path, connector_id) VALUES (?, ?, ?)",
			c.DeviceID, path, c.ID); err != nil {
			return err
		}
	}
	return nil
}

func (tx *Tx) fileFree(c *clm.Connector, path string) error {
	var other, device string
	taken, err := tx.first([]any{&other, &device}, "SELECT c.name, d.name FROM connector_files f"+
		" JOIN connectors c ON c.id = f.connector_id JOIN devices d ON d.id = f.device_id"+
		" WHERE f.device_id = ? AND f.path = ? AND f.connector_id <> ?", c.DeviceID, path, c.ID)
	if err != nil || !taken {
		return err
	}
	return c.FileTaken(path, device, other)
}
