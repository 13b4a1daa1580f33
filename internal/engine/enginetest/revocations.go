package enginetest

import (
	"context"
	"testing"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/engine"
)

func exerciseRevocations(t *testing.T, open Open) {
	story(t, open, "what is withdrawn is listed by who signed it", revocationsAreListed)
	story(t, open, "what is withdrawn stays when its lineage is deleted", revocationsOutliveTheLineage)
	story(t, open, "a hold is taken back, or becomes a revocation", holdsEnd)
	story(t, open, "a version is found by its serial number", versionBySerial)
	story(t, open, "numbers of lists rise", listsAreSwapped)
	story(t, open, "a list is stale once something changes", listsGoStale)
}

// signedBy issues the next version of a lineage with the key of that CA certificate.
func (e estate) signedBy(c *clm.Certificate, ca string) clm.Version {
	e.t.Helper()
	v := newVersion(*c, c.Current+1, "")
	v.IssuerFingerprint, v.NotAfter = ca, v.NotAfter.Truncate(time.Microsecond)
	c.Current++
	e.write(func(tx engine.Tx) error {
		if err := tx.UpdateCertificate(c); err != nil {
			return err
		}
		return tx.InsertVersion(&v)
	})
	return v
}

func (e estate) moved(v clm.Version, move func(v *clm.Version) error) clm.Version {
	e.t.Helper()
	if err := move(&v); err != nil {
		e.t.Fatal(err)
	}
	e.write(func(tx engine.Tx) error { return tx.UpdateVersion(&v) })
	return v
}

func revokes(reason clm.RevocationReason) func(v *clm.Version) error {
	return func(v *clm.Version) error { return v.Revoke("web", reason, dusk) }
}

func holds(v *clm.Version) error    { return v.Hold("web", dusk) }
func releases(v *clm.Version) error { return v.Release("web") }

// dusk is when things end in a story; recorded times have microseconds.
var dusk = dawn.Add(time.Minute).Truncate(time.Microsecond)

func revocationOf(v clm.Version, reason clm.RevocationReason) clm.Revocation {
	return clm.Revocation{SerialNumber: v.SerialNumber, RevokedAt: dusk, Reason: reason, NotAfter: v.NotAfter}
}

func (e estate) revocations(ca clm.CA, notBefore time.Time, want ...clm.Revocation) {
	e.t.Helper()
	e.read(func(tx engine.Tx) error {
		got, err := tx.Revocations(ca, notBefore)
		mustEqual(e.t, "revocations", got, want)
		return err
	})
}

func revocationsAreListed(t *testing.T, e estate) {
	root := e.root("root")
	c, ca := e.certificate("web", root), clm.CA{IssuerID: root.ID, FingerprintSHA256: "old"}
	e.revocations(ca, time.Time{})
	first, second, other := e.signedBy(&c, "old"), e.signedBy(&c, "old"), e.signedBy(&c, "new") // expire after an hour, two and three
	e.moved(second, revokes("superseded"))
	e.moved(first, revokes("key_compromise"))
	e.moved(other, revokes(""))
	one, two := revocationOf(first, "key_compromise"), revocationOf(second, "superseded")
	e.revocations(ca, time.Time{}, one, two)
	e.revocations(ca, one.NotAfter, one, two)
	e.revocations(ca, one.NotAfter.Add(time.Microsecond), two)
	e.revocations(clm.CA{IssuerID: root.ID, FingerprintSHA256: "new"}, time.Time{}, revocationOf(other, "unspecified"))
	e.revocations(clm.CA{IssuerID: e.root("another").ID, FingerprintSHA256: "old"}, time.Time{}, one, two)
	e.read(func(tx engine.Tx) error {
		got, err := tx.Revocation(ca, second.SerialNumber)
		mustEqual(t, "revocation", got, two)
		return err
	})
	e.refused(clm.KindNotFound, func(tx engine.Tx) error {
		_, err := tx.Revocation(ca, other.SerialNumber)
		return err
	})
}

