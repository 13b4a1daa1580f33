package identity

import (
	"context"
	"math/rand/v2"
	"time"
)

// FirstInterval is the time between two check-ins before a configuration says another.
const FirstInterval = time.Minute

const (
	firstBackOff = time.Second
	leastLimit   = 5 * time.Minute // of the time between two attempts
)

// Clock tells the time, and when some has passed.
type Clock interface {
	Now() time.Time
	After(d time.Duration) <-chan time.Time
}

// RealClock is that of the machine.
type RealClock struct{}

// Now implements Clock.
func (RealClock) Now() time.Time { return time.Now() }

// After implements Clock.
func (RealClock) After(d time.Duration) <-chan time.Time { return time.After(d) }

// Pause waits, at most until ctx ends.
func Pause(ctx context.Context, clock Clock, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-clock.After(d):
	}
}

// steady is an interval, longer or shorter by up to a tenth: programs that started
// together do not stay together.
func steady(interval time.Duration) time.Duration {
	tenth := interval / 10
	return interval - tenth + rand.N(2*tenth+1)
}

// BackOff is how long to wait after so many failures in a row: anything up to a second,
// two, four and so on, at most the interval or five minutes, whichever is longer. Programs
// that lost their server at one instant come back spread out.
func BackOff(failures int, interval time.Duration) time.Duration {
	limit := max(interval, leastLimit)
	bound := firstBackOff
	for n := 1; n < failures && bound < limit; n++ {
		bound *= 2
	}
	return rand.N(min(bound, limit)) + 1
}
