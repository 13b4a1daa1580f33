package store

import (
	"database/sql"
	"errors"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// Bundle finds the newest bundle of a communication profile with a digest.
func (tx *Tx) Bundle(profileID, digest string) (clm.Bundle, error) {
	found, err := tx.bundles("WHERE profile_id = ? AND digest = ? ORDER BY epoch DESC LIMIT 1", profileID, digest)
	switch {
	case err != nil:
		return clm.Bundle{}, err
	case len(found) == 0:
		return clm.Bundle{}, clm.Errorf(clm.KindNotFound, "there is no bundle %q of communication profile %s", digest, profileID)
	}
	return found[0], nil
}

// Bundles lists what a communication profile published, by epoch.
func (tx *Tx) Bundles(profileID string) ([]clm.Bundle, error) {
	return tx.bundles("WHERE profile_id = ? ORDER BY epoch", profileID)
}

func (tx *Tx) bundles(rest string, args ...any) ([]clm.Bundle, error) {
	var all []clm.Bundle
	err := tx.each(func(rows *sql.Rows) error {
		var bundle clm.Bundle
		var document []byte
		if err := rows.Scan(&document); err != nil {
			return err
		}
		if err := decode(document, &bundle); err != nil {
			return err
		}
		all = append(all, bundle)
		return nil
	}, "SELECT document FROM bundles "+rest, args...)
	return all, err
}

// InsertBundle adds what a communication profile publishes from now on. That its
// epoch is there already means that somebody else published first.
func (tx *Tx) InsertBundle(b clm.Bundle) error {
	document, err := encode(b)
	if err != nil {
		return err
	}
	_, err = tx.exec("INSERT INTO bundles (profile_id, epoch, digest, document) VALUES (?, ?, ?, ?)",
		b.ProfileID, b.Epoch, b.Digest, document)
	var broken *violation
	switch {
	case violated(err, "bundles.profile_id, bundles.epoch"):
		return clm.NounProfile.Changed(b.ProfileID)
	case errors.As(err, &broken) && broken.foreignKey:
		return missing(tx, bundleRefers, &b, err)
	}
	return err
}

func bundleRefers(b *clm.Bundle) []reference { return []reference{profileReference(b.ProfileID)} }
