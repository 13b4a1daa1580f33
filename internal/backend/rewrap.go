package backend

import (
	"context"
	"os"
	"strconv"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/seal"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/store"
)

// NewKey is the key to seal an estate with from now on: one of the two.
type NewKey struct{ File, Passphrase string }

// Rewrap seals every secret with another key and returns how many there are. The
// secrets, the proof of the key and the audit row change in one transaction, so
// that at any moment exactly one key opens all of them. Only the wrapped data
// keys change: no private key is opened.
func (b *Backend) Rewrap(ctx context.Context, by clm.Principal, key NewKey) (count int, err error) {
	to, salt, err := key.sealer()
	if err != nil {
		return 0, err
	}
	proof, err := to.Proof()
	if err != nil {
		return 0, err
	}
	err = b.store.Update(ctx, func(tx *store.Tx) error {
		if count, err = rewrapAll(tx, b.sealer, to); err != nil {
			return err
		}
		if err := tx.PutSetting(settingSalt, salt); err != nil {
			return err
		}
		if err := tx.PutSetting(settingProof, proof); err != nil {
			return err
		}
		return tx.AppendAudit(&clm.AuditEvent{
			At: b.clock.Now().UTC(), Principal: by.Name, Action: "estate.rewrap", Noun: clm.NounKey,
			SubjectID: "estate", Subject: "estate", Details: map[string]string{"private_keys": strconv.Itoa(count)},
		})
	})
	return count, err
}

func rewrapAll(tx *store.Tx, from, to *seal.Sealer) (int, error) {
	keys, err := tx.Keys(clm.Page{})
	if err != nil {
		return 0, err
	}
	for _, k := range keys {
		if k.Sealed, err = from.Rewrap(k.ID, k.Sealed, to); err != nil {
			return 0, err
		}
		if err := tx.ReplaceKey(k); err != nil {
			return 0, err
		}
	}
	return len(keys), nil
}

func (k NewKey) sealer() (*seal.Sealer, string, error) {
	if k.Passphrase != "" {
		return fromPassphrase(k.Passphrase, "")
	}
	if _, err := os.Stat(k.File); os.IsNotExist(err) {
		sealer, err := seal.CreateKeyFile(k.File)
		return sealer, "", err
	}
	sealer, err := seal.FromKeyFile(k.File)
	return sealer, "", err
}
