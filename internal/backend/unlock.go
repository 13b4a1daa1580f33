package backend

import (
	"cmp"
	"context"
	"encoding/base64"
	"os"
	"path/filepath"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/seal"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/store"
)

// What the estate remembers of the key that seals its secrets: enough to tell a
// wrong key at once, nothing that would help to find the right one.
const (
	settingProof = "seal.proof"
	settingSalt  = "seal.salt"
)

// DefaultKeyFile is the name, in the data folder, of the key made for a new
// estate when no key is given.
const DefaultKeyFile = "estate.key"

// unlock finds the key of the estate, with its proof, and makes sure that it is
// the right one.
func unlock(ctx context.Context, db *store.DB, c Config) (*seal.Sealer, string, error) {
	proof, salt, err := remembered(ctx, db)
	if err != nil {
		return nil, "", err
	}
	if proof == "" && c.DatabaseURL == "" { // before there is a key to keep out of it
		if err := keepOutOfGit(c.DataDir); err != nil {
			return nil, "", err
		}
	}
	sealer, salt, err := keyOf(c, db, proof == "", salt)
	if err != nil {
		return nil, "", err
	}
	if proof != "" {
		return sealer, proof, sealer.Check(proof)
	}
	return adopt(ctx, db, c, sealer, salt)
}

func remembered(ctx context.Context, db *store.DB) (proof, salt string, err error) {
	err = db.View(ctx, func(tx *store.Tx) error {
		if proof, err = tx.Setting(settingProof); err != nil {
			return err
		}
		salt, err = tx.Setting(settingSalt)
		return err
	})
	return proof, salt, err
}

// keyOf reads the key the configuration names. Only a new estate without one
// gets a key file of its own.
func keyOf(c Config, db *store.DB, isNew bool, salt string) (*seal.Sealer, string, error) {
	switch {
	case c.Passphrase != "" && c.KeyFile != "":
		return nil, "", clm.Invalid("key_file", "both a passphrase and a key file are given").WithHint("give one of them")
	case c.Passphrase != "":
		return fromPassphrase(c.Passphrase, salt)
	case c.KeyFile != "":
		sealer, err := seal.FromKeyFile(c.KeyFile)
		return sealer, "", err
	case salt != "":
		return nil, "", clm.Errorf(clm.KindUnavailable, "the estate in %s is opened by a passphrase, and none is given", cmp.Or(c.DataDir, db.Path())).
			WithHint("set passphrase (or CLM_PASSPHRASE)")
	}
	path := filepath.Join(c.DataDir, DefaultKeyFile)
	if _, err := os.Stat(path); os.IsNotExist(err) && isNew {
		sealer, err := seal.CreateKeyFile(path)
		return sealer, "", err
	}
	sealer, err := seal.FromKeyFile(path)
	return sealer, "", err
}

func fromPassphrase(passphrase, salt string) (*seal.Sealer, string, error) {
	raw, err := base64.StdEncoding.DecodeString(salt)
	if err != nil {
		return nil, "", clm.Errorf(clm.KindUnavailable, "the salt of the estate's passphrase is damaged").WithHint("restore a backup")
	}
	if salt == "" {
		if raw, err = seal.NewSalt(); err != nil {
			return nil, "", err
		}
		salt = base64.StdEncoding.EncodeToString(raw)
	}
	sealer, err := seal.FromPassphrase(passphrase, raw)
	return sealer, salt, err
}

// adopt makes the key that of a new estate, unless another process was first;
// then this one has to hold the same key.
func adopt(ctx context.Context, db *store.DB, c Config, sealer *seal.Sealer, salt string) (*seal.Sealer, string, error) {
	proof, err := sealer.Proof()
	if err != nil {
		return nil, "", err
	}
	first := true
	err = db.Update(ctx, func(tx *store.Tx) error {
		earlier, err := tx.Setting(settingProof)
		if first = earlier == ""; err != nil || !first {
			return err
		}
		if err := tx.PutSetting(settingSalt, salt); err != nil {
			return err
		}
		return tx.PutSetting(settingProof, proof)
	})
	if err != nil || first {
		return sealer, proof, err
	}
	return unlock(ctx, db, c)
}
