package enginetest

import (
	"errors"
	"testing"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/engine"
)

func exerciseReceipts(t *testing.T, open Open) {
	story(t, open, "a receipt is what the device stated last", receiptLives)
	story(t, open, "a receipt is of a device and a profile that are there", receiptNeedsItsDevice)
	story(t, open, "receipts are filtered and counted", receiptsAreFiltered)
	story(t, open, "pages of receipts follow the order of names", receiptsArePaged)
	story(t, open, "a receipt follows its device", receiptFollows)
	story(t, open, "a refused write to a device leaves its receipt", receiptStays)
}

// stated checks what is recorded of a device.
func (e estate) stated(want clm.Receipt) {
	e.t.Helper()
	e.read(func(tx engine.Tx) error {
		got, err := tx.Receipt(want.DeviceID)
		mustEqual(e.t, "receipt of "+want.DeviceName, got, want)
		return err
	})
}

func (e estate) unstated(d clm.Device) {
	e.t.Helper()
	e.refused(clm.KindNotFound, func(tx engine.Tx) error {
		_, err := tx.Receipt(d.ID)
		return err
	})
}

func receiptLives(_ *testing.T, e estate) {
	p := e.profile("north")
	d := e.member("one", p)
	e.unstated(d)
	r := e.states(clm.Receipt{DeviceID: d.ID, DeviceName: d.Name, ProfileID: p.ID})
	e.stated(r)
	for i, digest := range []string{"first", "first", "second", "first"} {
		r.Attest(digest, "", dawn.Add(time.Duration(i)*time.Hour))
		e.stated(e.states(r))
	}
	r.Attest("first", "disk full", dawn.Add(4*time.Hour))
	r.Place = p.TrustStore
	e.stated(e.states(r))
	for range 2 { // there is nothing wrong with deleting what is not there
		e.write(func(tx engine.Tx) error { return tx.DeleteReceipt(d.ID) })
		e.unstated(d)
	}
}

func receiptNeedsItsDevice(t *testing.T, e estate) {
	p := e.profile("north")
	d := e.member("one", p)
	r := e.states(newReceipt(d, p, "first", dawn))
	for _, stray := range []clm.Receipt{
		newReceipt(clm.Device{ID: clm.NewID()}, p, "first", dawn),
		newReceipt(d, clm.CommunicationProfile{ID: clm.NewID()}, "first", dawn),
	} {
		refusal := e.refused(clm.KindNotFound, func(tx engine.Tx) error { return tx.PutReceipt(stray) })
		if refusal.Field == "" {
			t.Errorf("the error %q names no field", refusal)
		}
	}
	e.stated(r)
	e.tallies(p, tallied(r, 1))
}

// filteredReceipts checks a list and its count.
func (e estate) filteredReceipts(what string, f clm.ReceiptFilter, want ...string) {
	e.t.Helper()
	e.read(func(tx engine.Tx) error {
		found, err := tx.Receipts(f, clm.Page{})
		mustEqual(e.t, what, receiptNames(found), want)
		n, counting := tx.CountReceipts(f)
		mustEqual(e.t, what+", counted", n, int64(len(want)))
		return errors.Join(err, counting)
	})
}

func receiptNames(receipts []clm.Receipt) (names []string) {
	for _, r := range receipts {
		names = append(names, r.DeviceName)
	}
	return names
}

func receiptsAreFiltered(_ *testing.T, e estate) {
	p, other := e.profile("north"), e.profile("south")
	put := func(name, digest string, seen time.Time, spoil func(*clm.Receipt)) {
		r := newReceipt(e.member(name, p), p, digest, seen)
		spoil(&r)
		e.states(r)
	}
	hour := dawn.Add(time.Hour)
	put("e", "first", dawn, func(r *clm.Receipt) { r.Unreached = true })
	put("a", "second", hour, func(r *clm.Receipt) { r.Critical = true })
	put("c", "first", hour, func(r *clm.Receipt) { r.Failure = "disk full" })
	put("d", "", time.Time{}, func(r *clm.Receipt) { r.Critical = true })
	put("b", "third", hour, func(r *clm.Receipt) { r.ProfileID = other.ID })

	for name, c := range map[string]struct {
		filter clm.ReceiptFilter
		want   []string
	}{
		"nothing":          {clm.ReceiptFilter{}, []string{"a", "b", "c", "d", "e"}},
		"profile":          {clm.ReceiptFilter{ProfileID: p.ID}, []string{"a", "c", "d", "e"}},
		"one digest":       {clm.ReceiptFilter{Digests: []string{"first"}}, []string{"c", "e"}},
		"digests":          {clm.ReceiptFilter{Digests: []string{"third", "first", "", "third"}}, []string{"b", "c", "d", "e"}},
		"no digest":        {clm.ReceiptFilter{Digests: []string{}}, nil},
		"unknown digest":   {clm.ReceiptFilter{Digests: []string{"fourth"}}, nil},
		"critical":         {clm.ReceiptFilter{Critical: true}, []string{"a", "d"}},
		"failed":           {clm.ReceiptFilter{Failed: true}, []string{"c"}},
		"reached":          {clm.ReceiptFilter{Reached: true}, []string{"a", "b", "c", "d"}},
		"reached, digest":  {clm.ReceiptFilter{ProfileID: p.ID, Digests: []string{"first"}, Reached: true}, []string{"c"}},
		"seen from":        {clm.ReceiptFilter{SeenFrom: hour}, []string{"a", "b", "c"}},
		"seen from, later": {clm.ReceiptFilter{SeenFrom: hour.Add(time.Microsecond)}, nil},
		"seen before":      {clm.ReceiptFilter{SeenBefore: hour}, []string{"e"}},
		"seen just before": {clm.ReceiptFilter{SeenBefore: hour.Add(time.Microsecond)}, []string{"a", "b", "c", "e"}},
		"seen between":     {clm.ReceiptFilter{SeenFrom: dawn, SeenBefore: hour}, []string{"e"}},
		"all at once": {clm.ReceiptFilter{
			ProfileID: p.ID, Digests: []string{"second", "first"}, Critical: true, SeenFrom: dawn, SeenBefore: hour.Add(time.Second),
		}, []string{"a"}},
	} {
		e.filteredReceipts(name, c.filter, c.want...)
	}
}

