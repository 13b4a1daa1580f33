package store

import "github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"

var credentials = &table[clm.Credential]{
	noun:    clm.NounCredential,
	name:    "credentials",
	columns: []string{"secret_id"},
	header:  func(c *clm.Credential) (string, string, *int64) { return c.ID, c.Name, &c.Revision },
	values:  func(c *clm.Credential) []any { return []any{orNull(c.SecretID)} },
	refers: func(c *clm.Credential) []reference {
		return []reference{{clm.NounKey, "private_keys", c.SecretID, ""}}
	},
}

// Credential finds a credential by id or name.
func (tx *Tx) Credential(ref string) (clm.Credential, error) { return credentials.get(tx, ref) }

// Credentials lists credentials by name.
func (tx *Tx) Credentials(page clm.Page) ([]clm.Credential, error) {
	return credentials.list(tx, where{}, page)
}

// InsertCredential adds a credential, after its secret.
func (tx *Tx) InsertCredential(c *clm.Credential) error { return credentials.insert(tx, c) }

// UpdateCredential replaces what is stored of a credential. A secret that nothing
// refers to any more is the caller's to delete.
func (tx *Tx) UpdateCredential(c *clm.Credential) error { return credentials.update(tx, c) }

// DeleteCredential removes a credential no device is reached by, with its secret.
func (tx *Tx) DeleteCredential(c clm.Credential) error {
	n, err := tx.count("SELECT COUNT(*) FROM devices WHERE credential_id = ? OR jump_credential_id = ?", c.ID, c.ID)
	if err != nil {
		return err
	}
	if n > 0 {
		return still(clm.NounCredential, c.Name, "opens", n, "device").
			WithHint("give the %s another credential, or delete the %[1]s, first", plural(n, "device"))
	}
	if err := credentials.remove(tx, &c); err != nil || c.SecretID == "" {
		return err
	}
	return tx.DeleteKey(c.SecretID)
}

// credentialReferences are those of a device that is reached by SSH.
func credentialReferences(d *clm.Device) []reference {
	way, jump := credentialIDs(d)
	return []reference{
		{clm.NounCredential, "credentials", way, "ssh.credential_id"},
		{clm.NounCredential, "credentials", jump, "ssh.jump_host.credential_id"},
	}
}

func credentialIDs(d *clm.Device) (way, jump string) {
	if d.SSH == nil {
		return "", ""
	}
	if d.SSH.JumpHost != nil {
		jump = d.SSH.JumpHost.CredentialID
	}
	return d.SSH.CredentialID, jump
}
