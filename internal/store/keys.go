package store

import (
	"database/sql"
	"errors"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// Key finds a sealed private key by id.
func (tx *Tx) Key(id string) (clm.PrivateKey, error) {
	found, err := tx.keys("WHERE id = ?", id)
	switch {
	case err != nil:
		return clm.PrivateKey{}, err
	case len(found) == 0:
		return clm.PrivateKey{}, clm.NounKey.NotFound(id)
	}
	return found[0], nil
}

// Keys lists sealed private keys by id; page.After is an id.
func (tx *Tx) Keys(page clm.Page) ([]clm.PrivateKey, error) {
	return tx.keys("WHERE id > ? ORDER BY id LIMIT ?", page.After, limit(page.Limit))
}

func (tx *Tx) keys(rest string, args ...any) ([]clm.PrivateKey, error) {
	var all []clm.PrivateKey
	err := tx.each(func(rows *sql.Rows) error {
		var key clm.PrivateKey
		var document []byte
		if err := rows.Scan(&key.Sealed, &document); err != nil {
			return err
		}
		if err := decode(document, &key); err != nil {
			return err
		}
		all = append(all, key)
		return nil
	}, "SELECT sealed, document FROM private_keys "+rest, args...)
	return all, err
}

// InsertKey adds a sealed private key, before whatever is to refer to it.
func (tx *Tx) InsertKey(key clm.PrivateKey) error {
	if len(key.Sealed) == 0 {
		return clm.Errorf(clm.KindInternal, "private key %s is not sealed", key.ID)
	}
	document, err := encode(key)
	if err != nil {
		return err
	}
	_, err = tx.exec("INSERT INTO private_keys (id, sealed, document) VALUES (?, ?, ?)", key.ID, key.Sealed, document)
	if violated(err, "private_keys.id") {
		return clm.Errorf(clm.KindExists, "private key %s exists already", key.ID)
	}
	return err
}

// ReplaceKey exchanges the sealed form of a key, and nothing else of it.
func (tx *Tx) ReplaceKey(key clm.PrivateKey) error {
	if len(key.Sealed) == 0 {
		return clm.Errorf(clm.KindInternal, "private key %s is not sealed", key.ID)
	}
	n, err := tx.exec("UPDATE private_keys SET sealed = ? WHERE id = ?", key.Sealed, key.ID)
	if err == nil && n == 0 {
		return clm.NounKey.NotFound(key.ID)
	}
	return err
}

// DeleteKey removes a key that nothing refers to any more.
func (tx *Tx) DeleteKey(id string) error {
	n, err := tx.exec("DELETE FROM private_keys WHERE id = ?", id)
	var broken *violation
	switch {
	case errors.As(err, &broken) && broken.foreignKey:
		return clm.Errorf(clm.KindRefused, "private key %s is still in use", id)
	case err == nil && n == 0:
		return clm.NounKey.NotFound(id)
	}
	return err
}

func (tx *Tx) deleteUnusedKey(id string) error {
	_, err := tx.exec("DELETE FROM private_keys WHERE id = ?"+
		" AND NOT EXISTS (SELECT 1 FROM versions WHERE key_id = private_keys.id)"+
		" AND NOT EXISTS (SELECT 1 FROM root_certificates WHERE key_id = private_keys.id)"+
		" AND NOT EXISTS (SELECT 1 FROM root_certificates WHERE replacement_key_id = private_keys.id)", id)
	return err
}
