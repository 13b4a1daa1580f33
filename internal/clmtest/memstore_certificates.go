package clmtest

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

var memoryCertificates = &memoryTable[clm.Certificate]{
	noun:   clm.NounCertificate,
	header: func(c *clm.Certificate) (string, string, *int64) { return c.ID, c.Name, &c.Revision },
	rows:   func(s *memoryState) *[]*clm.Certificate { return &s.certificates },
	clone:  plain[clm.Certificate],
	refers: func(tx *memoryTx, c *clm.Certificate) error {
		if memoryRoots.find(tx, c.Spec.IssuerID) == nil {
			return absent(clm.NounRoot, c.Spec.IssuerID, "issuer_id")
		}
		return nil
	},
}

// row adds the current version to a lineage.
func (tx *memoryTx) row(c clm.Certificate) clm.CertificateRow {
	row := clm.CertificateRow{Certificate: c}
	for _, v := range tx.versions {
		if v.CertificateID == c.ID && v.Number == c.Current {
			row.Current = clonePointer(v, cloneVersion)
		}
	}
	return row
}

func (tx *memoryTx) Certificate(ref string) (clm.CertificateRow, error) {
	c, err := memoryCertificates.get(tx, ref)
	if err != nil {
		return clm.CertificateRow{}, err
	}
	return tx.row(c), nil
}

func (tx *memoryTx) Certificates(filter clm.CertificateFilter, page clm.Page) (rows []clm.CertificateRow, err error) {
	found := memoryCertificates.list(tx, func(c *clm.Certificate) bool { return matches(filter, tx.row(*c)) }, page)
	for _, c := range found {
		rows = append(rows, tx.row(c))
	}
	return rows, nil
}

func (tx *memoryTx) CountFiltered(filter clm.CertificateFilter) (int64, error) {
	return int64(memoryCertificates.count(tx, func(c *clm.Certificate) bool { return matches(filter, tx.row(*c)) })), nil
}

func matches(f clm.CertificateFilter, row clm.CertificateRow) bool {
	spec := row.Certificate.Spec
	switch {
	case f.IssuerID != "" && f.IssuerID != spec.IssuerID,
		f.CommonName != "" && f.CommonName != spec.Subject.CommonName,
		!strings.Contains(row.Certificate.Name, f.NameContains):
		return false
	case row.Current == nil:
		return f.ExpiresBefore.IsZero() && f.State == ""
	}
	return (f.ExpiresBefore.IsZero() || row.Current.NotAfter.Before(f.ExpiresBefore)) && (f.State == "" || f.State == row.Current.State)
}

func (tx *memoryTx) CountCertificates(issuerID string) (int, error) {
	return memoryCertificates.count(tx, func(c *clm.Certificate) bool { return c.Spec.IssuerID == issuerID }), nil
}

func (tx *memoryTx) InsertCertificate(c *clm.Certificate) error {
	return memoryCertificates.insert(tx, c)
}

func (tx *memoryTx) UpdateCertificate(c *clm.Certificate) error {
	return memoryCertificates.update(tx, c)
}

func (tx *memoryTx) DeleteCertificate(c clm.Certificate) error {
	if _, err := memoryCertificates.current(tx, c); err != nil {
		return err
	}
	connectors, _ := tx.Connectors(clm.ConnectorFilter{CertificateID: c.ID}, clm.Page{})
	if err := inTheWay(clm.NounCertificate, c.Name, "still has", len(connectors), "connector"); err != nil {
		return err
	}
	if err := tx.write(); err != nil {
		return err
	}
	gone, _ := tx.Versions(c.ID)
	tx.versions = slices.DeleteFunc(slices.Clone(tx.versions), func(v *clm.Version) bool { return v.CertificateID == c.ID })
	for _, v := range gone {
		tx.dropKey(v.KeyID)
	}
	return memoryCertificates.remove(tx, c)
}

func (tx *memoryTx) some(keep func(*clm.Version) bool) (found []clm.Version) {
	for _, v := range tx.versions {
		if keep(v) {
			found = append(found, cloneVersion(*v))
		}
	}
	slices.SortFunc(found, func(a, b clm.Version) int {
		return cmp.Or(cmp.Compare(a.CertificateID, b.CertificateID), cmp.Compare(a.Number, b.Number))
	})
	return found
}

func (tx *memoryTx) Versions(certificateID string) ([]clm.Version, error) {
	return tx.some(func(v *clm.Version) bool { return v.CertificateID == certificateID }), nil
}

func (tx *memoryTx) VersionsInUse(issuerID string, now time.Time) ([]clm.Version, error) {
	return tx.some(func(v *clm.Version) bool {
		return v.Identity.IssuerID == issuerID && v.NotAfter.After(now) && v.State != clm.VersionRevoked
	}), nil
}

func (tx *memoryTx) VersionByFingerprint(sha256 string) (clm.Version, error) {
	found := tx.some(func(v *clm.Version) bool { return v.FingerprintSHA256 == sha256 })
	if len(found) == 0 {
		return clm.Version{}, clm.Errorf(clm.KindNotFound, "there is no certificate with the fingerprint %q", sha256)
	}
	return found[0], nil
}

func (tx *memoryTx) InsertVersion(v *clm.Version) error {
	if err := tx.versionFits(v); err != nil {
		return err
	}
	for _, other := range tx.versions {
		switch {
		case other.CertificateID == v.CertificateID && other.Number == v.Number:
			return clm.NounCertificate.Changed(v.CertificateID) // somebody else issued first
		case other.FingerprintSHA256 == v.FingerprintSHA256:
			return clm.Errorf(clm.KindExists, "the certificate with the fingerprint %q is recorded already", v.FingerprintSHA256)
		case other.Identity.IssuerID == v.Identity.IssuerID && other.SerialNumber == v.SerialNumber:
			return clm.Errorf(clm.KindExists, "issuer %s has used the serial number %q already", v.Identity.IssuerID, v.SerialNumber)
		}
	}
	v.Revision = 1
	tx.versions = append(slices.Clone(tx.versions), clonePointer(v, cloneVersion))
	tx.revise(v)
	return nil
}

func (tx *memoryTx) versionFits(v *clm.Version) error {
	if memoryCertificates.find(tx, v.CertificateID) == nil {
		return clm.NounCertificate.NotFound(v.CertificateID)
	}
	if v.KeyID != "" {
		if _, err := tx.Key(v.KeyID); err != nil {
			return err
		}
	}
	return tx.write()
}

func (tx *memoryTx) UpdateVersion(v *clm.Version) error {
	at := slices.IndexFunc(tx.versions, func(o *clm.Version) bool { return o.CertificateID == v.CertificateID && o.Number == v.Number })
	if at < 0 {
		return clm.Errorf(clm.KindNotFound, "there is no version %d of certificate %s", v.Number, v.CertificateID)
	}
	if tx.versions[at].Revision != v.Revision {
		return clm.NounCertificate.Changed(v.CertificateID)
	}
	if err := tx.versionFits(v); err != nil {
		return err
	}
	v.Revision++
	tx.versions = slices.Clone(tx.versions)
	tx.versions[at] = clonePointer(v, cloneVersion)
	tx.revise(v)
	return nil
}
