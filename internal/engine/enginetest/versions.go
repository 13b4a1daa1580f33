package enginetest

import (
	"errors"
	"testing"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/engine"
)

func exerciseVersions(t *testing.T, open Open) {
	story(t, open, "versions are listed oldest first and found by fingerprint", versionsAreFound)
	story(t, open, "versions in use are neither expired nor revoked", versionsInUse)
	story(t, open, "a certificate is read with its current version", currentIsRead)
	story(t, open, "a number, a fingerprint and a serial are used once", versionsAreUnique)
	story(t, open, "an update raises the revision and a stale one changes nothing", versionsAreSwapped)
	story(t, open, "deleting a certificate removes its versions and keys and no others", versionsAreDeleted)
}

func (e estate) versions(c clm.Certificate, want ...clm.Version) {
	e.t.Helper()
	e.read(func(tx engine.Tx) error {
		got, err := tx.Versions(c.ID)
		mustEqual(e.t, "versions", got, want)
		return err
	})
}

func versionsAreFound(t *testing.T, e estate) {
	root := e.root("root")
	c, other := e.certificate("web", root), e.certificate("mail", root)
	e.versions(c)
	first, foreign, second := e.issued(&c), e.issued(&other), e.issued(&c)
	e.versions(c, first, second)
	e.versions(other, foreign)
	e.read(func(tx engine.Tx) error {
		got, err := tx.VersionByFingerprint(first.FingerprintSHA256)
		mustEqual(t, "version", got, first)
		return err
	})
	e.refused(clm.KindNotFound, func(tx engine.Tx) error {
		_, err := tx.VersionByFingerprint("none")
		return err
	})
}

func currentIsRead(t *testing.T, e estate) {
	c := e.certificate("web", e.root("root"))
	row := func() (row clm.CertificateRow) {
		e.read(func(tx engine.Tx) (err error) {
			row, err = tx.Certificate("web")
			return err
		})
		return row
	}
	mustEqual(t, "a new lineage", row(), clm.CertificateRow{Certificate: c})
	first := e.issued(&c)
	mustEqual(t, "the first version", row(), clm.CertificateRow{Certificate: c, Current: &first})
	second := e.issued(&c)
	mustEqual(t, "the second version", row(), clm.CertificateRow{Certificate: c, Current: &second})
}

func versionsAreUnique(t *testing.T, e estate) {
	root := e.root("root")
	c := e.certificate("web", root)
	first := e.issued(&c)
	clash := func(kind clm.Kind, spoil func(v *clm.Version)) {
		t.Helper()
		v := newVersion(c, 2, "")
		spoil(&v)
		e.refused(kind, func(tx engine.Tx) error { return tx.InsertVersion(&v) })
	}
	clash(clm.KindConflict, func(v *clm.Version) { v.Number = 1 }) // somebody issued first
	clash(clm.KindExists, func(v *clm.Version) { v.FingerprintSHA256 = first.FingerprintSHA256 })
	clash(clm.KindExists, func(v *clm.Version) { v.SerialNumber = first.SerialNumber })
	e.versions(c, first)

	// Another issuer counts its own serial numbers.
	v := newVersion(c, 2, "")
	v.SerialNumber, v.Identity.IssuerID = first.SerialNumber, e.root("another").ID
	v = inserted(e, engine.Tx.InsertVersion, v)
	e.versions(c, first, v)
}

func versionsAreSwapped(t *testing.T, e estate) {
	c := e.certificate("web", e.root("root"))
	v := e.issued(&c)
	mustEqual(t, "revision", v.Revision, 1)
	stale := v
	if err := v.Revoke("web", "key_compromise", dawn.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	e.write(func(tx engine.Tx) error { return tx.UpdateVersion(&v) })
	mustEqual(t, "revision", v.Revision, 2)

	stale.State = clm.VersionSuperseded
	e.refused(clm.KindConflict, func(tx engine.Tx) error { return tx.UpdateVersion(&stale) })
	e.versions(c, v)
	stale.Number = 9
	e.refused(clm.KindNotFound, func(tx engine.Tx) error { return tx.UpdateVersion(&stale) })
}

func versionsAreDeleted(_ *testing.T, e estate) {
	root := e.root("root")
	c, other := e.certificate("web", root), e.certificate("mail", root)
	stale := c
	first, second, kept := e.issued(&c), e.issued(&c), e.issued(&other)
	e.refused(clm.KindConflict, func(tx engine.Tx) error { return tx.DeleteCertificate(stale) })
	e.versions(c, first, second)
	e.write(func(tx engine.Tx) error { return tx.DeleteCertificate(c) })
	e.versions(c)
	e.versions(other, kept)
	for _, v := range []clm.Version{first, second} {
		e.refused(clm.KindNotFound, func(tx engine.Tx) error {
			_, err := tx.Key(v.KeyID)
			return err
		})
		e.refused(clm.KindNotFound, func(tx engine.Tx) error {
			_, err := tx.VersionByFingerprint(v.FingerprintSHA256)
			return err
		})
	}
	e.read(func(tx engine.Tx) error {
		_, err := tx.Key(kept.KeyID)
		return err
	})
}

func versionsInUse(t *testing.T, e estate) {
	root, other := e.root("root"), e.root("other")
	web, mail, foreign := e.certificate("web", root), e.certificate("mail", root), e.certificate("foreign", other)
	first, second, third := e.issued(&web), e.issued(&web), e.issued(&web) // expire after an hour, two and three
	e.issued(&mail)
	late := e.issued(&mail)
	e.issued(&foreign)
	first.State = clm.VersionSuperseded // which says nothing about its use
	if err := third.Revoke("web", "", dawn); err != nil {
		t.Fatal(err)
	}
	e.write(func(tx engine.Tx) error {
		return errors.Join(tx.UpdateVersion(&first), tx.UpdateVersion(&third))
	})
	for _, c := range []struct {
		now  time.Time
		want []clm.Version
	}{
		{dawn.Add(time.Hour - time.Minute), []clm.Version{first, second, e.version(mail, 1), late}},
		{dawn.Add(time.Hour), []clm.Version{second, late}}, // at its end it has expired
		{dawn.Add(2 * time.Hour), nil},
	} {
		e.read(func(tx engine.Tx) error {
			got, err := tx.VersionsInUse(root.ID, c.now)
			mustEqual(t, "versions in use", got, c.want)
			return err
		})
	}
}

// version is one version of a lineage as it is stored.
func (e estate) version(c clm.Certificate, number int) (v clm.Version) {
	e.t.Helper()
	e.read(func(tx engine.Tx) error {
		all, err := tx.Versions(c.ID)
		if err == nil {
			v = all[number-1]
		}
		return err
	})
	return v
}
