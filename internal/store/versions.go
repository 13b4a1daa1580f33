package store

import (
	"database/sql"
	"errors"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// Versions lists the versions of a lineage, oldest first.
func (tx *Tx) Versions(certificateID string) ([]clm.Version, error) {
	return tx.versions("WHERE certificate_id = ? ORDER BY number", certificateID)
}

// VersionsInUse lists what an issuer issued that is neither expired nor revoked.
func (tx *Tx) VersionsInUse(issuerID string, now time.Time) ([]clm.Version, error) {
	return tx.versions("WHERE issuer_id = ? AND not_after > ? AND state <> ? ORDER BY certificate_id, number",
		issuerID, micros(now), string(clm.VersionRevoked))
}

// VersionByFingerprint finds a version of any lineage.
func (tx *Tx) VersionByFingerprint(sha256 string) (clm.Version, error) {
	found, err := tx.versions("WHERE fingerprint_sha256 = ?", sha256)
	switch {
	case err != nil:
		return clm.Version{}, err
	case len(found) == 0:
		return clm.Version{}, clm.Errorf(clm.KindNotFound, "there is no certificate with the fingerprint %q", sha256)
	}
	return found[0], nil
}

// VersionBySerial finds a version of an issuer.
func (tx *Tx) VersionBySerial(issuerID, serialNumber string) (clm.Version, error) {
	found, err := tx.versions("WHERE issuer_id = ? AND serial_number = ?", issuerID, serialNumber)
	switch {
	case err != nil:
		return clm.Version{}, err
	case len(found) == 0:
		return clm.Version{}, clm.Errorf(clm.KindNotFound, "issuer %s has issued no certificate with the serial number %q", issuerID, serialNumber)
	}
	return found[0], nil
}

func (tx *Tx) versions(rest string, args ...any) ([]clm.Version, error) {
	var all []clm.Version
	err := tx.each(func(rows *sql.Rows) error {
		var v clm.Version
		var document []byte
		if err := rows.Scan(&v.Revision, &document); err != nil {
			return err
		}
		if err := decode(document, &v); err != nil {
			return err
		}
		all = append(all, v)
		return nil
	}, "SELECT revision, document FROM versions "+rest, args...)
	return all, err
}

// InsertVersion adds a version. Its lineage and its key are there already.
func (tx *Tx) InsertVersion(v *clm.Version) error {
	document, err := encode(v)
	if err != nil {
		return err
	}
	_, err = tx.exec("INSERT INTO versions (certificate_id, number, revision, issuer_id, serial_number,"+
		" fingerprint_sha256, state, not_after, key_id, document) VALUES (?, ?, 1, ?, ?, ?, ?, ?, ?, ?)",
		v.CertificateID, v.Number, v.Identity.IssuerID, v.SerialNumber,
		v.FingerprintSHA256, string(v.State), micros(v.NotAfter), orNull(v.KeyID), document)
	if err != nil {
		return tx.brokenVersion(v, err)
	}
	v.Revision = 1
	return tx.recordRevocation(v)
}

// UpdateVersion replaces what is stored of a version. What identifies the
// certificate never changes, so those columns stay.
func (tx *Tx) UpdateVersion(v *clm.Version) error {
	document, err := encode(v)
	if err != nil {
		return err
	}
	n, err := tx.exec("UPDATE versions SET revision = revision + 1, state = ?, key_id = ?, document = ?"+
		" WHERE certificate_id = ? AND number = ? AND revision = ?",
		string(v.State), orNull(v.KeyID), document, v.CertificateID, v.Number, v.Revision)
	if err != nil {
		return tx.brokenVersion(v, err)
	}
	if n == 0 {
		return tx.lostVersion(v)
	}
	v.Revision++
	if v.State == clm.VersionIssued {
		return tx.dropRevocation(v)
	}
	return tx.recordRevocation(v)
}

// deleteVersions removes a lineage's versions, then the keys only they had.
func (tx *Tx) deleteVersions(certificateID string) error {
	var keys []string
	err := tx.each(func(rows *sql.Rows) error {
		var id string
		err := rows.Scan(&id)
		keys = append(keys, id)
		return err
	}, "SELECT DISTINCT key_id FROM versions WHERE certificate_id = ? AND key_id IS NOT NULL", certificateID)
	if err != nil {
		return err
	}
	if _, err := tx.exec("DELETE FROM versions WHERE certificate_id = ?", certificateID); err != nil {
		return err
	}
	for _, id := range keys {
		if err := tx.deleteUnusedKey(id); err != nil {
			return err
		}
	}
	return nil
}

func (tx *Tx) lostVersion(v *clm.Version) error {
	n, err := tx.count("SELECT COUNT(*) FROM versions WHERE certificate_id = ? AND number = ?", v.CertificateID, v.Number)
	switch {
	case err != nil:
		return err
	case n == 0:
		return clm.Errorf(clm.KindNotFound, "there is no version %d of certificate %s", v.Number, v.CertificateID)
	}
	return clm.NounCertificate.Changed(v.CertificateID)
}

// brokenVersion: a second version of one number means that somebody else issued
// first; a second fingerprint or serial number is the issuer's mistake.
func (tx *Tx) brokenVersion(v *clm.Version, err error) error {
	var broken *violation
	switch {
	case !errors.As(err, &broken):
		return err
	case violated(err, "versions.certificate_id, versions.number"):
		return clm.NounCertificate.Changed(v.CertificateID)
	case violated(err, "versions.fingerprint_sha256"):
		return clm.Errorf(clm.KindExists, "the certificate with the fingerprint %q is recorded already", v.FingerprintSHA256)
	case violated(err, "versions.issuer_id, versions.serial_number"):
		return clm.Errorf(clm.KindExists, "issuer %s has used the serial number %q already", v.Identity.IssuerID, v.SerialNumber)
	case broken.foreignKey:
		return missing(tx, versionRefers, v, err)
	}
	return err
}

func versionRefers(v *clm.Version) []reference {
	return []reference{
		{noun: clm.NounCertificate, table: "certificates", id: v.CertificateID},
		{noun: clm.NounKey, table: "private_keys", id: v.KeyID},
	}
}
