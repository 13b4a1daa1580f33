package main

import (
	"context"
	"fmt"
	"maps"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/store"
)

// count is the census taken without tallies, one receipt after the other.
type count struct {
	expected, received int64
	classes            map[string]int64
	tallied            int64 // receipts by the tallies
}

// count reads every receipt. What a digest holds it knows from the fleet, and not
// from the estate.
func (e *estate) count(ctx context.Context, f *fleet) (c count, err error) {
	c.classes = map[string]int64{}
	for _, class := range clm.DeviceClasses {
		c.classes[string(class)] = 0
	}
	policy := clm.ReplacementPolicy{SilentAfter: silentAfter}
	err = e.store.View(ctx, func(tx *store.Tx) error {
		profile, err := tx.Profile(profileName)
		if err != nil {
			return err
		}
		if err := c.tallies(tx, profile); err != nil {
			return err
		}
		return eachReceipt(tx, profile, func(r clm.Receipt) { c.add(r.Report(f.holds(r.Digest)), policy, e.clock.Now()) })
	})
	return c, err
}

func (f *fleet) holds(digest string) clm.Membership {
	return clm.Membership{Old: digest == f.says[old] || digest == f.says[both], New: digest == f.says[both]}
}

func (c *count) add(r clm.TrustReport, policy clm.ReplacementPolicy, now time.Time) {
	c.classes[string(r.Class(policy, now))]++
	if r.TrustsOld {
		c.expected++
	}
	if r.TrustsOld && r.TrustsNew {
		c.received++
	}
}

func (c *count) tallies(tx *store.Tx, profile clm.CommunicationProfile) error {
	tallies, err := tx.Tallies(profile.ID)
	for _, t := range tallies {
		c.tallied += t.Count
	}
	return err
}

// eachReceipt goes through a profile's receipts a page at a time.
func eachReceipt(tx *store.Tx, profile clm.CommunicationProfile, visit func(clm.Receipt)) error {
	page := clm.Page{Limit: batch}
	for {
		receipts, err := tx.Receipts(clm.ReceiptFilter{ProfileID: profile.ID}, page)
		if err != nil || len(receipts) == 0 {
			return err
		}
		for _, receipt := range receipts {
			visit(receipt)
		}
		page.After = receipts[len(receipts)-1].DeviceName
	}
}

// agrees holds a rollout to the count.
func (c count) agrees(r api.Rollout) error {
	sum := int64(0)
	for _, n := range c.classes {
		sum += n
	}
	switch {
	case r.Expected != c.expected || r.Received != c.received:
		return fmt.Errorf("the rollout says %d of %d, the receipts %d of %d", r.Received, r.Expected, c.received, c.expected)
	case !maps.Equal(r.Classes, c.classes):
		return fmt.Errorf("the rollout has the classes %v, the receipts %v", r.Classes, c.classes)
	case sum != c.tallied:
		return fmt.Errorf("the tallies count %d receipts of %d", c.tallied, sum)
	}
	return nil
}
