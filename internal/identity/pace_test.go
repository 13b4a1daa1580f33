package identity

import (
	"testing"
	"time"
)

// Check-ins are spread by a tenth around the interval, and reach both ends.
func TestSteady(t *testing.T) {
	t.Parallel()
	least, most := time.Hour, time.Duration(0)
	for range 10_000 {
		d := steady(time.Minute)
		least, most = min(least, d), max(most, d)
	}
	if least < 54*time.Second || least > 55*time.Second || most > 66*time.Second || most < 65*time.Second {
		t.Errorf("between %v and %v", least, most)
	}
}

// The back-off doubles up to its limit, and is anything below.
func TestBackOff(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		failures        int
		interval, bound time.Duration
	}{
		{1, time.Minute, time.Second},
		{2, time.Minute, 2 * time.Second},
		{5, time.Minute, 16 * time.Second},
		{1000, time.Minute, 5 * time.Minute},
		{1000, time.Hour, time.Hour},
		{1 << 40, 24 * time.Hour, 24 * time.Hour},
	} {
		least, most := c.bound, time.Duration(0)
		for range 2000 {
			d := BackOff(c.failures, c.interval)
			least, most = min(least, d), max(most, d)
		}
		if least <= 0 || least > c.bound/50 || most > c.bound || most < c.bound*9/10 {
			t.Errorf("after %d failures it is between %v and %v, want up to %v", c.failures, least, most, c.bound)
		}
	}
}
