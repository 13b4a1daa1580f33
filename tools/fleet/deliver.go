package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/store"
)

// batch is how much one bulk transaction writes.
const batch = 5000

// enrol records every device of the fleet, with its first receipt.
func (e *estate) enrol(ctx context.Context, f *fleet) error {
	return e.inBatches(ctx, len(f.fates), func(tx *store.Tx, i int) error {
		profile, err := tx.Profile(profileName)
		if err != nil {
			return err
		}
		d := clm.Device{
			ID: deviceID(i), Name: deviceName(i), CertSync: clm.SyncIgnored, ProfileID: profile.ID, Critical: critical(i),
			Local: &clm.Local{RootDirectory: "/nowhere/" + deviceName(i)}, CreatedAt: e.clock.Now(), UpdatedAt: e.clock.Now(),
		}
		r := clm.Receipt{DeviceID: d.ID, ProfileID: d.ProfileID}
		r.Follow(d)
		if f.fates[i] != unheard {
			r.Attest(f.says[old], "", f.lastSeen(i))
		}
		return errors.Join(tx.InsertDevice(&d), tx.PutReceipt(r))
	})
}

// write records statements as the API would, many in one transaction. They come
// device by device, as the database has them: each has its own order still.
func (e *estate) write(ctx context.Context, f *fleet, statements []statement, r *report) error {
	start := time.Now()
	slices.SortStableFunc(statements, func(a, b statement) int { return cmp.Compare(a.device, b.device) })
	err := e.inBatches(ctx, len(statements), func(tx *store.Tx, i int) error {
		s := statements[i]
		if s.device == nobody {
			return nil
		}
		receipt, err := tx.Receipt(deviceID(int(s.device)))
		if err != nil {
			return err
		}
		digest, failure := f.words(s.says)
		receipt.Attest(digest, failure, began.Add(s.after))
		return tx.PutReceipt(receipt)
	})
	r.bulk = rate{len(statements), time.Since(start)}
	return err
}

func (e *estate) inBatches(ctx context.Context, n int, do func(tx *store.Tx, i int) error) error {
	for from := 0; from < n; from += batch {
		err := e.store.Update(ctx, func(tx *store.Tx) error {
			for i := from; i < min(from+batch, n); i++ {
				if err := do(tx, i); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// words are how a device says it.
func (f *fleet) words(s saying) (digest, trouble string) {
	if s == broken {
		return f.says[old], failure
	}
	return f.says[s], ""
}

// deliver puts statements through the API, many devices at once, each of them in its
// own order.
func (e *estate) deliver(ctx context.Context, f *fleet, statements []statement, r *report) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	start := time.Now()
	var callers sync.WaitGroup
	var refused atomic.Int64
	queues := make([]chan statement, f.callers)
	for i := range queues {
		queues[i] = make(chan statement, 1)
		callers.Go(func() {
			for s := range queues[i] {
				if err := e.state(ctx, f, s, &refused); err != nil {
					stop(err)
				}
			}
		})
	}
	for _, s := range statements {
		e.clock.advance(began.Add(s.after))
		queues[max(0, int(s.device))%f.callers] <- s
	}
	for _, queue := range queues {
		close(queue)
	}
	callers.Wait()
	r.api, r.refused = rate{len(statements), time.Since(start)}, int(refused.Load())
	return context.Cause(ctx)
}

// state lets one device state something. A stranger has to be refused.
func (e *estate) state(ctx context.Context, f *fleet, s statement, refused *atomic.Int64) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	digest, failure := f.words(s.says)
	said := api.WriteReceipt{Digest: digest, Failure: failure}
	if s.device != nobody {
		_, err := e.client.PutReceipt(ctx, deviceName(int(s.device)), said)
		return err
	}
	_, err := e.client.PutReceipt(ctx, "stranger", said)
	var problem *api.Problem
	if !errors.As(err, &problem) || problem.Code != api.CodeNotFound {
		return fmt.Errorf("a stranger was not refused: %w", err)
	}
	refused.Add(1)
	return nil
}
