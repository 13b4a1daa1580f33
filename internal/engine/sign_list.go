package engine

import (
	"strconv"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

// signList signs and records the list that follows newest.
func (c change) signList(a authority, newest clm.RevocationList, due clm.ListDue, end time.Time) (list clm.RevocationList, err error) {
	certificate, key, err := a.open(c)
	if err != nil {
		return list, err
	}
	list = clm.RevocationList{
		CA: a.CA, Number: clm.NextListNumber(newest.Number, c.now), NextUpdate: end.Truncate(time.Second),
		ThisUpdate: later(c.now.Add(-clockSkew), certificate.NotBefore).Truncate(time.Second), Base: newest.Base, BaseList: newest.BaseList,
	}
	revoked, err := c.Revocations(a.CA, newest.ThisUpdate) // what has expired is on one list afterwards: RFC 5280, section 3.3
	if err != nil {
		return list, err
	}
	complete := pki.CRL{Number: list.Number, ThisUpdate: list.ThisUpdate, NextUpdate: list.NextUpdate, Entries: entriesOf(revoked), FreshestURL: c.engine.deltaURL(a.CA)}
	if list.Complete, err = pki.CreateCRL(complete, certificate, key); err != nil {
		return list, cannotList(a, err)
	}
	if newest.Number > 0 {
		base, err := pki.ParseCRL(newest.BaseList, certificate)
		if err != nil {
			return list, err
		}
		complete.Base, complete.Entries, complete.FreshestURL = newest.Base, entriesOf(clm.DeltaOf(revocationsOf(base), revoked)), ""
		if list.Delta, err = pki.CreateCRL(complete, certificate, key); err != nil {
			return list, err
		}
	}
	if due.Continues() {
		list.Base, list.BaseList = list.Number, list.Complete
	}
	return list, c.putList(a, list, string(due), len(revoked))
}

func (c change) putList(a authority, list clm.RevocationList, why string, revoked int) error {
	if err := c.PutRevocationList(list); err != nil {
		return err
	}
	return c.record(clm.NounRoot, "sign_revocation_list", a.IssuerID, a.slot, map[string]string{
		"fingerprint_sha256": a.FingerprintSHA256, "number": strconv.FormatInt(list.Number, 10),
		"revoked": strconv.Itoa(revoked), "reason": why,
	})
}

// later is the later of two times.
func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b.UTC()
}

// cannotList puts the one refusal that is about the CA certificate in words.
func cannotList(a authority, err error) error {
	if pki.CodeOf(err) != pki.NoCRLSign {
		return err
	}
	return clm.Errorf(clm.KindRefused, "root certificate %q cannot sign revocation lists: its key usage lacks cRLSign", a.slot).
		WithHint("replace it by one that has cRLSign, or ask by OCSP")
}

func entriesOf(revoked []clm.Revocation) (entries []pki.CRLEntry) {
	for _, r := range revoked {
		entries = append(entries, pki.CRLEntry{SerialNumber: r.SerialNumber, At: r.RevokedAt, Reason: string(r.Reason)})
	}
	return entries
}

func revocationsOf(list pki.CRL) (revoked []clm.Revocation) {
	for _, entry := range list.Entries {
		revoked = append(revoked, clm.Revocation{SerialNumber: entry.SerialNumber, RevokedAt: entry.At, Reason: clm.RevocationReason(entry.Reason)})
	}
	return revoked
}
