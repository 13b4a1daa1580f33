package store

import (
	"context"
	"math/rand/v2"
	"time"
)

// The pauses between attempts at a lock. They are short beside a commit and
// random, so that of several processes each gets its turn.
const (
	shortestPause = 200 * time.Microsecond
	longestPause  = 10 * time.Millisecond
)

// whileBusy repeats an attempt until no other process is in its way, patience
// is at its end, or ctx is.
func (db *DB) whileBusy(ctx context.Context, attempt func() error) error {
	deadline := time.Now().Add(db.patience)
	for longest := shortestPause; ; longest = min(2*longest, longestPause) {
		err := attempt()
		if err == nil || db.dialect.diagnose(err).kind != faultBusy || time.Now().After(deadline) {
			return err
		}
		if err := pause(ctx, longest); err != nil {
			return err
		}
	}
}

// pause waits a random time.
func pause(ctx context.Context, longest time.Duration) error {
	select {
	case <-time.After(rand.N(longest)):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
