package daemon_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// turn is how long one party of a comparison works before it is the next one's turn:
// what else the machine does hits them alike.
const turn = time.Second

// load is what callers at once got done in which time.
type load struct {
	done  int64
	spent time.Duration
}

// take has so many callers work for a turn. What the work returns is how much it did.
func (l *load) take(b *testing.B, callers int, work func(caller int) (int, error)) {
	b.Helper()
	var done atomic.Int64
	var all sync.WaitGroup
	start := time.Now()
	for caller := range callers {
		all.Go(func() {
			for time.Since(start) < turn {
				n, err := work(caller)
				if err != nil {
					b.Error(err)
					return
				}
				done.Add(int64(n))
			}
		})
	}
	all.Wait()
	l.done, l.spent = l.done+done.Load(), l.spent+time.Since(start)
}

func (l *load) perSecond() float64 { return float64(l.done) / l.spent.Seconds() }