func revocationsOutliveTheLineage(_ *testing.T, e estate) {
	root := e.root("root")
	c, ca := e.certificate("web", root), clm.CA{IssuerID: root.ID, FingerprintSHA256: "ca"}
	v := e.moved(e.signedBy(&c, "ca"), revokes("superseded"))
	e.write(func(tx engine.Tx) error { return tx.DeleteCertificate(c) })
	e.revocations(ca, time.Time{}, revocationOf(v, "superseded"))
}

func holdsEnd(_ *testing.T, e estate) {
	root := e.root("root")
	c, ca := e.certificate("web", root), clm.CA{IssuerID: root.ID, FingerprintSHA256: "ca"}
	v := e.moved(e.signedBy(&c, "ca"), holds)
	e.revocations(ca, time.Time{}, revocationOf(v, "certificate_hold"))
	v = e.moved(v, releases)
	e.revocations(ca, time.Time{})
	v = e.moved(e.moved(v, holds), revokes("key_compromise"))
	e.revocations(ca, time.Time{}, revocationOf(v, "key_compromise"))
}

func versionBySerial(t *testing.T, e estate) {
	root, other := e.root("root"), e.root("other")
	c := e.certificate("web", root)
	v := e.signedBy(&c, "ca")
	e.read(func(tx engine.Tx) error {
		got, err := tx.VersionBySerial(root.ID, v.SerialNumber)
		mustEqual(t, "version", got, v)
		return err
	})
	for issuer, serial := range map[string]string{root.ID: "none", other.ID: v.SerialNumber} {
		e.refused(clm.KindNotFound, func(tx engine.Tx) error {
			_, err := tx.VersionBySerial(issuer, serial)
			return err
		})
	}
}

func newList(number int64) clm.RevocationList {
	return clm.RevocationList{
		CA: clm.CA{IssuerID: "slot", FingerprintSHA256: "ca"}, Number: number, ThisUpdate: dawn, NextUpdate: dusk,
		Complete: []byte{0x30, 0xff}, Delta: []byte{0x31}, Base: 1, BaseList: []byte{0x32}, Last: true,
	}
}

func (e estate) list(want clm.RevocationList) {
	e.t.Helper()
	e.read(func(tx engine.Tx) error {
		got, err := tx.RevocationList(want.CA.FingerprintSHA256)
		mustEqual(e.t, "list", got, want)
		return err
	})
}

func listsAreSwapped(t *testing.T, e estate) {
	put := func(number int64) func(tx engine.Tx) error {
		return func(tx engine.Tx) error { return tx.PutRevocationList(newList(number)) }
	}
	e.refused(clm.KindNotFound, func(tx engine.Tx) error {
		_, err := tx.RevocationList("ca")
		return err
	})
	for _, number := range []int64{1, 2, 1_800_000_000} {
		e.write(put(number))
		e.refused(clm.KindConflict, put(number-1))
		e.refused(clm.KindConflict, put(number))
		e.list(newList(number))
	}
	if err := e.store.View(context.Background(), put(1_900_000_000)); clm.KindOf(err) != clm.KindInternal {
		t.Errorf("a view wrote a list: %v", err)
	}
}

func listsGoStale(_ *testing.T, e estate) {
	c := e.certificate("web", e.root("root"))
	v := e.signedBy(&c, "ca")
	number := int64(0)
	follows := func(stale bool, what func()) {
		e.t.Helper()
		number++
		list := newList(number)
		e.write(func(tx engine.Tx) error { return tx.PutRevocationList(list) })
		e.list(list)
		what()
		list.Stale = stale
		e.list(list)
	}
	follows(true, func() { v = e.moved(v, holds) })
	follows(true, func() { v = e.moved(v, releases) })
	follows(false, func() { v = e.moved(v, func(v *clm.Version) error { return v.Apply("supersede", "web") }) })
	follows(true, func() { v = e.moved(v, revokes("")) })
	other := e.signedBy(&c, "another")
	follows(false, func() { e.moved(other, revokes("")) })
}
