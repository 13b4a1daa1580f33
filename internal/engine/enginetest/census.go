package enginetest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/engine"
)

// censusOfTallies: whatever happened, receipts and tallies are what they should
// be, and a census comes to the same from either.
func censusOfTallies(t *testing.T, e estate) {
	ctx := context.Background()
	rapid.Check(t, func(t *rapid.T) {
		steps := rapid.SliceOfN(rapid.Custom(drawStep), 0, 30).Draw(t, "steps")
		policy := clm.DefaultReplacementPolicy()
		policy.SilentAfter = rapid.SampledFrom([]time.Duration{0, time.Hour, 80 * time.Minute, 3 * time.Hour}).Draw(t, "silent after")
		waived := rapid.IntRange(0, 5).Draw(t, "waived")
		var f fleet
		err := e.store.Update(ctx, func(tx engine.Tx) (err error) {
			f, err = fleetAfter(tx, steps)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		policy.Waivers = []clm.Waiver{{DeviceID: f.devices[waived].ID, Reason: "on a ship", Until: noon.Add(time.Hour)}}
		err = e.store.View(ctx, func(tx engine.Tx) error {
			f.tx = tx
			return f.check(policy)
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func (f *fleet) check(policy clm.ReplacementPolicy) error {
	for _, p := range f.profiles {
		receipts, err := f.tx.Receipts(clm.ReceiptFilter{ProfileID: p.ID}, clm.Page{})
		if err != nil {
			return err
		}
		tallies, err := f.tx.Tallies(p.ID)
		if err != nil {
			return err
		}
		want := f.receiptsOf(p)
		if err := errors.Join(differs("receipts", receipts, want), differs("tallies", tallies, f.talliesOf(want))); err != nil {
			return err
		}
		for _, now := range []time.Time{noon, noon.Add(10 * time.Minute), noon.Add(2 * time.Hour)} {
			if err := f.checkCensus(policy, now, receipts, tallies); err != nil {
				return fmt.Errorf("at %s: %w", now, err)
			}
		}
	}
	return nil
}

func differs[T any](what string, got, want T) error {
	if diff := gocmp.Diff(want, got); diff != "" {
		return fmt.Errorf("%s differ (-want +got):\n%s", what, diff)
	}
	return nil
}

// receiptsOf are the receipts of a profile, by name of the device.
func (f *fleet) receiptsOf(p clm.CommunicationProfile) (all []clm.Receipt) {
	for _, r := range f.receipts {
		if r.ProfileID == p.ID {
			all = append(all, r)
		}
	}
	slices.SortFunc(all, func(a, b clm.Receipt) int { return cmp.Compare(a.DeviceName, b.DeviceName) })
	return all
}

// talliesOf counts receipts one by one.
func (f *fleet) talliesOf(receipts []clm.Receipt) []clm.ReceiptTally {
	counts := map[clm.ReceiptTally]int64{}
	for _, r := range receipts {
		r.ReceivedAt = f.latest[[2]string{r.ProfileID, r.Digest}]
		counts[tallied(r, 0)]++
	}
	all := slices.SortedFunc(maps.Keys(counts), func(a, b clm.ReceiptTally) int {
		return cmp.Or(cmp.Compare(a.Digest, b.Digest), order(a.Critical, b.Critical), order(a.Failed, b.Failed), cmp.Compare(a.Hour, b.Hour))
	})
	for i := range all {
		all[i].Count = counts[all[i]]
	}
	return all
}

func order(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

func (f *fleet) checkCensus(policy clm.ReplacementPolicy, now time.Time, receipts []clm.Receipt, tallies []clm.ReceiptTally) error {
	reports := make([]clm.TrustReport, 0, len(receipts))
	var waived []clm.Receipt
	for _, r := range receipts {
		reports = append(reports, r.Report(bundled[r.Digest]))
		if r.DeviceID == policy.Waivers[0].DeviceID {
			waived = append(waived, r)
		}
	}
	want := clm.Count(reports, policy, now)
	got, err := clm.Tallied{
		Policy: policy, Now: now, Silent: f.tx.CountTallied, Waived: waived, Tallies: tallies,
		Member: func(_, digest string) (clm.Membership, error) { return bundled[digest], nil },
	}.Census()
	if got.LastReceiptAt.Before(want.LastReceiptAt) {
		return fmt.Errorf("the last receipt came at %s, not at %s", want.LastReceiptAt, got.LastReceiptAt)
	}
	return errors.Join(err, differs("censuses", counted(got), counted(want)))
}

// counted leaves out what tallies do not tell: the names, and whether who received
// last has moved on since.
func counted(c clm.Census) clm.Census {
	c.Critical, c.Silent, c.LastReceiptAt = nil, nil, time.Time{}
	c.Classes = maps.Clone(c.Classes)
	maps.DeleteFunc(c.Classes, func(_ clm.DeviceClass, n int64) bool { return n == 0 })
	return c
}
