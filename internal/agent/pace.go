package agent

import (
	"context"
	"math/rand/v2"
	"time"
)

const (
	firstInterval = time.Minute // before a configuration says another
	firstBackOff  = time.Second
	leastLimit    = 5 * time.Minute // of the time between two attempts
)

// interval is the time between two check-ins that go well.
func (a *Agent) interval() time.Duration {
	if c := a.record.Configuration; c != nil && c.CheckInIntervalSeconds > 0 {
		return time.Duration(c.CheckInIntervalSeconds) * time.Second
	}
	return firstInterval
}

// steady is an interval, longer or shorter by up to a tenth: agents that started together
// do not stay together.
func steady(interval time.Duration) time.Duration {
	tenth := interval / 10
	return interval - tenth + rand.N(2*tenth+1)
}

// backOff is how long to wait after so many failures in a row: anything up to a second,
// two, four and so on, at most the interval or five minutes, whichever is longer. Agents
// that lost their server at one instant come back spread out.
func backOff(failures int, interval time.Duration) time.Duration {
	limit := max(interval, leastLimit)
	bound := firstBackOff
	for n := 1; n < failures && bound < limit; n++ {
		bound *= 2
	}
	return rand.N(min(bound, limit)) + 1
}

// pause waits, at most until ctx ends.
func (a *Agent) pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-a.config.Clock.After(d):
	}
}
