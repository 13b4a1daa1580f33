package engine

import (
	"context"

	"golang.org/x/sync/errgroup"
)

// atOnce is how many devices or servers are looked at, or pushed to, at the same time.
const atOnce = 16

// atOnceEach calls do for 0 ≤ i < n, some at the same time, and returns the first error.
func atOnceEach(ctx context.Context, n int, do func(ctx context.Context, i int) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for i := range n {
		group.Go(func() error { return do(ctx, i) })
	}
	return group.Wait()
}
