package clmtest

import "github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"

var memoryCredentials = &memoryTable[clm.Credential]{
	noun:   clm.NounCredential,
	header: func(c *clm.Credential) (string, string, *int64) { return c.ID, c.Name, &c.Revision },
	rows:   func(s *memoryState) *[]*clm.Credential { return &s.credentials },
	clone: func(c clm.Credential) clm.Credential {
		c.SSH = clonePointer(c.SSH, plain)
		return c
	},
	refers: func(tx *memoryTx, c *clm.Credential) error {
		if _, found := tx.keyAt(c.SecretID); c.SecretID != "" && !found {
			return clm.NounKey.NotFound(c.SecretID)
		}
		return nil
	},
}

func (tx *memoryTx) Credential(ref string) (clm.Credential, error) {
	return memoryCredentials.get(tx, ref)
}

func (tx *memoryTx) Credentials(page clm.Page) ([]clm.Credential, error) {
	return memoryCredentials.list(tx, nil, page), nil
}

func (tx *memoryTx) InsertCredential(c *clm.Credential) error {
	return memoryCredentials.insert(tx, c)
}

func (tx *memoryTx) UpdateCredential(c *clm.Credential) error {
	return memoryCredentials.update(tx, c)
}

func (tx *memoryTx) DeleteCredential(c clm.Credential) error {
	opened := memoryDevices.count(tx, func(d *clm.Device) bool { return opensWith(d, c.ID) })
	if err := inTheWay(clm.NounCredential, c.Name, "still opens", opened, "device"); err != nil {
		return err
	}
	if err := memoryCredentials.remove(tx, c); err != nil || c.SecretID == "" {
		return err
	}
	return tx.DeleteKey(c.SecretID)
}

func opensWith(d *clm.Device, credentialID string) bool {
	return d.SSH != nil && (d.SSH.CredentialID == credentialID || d.SSH.JumpHost != nil && d.SSH.JumpHost.CredentialID == credentialID)
}

// credentialsThere refuses a device whose credential nobody knows.
func (tx *memoryTx) credentialsThere(d *clm.Device) error {
	if d.SSH == nil {
		return nil
	}
	if memoryCredentials.find(tx, d.SSH.CredentialID) == nil {
		return absent(clm.NounCredential, d.SSH.CredentialID, "ssh.credential_id")
	}
	if jump := d.SSH.JumpHost; jump != nil && memoryCredentials.find(tx, jump.CredentialID) == nil {
		return absent(clm.NounCredential, jump.CredentialID, "ssh.jump_host.credential_id")
	}
	return nil
}
