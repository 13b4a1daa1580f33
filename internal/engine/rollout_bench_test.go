package engine_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/postgres"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/engine"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/store"
)

// BenchmarkRollout is what the status of a replacement costs in fleets of several sizes,
// which take turns: a thousand devices, and how many times as long a hundred thousand
// and a million take. Flat is 1.
func BenchmarkRollout(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) { compareSizes(b, rollingOut, 1_000, 100_000, 1_000_000) })
	b.Run("postgres", func(b *testing.B) { compareSizes(b, rollingOutOnPostgres, 1_000, 100_000) })
}

func compareSizes(b *testing.B, fleetOf func(b *testing.B, size int) *fleet, sizes ...int) {
	fleets := make([]*fleet, len(sizes))
	for i, size := range sizes {
		fleets[i] = fleetOf(b, size)
	}
	taken := make([][]time.Duration, len(sizes))
	for b.Loop() {
		for i, f := range fleets {
			start := time.Now()
			r := f.rollout()
			taken[i] = append(taken[i], time.Since(start))
			if r.Standing.Census.Cohort() != int64(sizes[i])+1 {
				b.Fatalf("%d devices were counted of %d", r.Standing.Census.Cohort(), sizes[i])
			}
		}
	}
	b.ReportMetric(0, "ns/op") // of all sizes: it says nothing
	for i, size := range sizes {
		b.ReportMetric(median(taken[i]).Seconds()*1000, fmt.Sprintf("ms-at-%d", size))
		b.ReportMetric(float64(median(taken[i]))/float64(median(taken[0])), fmt.Sprintf("of-1000-at-%d", size))
	}
}

func median(all []time.Duration) time.Duration {
	slices.Sort(all)
	return all[len(all)/2]
}

// rollingOut is a fleet in the middle of a replacement. Each list a rollout shows
// the beginning of is longer than that already at a thousand devices: beyond, only
// the numbers differ.
func rollingOut(b *testing.B, size int) *fleet {
	b.Helper()
	f := newFleet(b, 1, 1)
	f.want(wish("corp 2", held))
	profile, err := f.Profile(b.Context(), "agents")
	must(b, err)
	var bundles []clm.Bundle
	must(b, f.store.View(b.Context(), func(tx engine.Tx) error {
		bundles, err = tx.Bundles(profile.ID)
		return err
	}))
	old, both := bundles[0].Digest, bundles[1].Digest
	const batch = 50_000
	for from := 0; from < size; from += batch {
		must(b, f.store.Update(context.Background(), func(tx engine.Tx) error {
			for i := from; i < min(from+batch, size); i++ {
				if err := enlist(tx, profile, i, receiptOf(i, old, both, f.clock.Now())); err != nil {
					return err
				}
			}
			return nil
		}))
	}
	return f
}

// rollingOutOnPostgres is the same fleet, made in a folder, which is quicker, and copied.
// The database knows its tables, as it does wherever nobody forbids it.
func rollingOutOnPostgres(b *testing.B, size int) *fleet {
	b.Helper()
	f, url := rollingOut(b, size), postgres.URL(b)
	to, err := store.OpenPostgres(b.Context(), url, store.Options{Now: f.clock.Now})
	must(b, err)
	b.Cleanup(func() { to.Close() })
	_, err = f.store.Store.(adapted).CopyTo(b.Context(), to, func(*store.Tx) error { return nil })
	must(b, err)
	conn, err := pgx.Connect(b.Context(), url)
	must(b, err)
	defer conn.Close(b.Context())
	_, err = conn.Exec(b.Context(), "ANALYZE")
	must(b, err)
	f.store.Store = adapted{to}
	return f
}

func enlist(tx engine.Tx, profile clm.CommunicationProfile, i int, r clm.Receipt) error {
	d := clm.Device{ID: clm.NewID(), Name: fmt.Sprintf("fleet-%07d", i), ProfileID: profile.ID, Critical: r.Critical}
	r.DeviceID, r.DeviceName, r.ProfileID = d.ID, d.Name, d.ProfileID
	return errors.Join(tx.InsertDevice(&d), tx.PutReceipt(r))
}

// receiptOf is what the i-th device stated: of a hundred 40 have received, 18 have
// not yet, 10 could not, 12 fell silent some time in the two weeks before, and 20
// were never heard of. Every second one that is not silent is critical.
func receiptOf(i int, old, both string, now time.Time) clm.Receipt {
	seen := now.Add(-time.Duration(i%900) * time.Second)
	r := clm.Receipt{Critical: i/100%2 == 0, Digest: old, LastSeen: seen, ReceivedAt: seen}
	switch n := i * 37 % 100; {
	case n < 40:
		r.Digest = both
	case n < 58:
	case n < 68:
		r.Failure = "the trust store is read-only"
	case n < 80:
		r.Critical = false
		r.LastSeen = now.Add(-7*24*time.Hour - time.Duration(1+i%(14*24*60))*time.Minute)
		r.ReceivedAt = r.LastSeen
	default:
		r.Digest, r.LastSeen, r.ReceivedAt = "", time.Time{}, time.Time{}
	}
	return r
}
