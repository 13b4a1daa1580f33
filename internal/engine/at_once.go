package engine

import (
	"cmp"
	"context"

	"golang.org/x/sync/errgroup"
)

// atOnce is how many devices or servers are looked at, or pushed to, at the same time,
// unless a port says otherwise.
const atOnce = 16

// atOnceEach calls do for 0 ≤ i < n, some at the same time, and returns the first error.
func (e *Engine) atOnceEach(ctx context.Context, n int, do func(ctx context.Context, i int) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(cmp.Or(e.AtOnce, atOnce))
	for i := range n {
		group.Go(func() error { return do(ctx, i) })
	}
	return group.Wait()
}
