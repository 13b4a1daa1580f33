package clmtest

import (
	"slices"
	"strings"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// revoked is what is kept of a version that was withdrawn.
type revoked struct {
	clm.Revocation

	ca clm.CA
}

// revise keeps what lists say in step with a version.
func (tx *memoryTx) revise(v *clm.Version) {
	ca := clm.CA{IssuerID: v.Identity.IssuerID, FingerprintSHA256: v.IssuedBy()}
	r := v.Revocation()
	if r != nil || tx.revocationAt(ca, v.SerialNumber) >= 0 && v.State == clm.VersionIssued {
		tx.setRevocation(ca, v.SerialNumber, r)
	}
}

func (tx *memoryTx) PutRevocation(ca clm.CA, r clm.Revocation) error {
	if err := tx.write(); err != nil {
		return err
	}
	tx.setRevocation(ca, r.SerialNumber, &r)
	return nil
}

func (tx *memoryTx) revocationAt(ca clm.CA, serialNumber string) int {
	return slices.IndexFunc(tx.revocations, func(r *revoked) bool { return r.ca == ca && r.SerialNumber == serialNumber })
}

// setRevocation replaces what is kept of a serial number; nil takes it away.
func (tx *memoryTx) setRevocation(ca clm.CA, serialNumber string, r *clm.Revocation) {
	old := tx.revocationAt(ca, serialNumber)
	tx.revocations = slices.Clone(tx.revocations)
	if old >= 0 {
		tx.revocations = slices.Delete(tx.revocations, old, old+1)
	}
	if r != nil {
		tx.revocations = append(tx.revocations, &revoked{*r, ca})
		slices.SortFunc(tx.revocations, func(a, b *revoked) int { return strings.Compare(a.SerialNumber, b.SerialNumber) })
	}
	tx.outdate(ca)
}

func (tx *memoryTx) outdate(ca clm.CA) {
	at := tx.listAt(ca.FingerprintSHA256)
	if at < 0 {
		return
	}
	list := *tx.lists[at]
	list.Stale = true
	tx.lists = slices.Clone(tx.lists)
	tx.lists[at] = &list
}

func (tx *memoryTx) listAt(fingerprint string) int {
	return slices.IndexFunc(tx.lists, func(l *clm.RevocationList) bool { return l.CA.FingerprintSHA256 == fingerprint })
}

func (tx *memoryTx) VersionBySerial(issuerID, serialNumber string) (clm.Version, error) {
	found := tx.some(func(v *clm.Version) bool { return v.Identity.IssuerID == issuerID && v.SerialNumber == serialNumber })
	if len(found) == 0 {
		return clm.Version{}, clm.Errorf(clm.KindNotFound, "issuer %s has issued no certificate with the serial number %q", issuerID, serialNumber)
	}
	return found[0], nil
}

func (tx *memoryTx) Revocations(ca clm.CA, notBefore time.Time) (all []clm.Revocation, err error) {
	for _, r := range tx.revocations {
		if r.ca.FingerprintSHA256 == ca.FingerprintSHA256 && !r.NotAfter.Before(notBefore) {
			all = append(all, r.Revocation)
		}
	}
	return all, nil
}

func (tx *memoryTx) Revocation(ca clm.CA, serialNumber string) (clm.Revocation, error) {
	for _, r := range tx.revocations {
		if r.ca.FingerprintSHA256 == ca.FingerprintSHA256 && r.SerialNumber == serialNumber {
			return r.Revocation, nil
		}
	}
	return clm.Revocation{}, clm.Errorf(clm.KindNotFound, "the certificate with the serial number %q is not withdrawn", serialNumber)
}

func (tx *memoryTx) RevocationList(fingerprint string) (clm.RevocationList, error) {
	at := tx.listAt(fingerprint)
	if at < 0 {
		return clm.RevocationList{}, clm.Errorf(clm.KindNotFound, "there is no revocation list of the CA certificate %q", fingerprint)
	}
	return *tx.lists[at], nil
}

func (tx *memoryTx) PutRevocationList(list clm.RevocationList) error {
	at, before := tx.listAt(list.CA.FingerprintSHA256), int64(0)
	if at >= 0 {
		before = tx.lists[at].Number
	}
	if list.Number <= before {
		return clm.Errorf(clm.KindConflict, "revocation list %d of the CA certificate %q does not follow the newest one", list.Number, list.CA.FingerprintSHA256)
	}
	if err := tx.write(); err != nil {
		return err
	}
	list.Stale = false
	tx.lists = slices.Clone(tx.lists)
	if at < 0 {
		tx.lists = append(tx.lists, &list)
		return nil
	}
	tx.lists[at] = &list
	return nil
}
