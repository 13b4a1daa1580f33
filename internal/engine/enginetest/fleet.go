package enginetest

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/engine"
)

// noon is the time a census is taken, at the edge of an hour.
var noon = dawn.Truncate(time.Hour).Add(6 * time.Hour)

// bundled is what the bundles of a fleet hold.
var bundled = map[string]clm.Membership{"old": {Old: true}, "both": {Old: true, New: true}, "new": {New: true}, "foreign": {}, "": {}}

// fleet is a few devices of two profiles, and what the store should know of them.
type fleet struct {
	tx       engine.Tx
	profiles []clm.CommunicationProfile
	devices  []clm.Device
	receipts map[string]clm.Receipt
	latest   map[[2]string]time.Time // receipt of a profile and digest
}

// step is something that happens to one device of a fleet.
type step struct {
	Kind            string
	Device, Profile int
	Digest, Failure string
	Seen, Received  time.Time
}

func drawStep(t *rapid.T) step {
	when := func(name string) time.Time {
		quarters := rapid.IntRange(-1, 20).Draw(t, name)
		if quarters < 0 {
			return time.Time{}
		}
		off := rapid.SampledFrom([]time.Duration{0, time.Microsecond, -time.Microsecond}).Draw(t, "off")
		return noon.Add(-time.Duration(quarters) * 15 * time.Minute).Add(off)
	}
	return step{
		Kind:   rapid.SampledFrom([]string{"put", "put", "put", "put", "critical", "move", "leave", "forget", "delete"}).Draw(t, "kind"),
		Device: rapid.IntRange(0, 5).Draw(t, "device"), Profile: rapid.IntRange(0, 1).Draw(t, "profile"),
		Digest:  rapid.SampledFrom(slices.Sorted(maps.Keys(bundled))).Draw(t, "digest"),
		Failure: rapid.SampledFrom([]string{"", "", "disk full", "read-only"}).Draw(t, "failure"),
		Seen:    when("seen"), Received: when("received"),
	}
}

// fleetAfter is a new fleet after steps.
func fleetAfter(tx engine.Tx, steps []step) (fleet, error) {
	f, err := newFleet(tx)
	for _, s := range steps {
		if err == nil {
			err = f.do(s)
		}
	}
	return f, err
}

func newFleet(tx engine.Tx) (fleet, error) {
	f := fleet{tx: tx, receipts: map[string]clm.Receipt{}, latest: map[[2]string]time.Time{}}
	var errs []error
	for i := range 2 {
		p := newProfile(fmt.Sprintf("profile %d of %s", i, clm.NewID()))
		errs = append(errs, tx.InsertProfile(&p))
		f.profiles = append(f.profiles, p)
	}
	for i := range 6 {
		d := newDevice(fmt.Sprintf("device %d of %s", i, clm.NewID()))
		d.ProfileID = f.profiles[i%2].ID
		errs = append(errs, tx.InsertDevice(&d))
		f.devices = append(f.devices, d)
	}
	return f, errors.Join(errs...)
}

// do lets a step happen. A device that was deleted has a successor.
func (f *fleet) do(s step) error {
	d := &f.devices[s.Device]
	switch s.Kind {
	case "critical":
		d.Critical, d.Name = !d.Critical, fmt.Sprintf("renamed %s %t", d.ID[24:], !d.Critical)
		return f.update(d)
	case "leave":
		d.ProfileID = ""
		return f.update(d)
	case "move":
		d.ProfileID = f.profiles[s.Profile].ID
		return errors.Join(f.update(d), f.put(newReceipt(*d, f.profiles[s.Profile], "", time.Time{})))
	case "forget":
		delete(f.receipts, d.ID)
		return f.tx.DeleteReceipt(d.ID)
	case "delete":
		delete(f.receipts, d.ID)
		err := f.tx.DeleteDevice(*d)
		d.ID, d.Revision = clm.NewID(), 0
		return errors.Join(err, f.tx.InsertDevice(d))
	}
	return f.state(d, s)
}

func (f *fleet) state(d *clm.Device, s step) error {
	if d.ProfileID == "" {
		return nil
	}
	r := clm.Receipt{DeviceID: d.ID, ProfileID: d.ProfileID, Digest: s.Digest, ReceivedAt: s.Received, LastSeen: s.Seen, Failure: s.Failure}
	r.Follow(*d)
	return f.put(r)
}

func (f *fleet) put(r clm.Receipt) error {
	f.receipts[r.DeviceID] = r
	if key := [2]string{r.ProfileID, r.Digest}; r.ReceivedAt.After(f.latest[key]) {
		f.latest[key] = r.ReceivedAt
	}
	return f.tx.PutReceipt(r)
}

func (f *fleet) update(d *clm.Device) error {
	if r, known := f.receipts[d.ID]; known {
		r.Follow(*d)
		f.receipts[d.ID] = r
	}
	if d.ProfileID == "" {
		delete(f.receipts, d.ID)
	}
	return f.tx.UpdateDevice(d)
}
