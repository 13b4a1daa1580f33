package enginetest

import (
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/engine"
)

func exerciseBundles(t *testing.T, open Open) {
	story(t, open, "bundles are listed by epoch and found by digest", bundlesAreFound)
	story(t, open, "an epoch is published once", epochsAreUnique)
	story(t, open, "bundles go with their profile", bundlesGo)
}

// published adds a bundle that is known by what it holds.
func (e estate) published(p clm.CommunicationProfile, epoch int64, content string) clm.Bundle {
	e.t.Helper()
	b := clm.NewBundle([][]byte{[]byte(content), {0x30, 0xff}})
	b.ProfileID, b.Epoch, b.Reason, b.CreatedAt = p.ID, epoch, "the profile was changed", dawn
	e.write(func(tx engine.Tx) error { return tx.InsertBundle(b) })
	return b
}

func (e estate) bundles(p clm.CommunicationProfile, want ...clm.Bundle) {
	e.t.Helper()
	e.read(func(tx engine.Tx) error {
		got, err := tx.Bundles(p.ID)
		mustEqual(e.t, "bundles of "+p.Name, got, want)
		return err
	})
}

func bundlesAreFound(t *testing.T, e estate) {
	p, other := e.profile("north"), e.profile("south")
	e.bundles(p)
	tenth, first, second := e.published(p, 10, "one"), e.published(p, 1, "one"), e.published(p, 2, "two")
	foreign := e.published(other, 1, "three")
	e.bundles(p, first, second, tenth)
	e.bundles(other, foreign)
	for _, want := range []clm.Bundle{tenth, second} { // of two with one digest the newest
		e.read(func(tx engine.Tx) error {
			got, err := tx.Bundle(p.ID, want.Digest)
			mustEqual(t, "bundle", got, want)
			return err
		})
	}
	for _, digest := range []string{foreign.Digest, ""} {
		e.refused(clm.KindNotFound, func(tx engine.Tx) error {
			_, err := tx.Bundle(p.ID, digest)
			return err
		})
	}
}

func epochsAreUnique(t *testing.T, e estate) {
	p := e.profile("north")
	first := e.published(p, 1, "one")
	again := clm.NewBundle([][]byte{{0x30}})
	again.ProfileID, again.Epoch = p.ID, 1
	named(t, e.refused(clm.KindConflict, func(tx engine.Tx) error { return tx.InsertBundle(again) }), "communication profile "+p.ID)
	e.bundles(p, first)

	again.ProfileID = clm.NewID()
	named(t, e.refused(clm.KindNotFound, func(tx engine.Tx) error { return tx.InsertBundle(again) }), again.ProfileID)
}

func bundlesGo(_ *testing.T, e estate) {
	p, other := e.profile("north"), e.profile("south")
	e.published(p, 1, "one")
	kept := e.published(other, 1, "one")
	stale := p
	e.write(func(tx engine.Tx) error { return tx.UpdateProfile(&p) })
	e.refused(clm.KindConflict, func(tx engine.Tx) error { return tx.DeleteProfile(stale) })
	e.write(func(tx engine.Tx) error { return tx.DeleteProfile(p) })
	e.bundles(p)
	e.bundles(other, kept)
}
