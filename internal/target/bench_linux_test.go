package target

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// trips counts the requests that SFTP sends: each waits for its answer.
type trips struct {
	io.WriteCloser
	total *atomic.Int64
	head  []byte
	rest  int // bytes of the packet that are still to come
}

func (c *trips) Write(b []byte) (int, error) {
	for left := b; len(left) > 0; {
		if c.rest > 0 {
			n := min(c.rest, len(left))
			c.rest, left = c.rest-n, left[n:]
			continue
		}
		n := min(4-len(c.head), len(left))
		c.head, left = append(c.head, left[:n]...), left[n:]
		if len(c.head) == 4 {
			c.total.Add(1)
			c.rest, c.head = int(binary.BigEndian.Uint32(c.head)), nil
		}
	}
	return c.WriteCloser.Write(b)
}

// counting counts round trips of the pool's connections from now on.
func counting(p *pool) *atomic.Int64 {
	total := new(atomic.Int64)
	p.pipe = func(w io.WriteCloser) io.WriteCloser { return &trips{WriteCloser: w, total: total} }
	return total
}

// A set of three files. That of an install grows by 5 with each.
const mostOfInstall, mostOfSame, mostOfObserve = 66, 38, 19

// What a change of one certificate costs on the wire: no more than this. Over a
// way of 20 ms each is 20 ms.
func TestRoundTrips(t *testing.T) {
	t.Parallel()
	w := newSSHWorld(t)
	total := counting(w.alone(usual))
	w.install(setOf(1))
	for act, c := range map[string]struct {
		do   func() error
		most int64
	}{
		"install": {func() error { return w.targets.Install(context.Background(), w.device, setOf(2)) }, mostOfInstall},
		"same":    {func() error { return w.targets.Install(context.Background(), w.device, setOf(2)) }, mostOfSame},
		"observe": {func() error { _, err := w.targets.Observe(context.Background(), w.device, names3()); return err }, mostOfObserve},
		"check":   {func() error { return w.targets.Check(context.Background(), w.device) }, 1},
	} {
		if act == "same" { // whatever the order of the map
			w.install(setOf(2))
		}
		if act == "install" {
			w.install(setOf(1))
		}
		before := total.Load()
		must(t, c.do())
		if got := total.Load() - before; got > c.most {
			t.Errorf("%s took %d round trips, at most %d are allowed", act, got, c.most)
		} else {
			t.Logf("%s: %d round trips", act, got)
		}
	}
}

// One certificate to 200 directories over one connection.
func BenchmarkInstallSSH(b *testing.B) {
	const directories = 200
	m := theMachine()
	var spent time.Duration
	w := worldAt(nil, b.TempDir())
	w.device.SSH = wayTo(m.server, keyLogin(m.plain))
	must(b, chmodAndGive(w.root, m.plain.UID, m.plain.GID))
	p := newPool(usual)
	defer p.close()
	total := counting(p)
	t := &Targets{pool: p, wrap: func(d disk) disk { return d }}
	push := func(v int) {
		var all sync.WaitGroup
		for n := range directories {
			all.Go(func() {
				set := below(w.device, in(fmt.Sprintf("etc/%d", n), setOf(v)))
				if err := t.Install(context.Background(), w.device, set); err != nil {
					b.Error(err)
				}
			})
		}
		all.Wait()
	}
	push(0)
	before := total.Load()
	for i := 0; b.Loop(); i++ {
		start := time.Now()
		push(1 + i%2)
		spent += time.Since(start)
	}
	installs := float64(b.N * directories)
	b.ReportMetric(installs/spent.Seconds(), "installs/s")
	b.ReportMetric(float64(total.Load()-before)/installs, "roundtrips/install")
}
