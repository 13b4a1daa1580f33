package engine

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

// passwords are those of a connector's key store.
func (e *Engine) passwords(ctx context.Context, connector clm.Connector) (passwords clm.StorePasswords, err error) {
	if connector.SecretID == "" {
		return passwords, nil
	}
	var sealed clm.PrivateKey
	err = e.view(ctx, func(tx Tx) error {
		sealed, err = tx.Key(connector.SecretID)
		return err
	})
	if err != nil {
		return passwords, err
	}
	plain, err := e.Sealer.Open(sealed.ID, sealed.Sealed)
	if err != nil {
		return passwords, fmt.Errorf("opening the passwords of connector %q: %w", connector.Name, err)
	}
	if json.Unmarshal(plain, &passwords) != nil { // its error would quote what it read
		err = clm.Errorf(clm.KindInternal, "the passwords of connector %q cannot be read", connector.Name)
	}
	return passwords, err
}

// sealPasswords seals what the owner gives for a key store, over what is known. nil
// stands for no change.
func (e *Engine) sealPasswords(ctx context.Context, connector *clm.Connector) (*clm.PrivateKey, error) {
	given := connector.Secrets
	if !connector.FileSystem.Format.IsStore() {
		connector.SecretID = ""
		return nil, nil
	}
	passwords, err := e.passwords(ctx, *connector)
	if err != nil {
		return nil, err
	}
	changed := connector.SecretID == ""
	if given != nil && given.Password != nil {
		passwords.Password, changed = *given.Password, true
	}
	if given != nil && given.KeyPassword != nil {
		passwords.KeyPassword, changed = *given.KeyPassword, true
	}
	if err := checkPasswords(connector.FileSystem.Format, passwords); err != nil || !changed {
		return nil, err
	}
	plain, err := json.Marshal(passwords)
	if err != nil {
		return nil, err
	}
	id := clm.NewID()
	sealed, err := e.Sealer.Seal(id, plain)
	if err != nil {
		return nil, fmt.Errorf("sealing the passwords of connector %q: %w", connector.Name, err)
	}
	connector.SecretID = id
	return &clm.PrivateKey{ID: id, Sealed: sealed, CreatedAt: e.now()}, nil
}

func checkPasswords(format clm.Format, p clm.StorePasswords) error {
	const place = "file_system"
	if format == clm.FormatPKCS12 {
		if p.KeyPassword != "" {
			return clm.Invalid(place+".private_key_password", "a PKCS#12 file has one password").WithHint("leave the password of the private key out, or use jks")
		}
		return inField(place, invalid("", pki.CheckPasswordPKCS12("password", p.Password)))
	}
	if err := pki.CheckPasswordJKS("password", p.Password); err != nil {
		return inField(place, invalid("", err))
	}
	if p.KeyPassword == "" {
		return nil
	}
	return inField(place, invalid("", pki.CheckPasswordJKS("private_key_password", p.KeyPassword)))
}
