package clmtest

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// turn is how long one party of a comparison works before it is the next one's turn:
// what else the machine does hits them alike.
const turn = time.Second

// Turns are what one party of a comparison got done in its turns.
type Turns struct {
	done  int64
	spent time.Duration
}

// Take has so many callers work at once for a turn. What the work returns is how much
// it did.
func (u *Turns) Take(b *testing.B, callers int, work func(caller int) (int, error)) {
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
	u.done, u.spent = u.done+done.Load(), u.spent+time.Since(start)
}

// PerSecond is how much it did in each second of them.
func (u *Turns) PerSecond() float64 { return float64(u.done) / u.spent.Seconds() }