func receiptsArePaged(t *testing.T, e estate) {
	p := e.profile("north")
	for i, name := range []string{"b", "B", "a b", "a", "10", "2"} {
		e.states(newReceipt(e.member(name, p), p, []string{"first", "second"}[i%2], dawn))
	}
	both := clm.ReceiptFilter{ProfileID: p.ID, Digests: []string{"first", "second"}}
	silent := both
	silent.SeenBefore = dawn.Add(time.Hour)
	for _, f := range []clm.ReceiptFilter{{}, {ProfileID: p.ID}, both, silent} {
		for _, c := range []struct {
			page clm.Page
			want []string
		}{
			{clm.Page{}, []string{"10", "2", "B", "a", "a b", "b"}},
			{clm.Page{Limit: 4}, []string{"10", "2", "B", "a"}},
			{clm.Page{Limit: 4, After: "a"}, []string{"a b", "b"}},
			{clm.Page{After: "b"}, nil},
		} {
			e.read(func(tx engine.Tx) error {
				got, err := tx.Receipts(f, c.page)
				mustEqual(t, "page", receiptNames(got), c.want)
				return err
			})
		}
	}
}

func receiptFollows(t *testing.T, e estate) {
	p, other := e.profile("north"), e.profile("south")
	d := e.member("one", p)
	r := e.states(newReceipt(d, p, "first", dawn))
	update := func() { e.write(func(tx engine.Tx) error { return tx.UpdateDevice(&d) }) }

	d.Name = "renamed"
	update()
	r.DeviceName = d.Name
	e.stated(r)
	e.read(func(tx engine.Tx) error {
		after, err := tx.Receipts(clm.ReceiptFilter{}, clm.Page{After: "one"})
		mustEqual(t, "receipts after the old name", receiptNames(after), []string{"renamed"})
		return err
	})
	d.Critical = true
	update()
	r.Critical = true
	e.stated(r)
	e.tallies(p, tallied(r, 1))
	e.filteredReceipts("critical", clm.ReceiptFilter{Critical: true}, "renamed")
	d.Local, d.Agent = nil, &clm.ByAgent{}
	update()
	r.Unreached = true
	e.stated(r)
	e.filteredReceipts("reached", clm.ReceiptFilter{Reached: true})

	d.ProfileID = other.ID // the receipt is the engine's to put anew
	update()
	e.stated(r)
	e.states(newReceipt(d, other, "", time.Time{}))
	e.tallies(p)

	d.ProfileID = ""
	update()
	e.unstated(d)
	e.tallies(other)

	d.ProfileID = p.ID
	update()
	e.states(r)
	e.write(func(tx engine.Tx) error { return tx.DeleteDevice(d) })
	e.unstated(d)
	e.tallies(p)
}

func receiptStays(_ *testing.T, e estate) {
	p := e.profile("north")
	d := e.member("one", p)
	r := e.states(newReceipt(d, p, "first", dawn))
	stale := d
	e.write(func(tx engine.Tx) error { return tx.UpdateDevice(&d) })
	stale.Critical = true
	e.refused(clm.KindConflict, func(tx engine.Tx) error { return tx.UpdateDevice(&stale) })
	stale.ProfileID = ""
	e.refused(clm.KindConflict, func(tx engine.Tx) error { return tx.UpdateDevice(&stale) })
	e.refused(clm.KindConflict, func(tx engine.Tx) error { return tx.DeleteDevice(stale) })
	e.connector("web", e.certificate("web", e.root("root")), d)
	e.refused(clm.KindRefused, func(tx engine.Tx) error { return tx.DeleteDevice(d) })
	e.stated(r)
	e.tallies(p, tallied(r, 1))
}
