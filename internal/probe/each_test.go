package probe

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
)

// With 100 looks to be had, exactly AtOnce are under way until one ends.
func TestEachIsBounded(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ atOnce, n, want int }{{4, 100, 4}, {0, 100, 64}, {64, 3, 3}} {
		synctest.Test(t, func(t *testing.T) {
			var begun, done atomic.Int64
			ends := make(chan struct{})
			go (&Prober{AtOnce: c.atOnce}).each(c.n, func(int) {
				begun.Add(1)
				<-ends
				done.Add(1)
			})
			synctest.Wait()
			if got := begun.Load(); got != int64(c.want) {
				t.Errorf("at once %d of %d: %d are under way, want %d", c.atOnce, c.n, got, c.want)
			}
			close(ends)
			synctest.Wait()
			if got := done.Load(); got != int64(c.n) {
				t.Errorf("at once %d of %d: %d were had", c.atOnce, c.n, got)
			}
		})
	}
}
