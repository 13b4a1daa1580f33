package engine_test

import (
	"cmp"
	"slices"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/engine"
)

// checkCensus holds the count of an open replacement to the one that is made device
// by device.
func (f *fleet) checkCensus(root clm.RootCertificate) {
	f.t.Helper()
	if root.Replacement == nil {
		return
	}
	got := f.rollout().Standing.Census
	want := clm.Count(f.reports(root), root.Settings(), f.now())
	if got.Received < 0 || got.Received > got.Expected || got.Cohort() != int64(len(f.agents)) {
		f.t.Errorf("%d of %d, a cohort of %d", got.Received, got.Expected, got.Cohort())
	}
	if got.LastReceiptAt.Before(want.LastReceiptAt) {
		f.t.Errorf("the last receipt came at %s, not %s", want.LastReceiptAt, got.LastReceiptAt)
	}
	for _, c := range []*clm.Census{&got, &want} {
		c.LastReceiptAt = got.LastReceiptAt // which knows also of devices that have moved on
		for class, n := range c.Classes {
			if n == 0 {
				delete(c.Classes, class)
			}
		}
		byName := func(a, b clm.TrustReport) int { return cmp.Compare(a.Name, b.Name) }
		slices.SortFunc(c.Critical, byName)
		slices.SortFunc(c.Silent, byName)
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		f.t.Errorf("the census: %s", diff)
	}
}

// reports are what all devices of the profile state about a root.
func (f *fleet) reports(root clm.RootCertificate) (all []clm.TrustReport) {
	f.t.Helper()
	must(f.t, f.store.Store.View(f.t.Context(), func(tx engine.Tx) error {
		receipts, err := tx.Receipts(clm.ReceiptFilter{}, clm.Page{})
		for _, r := range receipts {
			bundle, _ := tx.Bundle(r.ProfileID, r.Digest) // none holds nothing
			all = append(all, r.Report(clm.Membership{
				Old: bundle.Holds(root.Active.FingerprintSHA256), New: bundle.Holds(root.Replacement.Target.FingerprintSHA256),
			}))
		}
		return err
	}))
	return all
}
