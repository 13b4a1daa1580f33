package work

import (
	"context"
	"sync"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// alone makes rounds by the clock. Kinds do not wait for each other: a device that
// hangs holds up no revocation list.
func (w *Work) alone(ctx context.Context) {
	var kinds sync.WaitGroup
	for _, kind := range clm.RoundKinds() {
		kinds.Go(func() { w.byClock(ctx, kind) })
	}
	kinds.Wait()
}

func (w *Work) byClock(ctx context.Context, kind clm.RoundKind) {
	again := time.NewTicker(kind.Every(w.Interval))
	defer again.Stop()
	for ctx.Err() == nil {
		_ = w.round(ctx, kind) // it is logged, and the next one is another try
		select {
		case <-ctx.Done():
		case <-again.C:
		}
	}
}
