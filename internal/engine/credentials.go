package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

// CredentialInput is what a credential is made from. A secret that is nil stays what
// it is, and one that is empty goes.
type CredentialInput struct {
	Name                             string
	Username                         string
	Agent                            bool
	PrivateKey, Passphrase, Password *string

	// What the owner calls the secrets, for him to compare.
	PrivateKeyVersion, PasswordVersion int64
}

// CreateCredential records how devices are opened. Its secrets are sealed before the
// transaction, and stand in it or not at all.
func (e *Engine) CreateCredential(ctx context.Context, by clm.Principal, in CredentialInput) (clm.Credential, error) {
	credential := clm.Credential{ID: clm.NewID()}
	secret, err := e.fill(&credential, in, clm.CredentialSecrets{})
	if err != nil {
		return credential, err
	}
	err = e.update(ctx, by, func(c change) error {
		earlier, err := repeated(c, c.Credential)
		switch {
		case err != nil:
			return err
		case earlier != nil: // its secrets may have been others: no request's key tells them
			credential.ID, credential.CreatedAt, credential.UpdatedAt, credential.Revision = earlier.ID, earlier.CreatedAt, earlier.UpdatedAt, earlier.Revision
			return c.replaceCredential(&credential, secret, earlier.SecretID)
		}
		return c.insertCredential(&credential, secret)
	})
	return credential, err
}

// replaceCredential writes a credential over what it was, with another secret.
func (c change) replaceCredential(credential *clm.Credential, secret *clm.PrivateKey, before string) error {
	if err := c.insertSecret(secret); err != nil {
		return err
	}
	if err := c.Tx.UpdateCredential(credential); err != nil {
		return err
	}
	if before != "" {
		if err := c.DeleteKey(before); err != nil {
			return err
		}
	}
	return c.record(clm.NounCredential, "update", credential.ID, credential.Name, nil)
}

func (c change) insertCredential(credential *clm.Credential, secret *clm.PrivateKey) error {
	if err := c.insertSecret(secret); err != nil {
		return err
	}
	credential.CreatedAt, credential.UpdatedAt = c.now, c.now
	if err := c.InsertCredential(credential); err != nil {
		return err
	}
	if err := c.remember(credential.ID); err != nil {
		return err
	}
	return c.record(clm.NounCredential, "create", credential.ID, credential.Name, nil)
}

func (c change) insertSecret(secret *clm.PrivateKey) error {
	if secret == nil {
		return nil
	}
	return c.InsertKey(*secret)
}

// fill writes the wanted account and secrets into a credential. What is sealed gets
// another id than before, so that a credential never names what is not there.
func (e *Engine) fill(credential *clm.Credential, in CredentialInput, known clm.CredentialSecrets) (secret *clm.PrivateKey, err error) {
	secrets := in.over(known)
	account := clm.SSHAccount{Username: in.Username, Agent: in.Agent, HasPassword: secrets.Password != ""}
	if secrets.PrivateKey != "" {
		account.PrivateKeyVersion = in.PrivateKeyVersion
		if account.PublicKey, err = pki.SSHPublicKey(secrets.PrivateKey, secrets.Passphrase); err != nil {
			return nil, inField("ssh", invalid("", err))
		}
	}
	if account.HasPassword {
		account.PasswordVersion = in.PasswordVersion
	}
	credential.Name, credential.SSH, credential.SecretID = in.Name, &account, ""
	if err := credential.Check(); err != nil || secrets == (clm.CredentialSecrets{}) {
		return nil, err
	}
	if secret, err = e.sealSecrets(secrets, e.now()); err == nil {
		credential.SecretID = secret.ID
	}
	return secret, err
}

func (in CredentialInput) over(known clm.CredentialSecrets) clm.CredentialSecrets {
	for _, s := range []struct {
		wanted *string
		place  *string
	}{{in.PrivateKey, &known.PrivateKey}, {in.Passphrase, &known.Passphrase}, {in.Password, &known.Password}} {
		if s.wanted != nil {
			*s.place = *s.wanted
		}
	}
	return known
}

func (e *Engine) sealSecrets(secrets clm.CredentialSecrets, now time.Time) (*clm.PrivateKey, error) {
	plain, err := json.Marshal(secrets)
	if err != nil {
		return nil, err
	}
	id := clm.NewID()
	sealed, err := e.Sealer.Seal(id, plain)
	if err != nil {
		return nil, fmt.Errorf("sealing a credential: %w", err)
	}
	return &clm.PrivateKey{ID: id, Sealed: sealed, CreatedAt: now}, nil
}

// UpdateCredential changes a credential. Devices are opened by it anew from now on.
func (e *Engine) UpdateCredential(ctx context.Context, by clm.Principal, ref string, in CredentialInput) (credential clm.Credential, err error) {
	credential, secrets, err := e.opened(ctx, ref)
	if err != nil {
		return credential, err
	}
	before := credential.SecretID
	secret, err := e.fill(&credential, in, secrets)
	if err != nil {
		return credential, err
	}
	err = e.update(ctx, by, func(c change) error {
		credential.UpdatedAt = c.now
		return c.replaceCredential(&credential, secret, before)
	})
	return credential, err
}

// opened is a credential with its secrets.
func (e *Engine) opened(ctx context.Context, ref string) (credential clm.Credential, secrets clm.CredentialSecrets, err error) {
	var sealed clm.PrivateKey
	err = e.view(ctx, func(tx Tx) error {
		if credential, err = tx.Credential(ref); err != nil || credential.SecretID == "" {
			return err
		}
		sealed, err = tx.Key(credential.SecretID)
		return err
	})
	if err != nil || credential.SecretID == "" {
		return credential, secrets, err
	}
	plain, err := e.Sealer.Open(sealed.ID, sealed.Sealed)
	if err != nil {
		return credential, secrets, fmt.Errorf("opening credential %q: %w", credential.Name, err)
	}
	if json.Unmarshal(plain, &secrets) != nil { // its error would quote what it read
		err = clm.Errorf(clm.KindInternal, "the secrets of credential %q cannot be read", credential.Name)
	}
	return credential, secrets, err
}

// DeleteCredential forgets a credential no device is opened by.
func (e *Engine) DeleteCredential(ctx context.Context, by clm.Principal, ref string) error {
	return e.update(ctx, by, func(c change) error {
		credential, err := c.Credential(ref)
		if err != nil {
			return err
		}
		if err := c.Tx.DeleteCredential(credential); err != nil {
			return err
		}
		return c.record(clm.NounCredential, "delete", credential.ID, credential.Name, nil)
	})
}

// Credential reads one credential, by id or name.
func (e *Engine) Credential(ctx context.Context, ref string) (credential clm.Credential, err error) {
	err = e.view(ctx, func(tx Tx) error {
		credential, err = tx.Credential(ref)
		return err
	})
	return credential, err
}

// Credentials lists credentials by name.
func (e *Engine) Credentials(ctx context.Context, page clm.Page) (credentials []clm.Credential, err error) {
	err = e.view(ctx, func(tx Tx) error {
		credentials, err = tx.Credentials(page)
		return err
	})
	return credentials, err
}
