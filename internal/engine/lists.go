package engine

import (
	"context"
	"crypto/x509"
	"strconv"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

// RevocationList is the newest list of a CA certificate, which is given by the id or
// name of its slot, meaning the one that signs now, or by its fingerprint. A list
// that is due is signed first. That publishes what is recorded and changes nothing
// else of the estate, so reading may do it.
//
// Whether it is due is decided again in the transaction that signs, and the number
// is compared there: of many that ask at once one signs. Before the commit nothing
// has happened; after it the next to ask finds the list.
func (e *Engine) RevocationList(ctx context.Context, by clm.Principal, ref string) (list clm.RevocationList, err error) {
	due := clm.ListDue("")
	err = e.view(ctx, func(tx Tx) error {
		_, list, due, err = listOf(tx, ref, e.now())
		return err
	})
	if err != nil || due == "" {
		return list, err
	}
	err = e.update(ctx, by, func(c change) error {
		a, newest, due, err := listOf(c.Tx, ref, c.now)
		if list = newest; err != nil || due == "" {
			return err
		}
		list, err = c.signList(a, newest, due, clm.ListEnd(a.anchor.NotAfter, c.now))
		return err
	})
	return list, err
}

// SignDueLists signs what is due of every CA whose key is here, ahead of anybody's
// need, and tells how many it looked at.
func (e *Engine) SignDueLists(ctx context.Context, by clm.Principal) (looked int, err error) {
	roots, err := e.Roots(ctx, clm.Page{})
	if err != nil {
		return 0, err
	}
	for _, root := range roots {
		for _, a := range authoritiesOf(root) {
			if _, err := e.RevocationList(ctx, by, a.FingerprintSHA256); err != nil && clm.KindOf(err) != clm.KindRefused {
				return looked, err
			}
			looked++
		}
	}
	return looked, nil
}

// listOf reads the newest list of a CA, which is empty when there is none, and
// whether the next one is due. A CA whose key is gone signs no more.
func listOf(tx Tx, ref string, now time.Time) (a authority, newest clm.RevocationList, due clm.ListDue, err error) {
	if a, err = authorityFor(tx, ref); err != nil {
		return a, newest, due, err
	}
	newest, err = tx.RevocationList(a.FingerprintSHA256)
	switch {
	case clm.KindOf(err) == clm.KindNotFound && err != nil:
		return a, newest, clm.ShouldSignList(nil, a.anchor.NotAfter, now), unlessAlive(a, now, err)
	case err != nil || a.anchor.KeyID == "":
		return a, newest, "", err
	}
	return a, newest, clm.ShouldSignList(&newest, a.anchor.NotAfter, now), nil
}

// unlessAlive keeps the error that there is no list where there will be none.
func unlessAlive(a authority, now time.Time, err error) error {
	if now.Before(a.anchor.NotAfter) {
		return nil
	}
	return err
}

// signList signs and records the list that follows newest.
func (c change) signList(a authority, newest clm.RevocationList, due clm.ListDue, end time.Time) (list clm.RevocationList, err error) {
	certificate, key, err := a.open(c)
	if err != nil {
		return list, err
	}
	list = clm.RevocationList{
		CA: a.CA, Number: newest.Number + 1, NextUpdate: end.Truncate(time.Second),
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
		before, err := revocationsIn(newest.BaseList, certificate)
		if err != nil {
			return list, err
		}
		complete.Base, complete.Entries, complete.FreshestURL = newest.Base, entriesOf(clm.DeltaOf(before, revoked)), ""
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

// revocationsIn reads a list that was signed before.
func revocationsIn(der []byte, issuer *x509.Certificate) (revoked []clm.Revocation, err error) {
	list, err := pki.ParseCRL(der, issuer)
	for _, entry := range list.Entries {
		revoked = append(revoked, clm.Revocation{SerialNumber: entry.SerialNumber, RevokedAt: entry.At, Reason: clm.RevocationReason(entry.Reason)})
	}
	return revoked, err
}
