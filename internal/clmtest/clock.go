package clmtest

import (
	"sync"
	"time"
)

// Clock stands still until it is moved. It begins at the real time, because
// outside witnesses such as openssl go by that.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock makes a clock that shows the present.
func NewClock() *Clock { return &Clock{now: time.Now()} }

// Now tells the time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves the clock on.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}
