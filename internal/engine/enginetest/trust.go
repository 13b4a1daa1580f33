package enginetest

import (
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/engine"
)

// exerciseTrust: who has a communication profile, and whom it trusts.
func exerciseTrust(t *testing.T, open Open) {
	story(t, open, "profiles are found by the roots they name", profilesOfRoots)
	story(t, open, "a root that a profile names stays", trustedRootStays)
	story(t, open, "a profile names roots that are there", profileNamesRoots)
	story(t, open, "devices and gateways have profiles that are there", profileMustBeThere)
	story(t, open, "devices are listed and counted by profile", devicesOfProfiles)
	story(t, open, "gateways are listed by profile", gatewaysOfProfiles)
	story(t, open, "a profile that somebody has stays", profileStays)
}

// trusting checks which profiles name a root.
func (e estate) trusting(root clm.RootCertificate, want ...clm.CommunicationProfile) {
	e.t.Helper()
	e.read(func(tx engine.Tx) error {
		got, err := tx.ProfilesOf(root.ID)
		mustEqual(e.t, "profiles of "+root.Name, got, want)
		return err
	})
}

func profilesOfRoots(_ *testing.T, e estate) {
	one, two, three := e.root("one"), e.root("two"), e.root("three")
	south, north := e.profile("south", one), e.profile("north", one, two)
	e.trusting(one, north, south)
	e.trusting(two, north)
	e.trusting(three)

	north.RootIDs = []string{three.ID, three.ID} // naming it twice is naming it
	e.write(func(tx engine.Tx) error { return tx.UpdateProfile(&north) })
	e.trusting(one, south)
	e.trusting(two)
	e.trusting(three, north)

	stale := south
	e.write(func(tx engine.Tx) error { return tx.UpdateProfile(&south) })
	stale.RootIDs = []string{two.ID}
	e.refused(clm.KindConflict, func(tx engine.Tx) error { return tx.UpdateProfile(&stale) })
	e.trusting(one, south)
	e.trusting(two)
}

func trustedRootStays(t *testing.T, e estate) {
	root := e.root("root")
	south, north := e.profile("south", root), e.profile("north", root)
	drop := func(tx engine.Tx) error { return tx.DeleteRoot(root) }
	named(t, e.refused(clm.KindRefused, drop), `"root" is still trusted by 2 communication profiles`)
	e.write(func(tx engine.Tx) error { return tx.DeleteProfile(south) })
	named(t, e.refused(clm.KindRefused, drop), `"root" is still trusted by 1 communication profile`)
	e.trusting(root, north)
	north.RootIDs = nil
	e.write(func(tx engine.Tx) error { return tx.UpdateProfile(&north) })
	e.write(drop)
}

func profileNamesRoots(t *testing.T, e estate) {
	root, nowhere := e.root("root"), clm.NewID()
	p := e.profile("north", root)
	wrong := p
	wrong.RootIDs = []string{root.ID, nowhere}
	refusal := e.refused(clm.KindNotFound, func(tx engine.Tx) error { return tx.UpdateProfile(&wrong) })
	named(t, refusal, nowhere)
	mustEqual(t, "field", refusal.Field, "root_certificate_ids")
	profiles.found(e, "north", p)

	wrong = newProfile("south", root)
	wrong.RootIDs = append(wrong.RootIDs, nowhere)
	e.refused(clm.KindNotFound, func(tx engine.Tx) error { return tx.InsertProfile(&wrong) })
	e.trusting(root, p)
}

func profileMustBeThere(t *testing.T, e estate) {
	p, nowhere := e.profile("north"), clm.CommunicationProfile{ID: clm.NewID()}
	d := newDevice("one")
	d.ProfileID = nowhere.ID
	absent := func(write func(tx engine.Tx) error) {
		t.Helper()
		refusal := e.refused(clm.KindNotFound, write)
		named(t, refusal, nowhere.ID)
		mustEqual(t, "field", refusal.Field, "communication_profile_id")
	}
	absent(func(tx engine.Tx) error { return tx.InsertDevice(&d) })
	member := e.member("two", p)
	moved := member
	moved.ProfileID = nowhere.ID
	absent(func(tx engine.Tx) error { return tx.UpdateDevice(&moved) })
	devices.found(e, "two", member)

	g := newGateway("gate", nowhere)
	absent(func(tx engine.Tx) error { return tx.InsertGateway(&g) })
	g = inserted(e, engine.Tx.InsertGateway, newGateway("gate", p))
	astray := g
	astray.ProfileID = nowhere.ID
	absent(func(tx engine.Tx) error { return tx.UpdateGateway(&astray) })
	gateways.found(e, "gate", g)
}

func devicesOfProfiles(t *testing.T, e estate) {
	p, other := e.profile("north"), e.profile("south")
	c, a, b := e.member("c", p), e.member("a", p), e.member("b", p)
	e.device("d")
	members := func(profileID string, count int, page clm.Page, want ...clm.Device) {
		t.Helper()
		e.read(func(tx engine.Tx) error {
			got, err := tx.DevicesOf(profileID, page)
			mustEqual(t, "devices", got, want)
			if err != nil {
				return err
			}
			n, err := tx.CountDevices(profileID)
			mustEqual(t, "count", n, count)
			return err
		})
	}
	members(p.ID, 3, clm.Page{}, a, b, c)
	members(p.ID, 3, clm.Page{Limit: 2}, a, b)
	members(p.ID, 3, clm.Page{Limit: 2, After: "b"}, c)
	members(other.ID, 0, clm.Page{})
	members("", 0, clm.Page{})

	b.ProfileID = other.ID
	e.write(func(tx engine.Tx) error { return tx.UpdateDevice(&b) })
	c.ProfileID = ""
	e.write(func(tx engine.Tx) error { return tx.UpdateDevice(&c) })
	members(p.ID, 1, clm.Page{}, a)
	members(other.ID, 1, clm.Page{}, b)
}

func gatewaysOfProfiles(t *testing.T, e estate) {
	p, other := e.profile("north"), e.profile("south")
	second := inserted(e, engine.Tx.InsertGateway, newGateway("second", p))
	first := inserted(e, engine.Tx.InsertGateway, newGateway("first", p))
	for _, c := range []struct {
		profile clm.CommunicationProfile
		want    []clm.InternetGateway
	}{{p, []clm.InternetGateway{first, second}}, {other, nil}} {
		e.read(func(tx engine.Tx) error {
			got, err := tx.GatewaysOf(c.profile.ID)
			mustEqual(t, "gateways of "+c.profile.Name, got, c.want)
			return err
		})
	}
}

func profileStays(t *testing.T, e estate) {
	p := e.profile("north", e.root("root"))
	one, two := e.member("one", p), e.member("two", p)
	gate := inserted(e, engine.Tx.InsertGateway, newGateway("gate", p))
	drop := func(tx engine.Tx) error { return tx.DeleteProfile(p) }
	named(t, e.refused(clm.KindRefused, drop), `"north"`, "2 devices")
	e.write(func(tx engine.Tx) error { return tx.DeleteDevice(one) })
	two.ProfileID = ""
	e.write(func(tx engine.Tx) error { return tx.UpdateDevice(&two) })
	named(t, e.refused(clm.KindRefused, drop), `"north"`, "1 internet gateway")
	profiles.found(e, "north", p)
	e.write(func(tx engine.Tx) error { return tx.DeleteGateway(gate) })
	e.write(drop)
}
