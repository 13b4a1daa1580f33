package target

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/sshd"
)

// hasty are limits for peers that do not answer.
var hasty = limits{connect: 1500 * time.Millisecond, answer: 500 * time.Millisecond, beat: time.Minute, idle: time.Minute, dials: 32}

// alone gives the world connections of its own.
func (w *world) alone(l limits) *pool {
	p := newPool(l)
	w.Cleanup(p.close)
	w.targets = hands{Targets: &Targets{pool: p}}
	return p
}

// The connection breaks after any number of bytes, from the greeting to the
// last word. What is served is wholly the old or wholly the new, the error says
// that the device does not answer, and a second run ends as if nothing had been.
func TestConnectionBreaksAnywhere(t *testing.T) {
	t.Parallel()
	const cuts = 12
	for _, name := range []string{"first", "change", "all replaced", "overwrite one of two", "remove", "restore", "restore to nothing", "restore files and links of others", "settle"} {
		s := scenarios()[name]
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, want := newSSHWorld(t), s.undisturbed(t)
			direct, wire := w.device, newProxy(t, serverAddress(theMachine().server.Port))
			wire.before(&w.device)
			whole := w.cut(s, direct, wire, 0)
			for n := range cuts {
				w.cut(s, direct, wire, (n+1)*whole/cuts)
				if got := w.tree(); got != want {
					t.Fatalf("cut %d: after a second run\n%swant\n%s", n, got, want)
				}
			}
		})
	}
}

// cut does s once with the wire cut after that many bytes, and once more
// without. It tells how many bytes went over the wire when it was not cut.
func (w *world) cut(s scenario, direct clm.Device, wire *proxy, at int) int {
	w.Helper()
	w.empty()
	behind := w.device
	w.device, w.targets = direct, bare()
	s.before(w)
	w.device = behind
	before := w.served()
	pool := newPool(usual)
	defer pool.close()
	wire.cutAfter(at, false)
	err := s.act(hands{Targets: &Targets{pool: pool}}, w.device)
	traffic := wire.traffic()
	if at > 0 && err != nil && clm.KindOf(err) != clm.KindUnreachable {
		w.Fatalf("cut after %d bytes: kind %s of %v", at, clm.KindOf(err), err)
	}
	if fault := w.inconsistent(s, before); fault != nil {
		w.Fatalf("cut after %d bytes: %v\nafter: %v", at, fault, err)
	}
	must(w, s.act(bare(), direct))
	w.finished(s)
	return traffic
}

// A device that is not there, in every way in which that shows.
func TestUnreachable(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(t *testing.T, w *world)
		text   string
	}{
		"refused": {
			func(t *testing.T, w *world) {
				l, err := net.Listen("tcp", "127.0.0.1:0")
				must(t, err)
				w.device.SSH.Port = int64(l.Addr().(*net.TCPAddr).Port)
				l.Close()
			},
			`device "web-1" does not answer: connecting to 127.0.0.1:PORT: connection refused` +
				` (see that the device is up and its SSH server listens there)`,
		},
		"no such name": {
			func(_ *testing.T, w *world) { w.device.SSH.Host = "no-such-host.invalid" },
			`device "web-1" does not answer: connecting to no-such-host.invalid:PORT: the name does not resolve` +
				` (see that the device is up and its SSH server listens there)`,
		},
		"says nothing": {
			func(t *testing.T, w *world) { newProxy(t, "").before(&w.device) },
			`device "web-1" does not answer: connecting to 127.0.0.1:PORT: no greeting in time` +
				` (see that an SSH server listens there, and that the device is not overloaded)`,
		},
		"closes": {
			func(t *testing.T, w *world) {
				p := newProxy(t, serverAddress(theMachine().server.Port))
				p.cutAfter(300, false)
				p.before(&w.device)
			},
			`device "web-1" does not answer: connecting to 127.0.0.1:PORT: the connection was closed before the login: EOF` +
				` (see that an SSH server listens there and takes more connections (MaxStartups))`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newSSHWorld(t)
			w.alone(hasty)
			c.change(t, w)
			text := strings.ReplaceAll(c.text, "PORT", fmt.Sprint(w.device.SSH.Port))
			for act, err := range w.everyAct(setOf(1)) {
				if err == nil || err.Error() != text || clm.KindOf(err) != clm.KindUnreachable {
					t.Errorf("%s: kind %s\n  %v\nwant\n  %s", act, clm.KindOf(err), err, text)
				}
			}
			_, err := w.targets.Run(context.Background(), w.device, clm.Script{Inline: "true"})
			w.fails(err, clm.KindUnreachable, text)
		})
	}
}

// A device that falls silent in the middle is given up after a while.
func TestFallsSilent(t *testing.T) {
	t.Parallel()
	w := newSSHWorld(t)
	w.install(setOf(1))
	wire := newProxy(t, serverAddress(theMachine().server.Port))
	wire.before(&w.device)
	weary := usual // in logging in, and in being answered: the machine may be busy
	weary.answer = 3 * time.Second
	w.alone(weary)
	must(t, w.targets.Check(context.Background(), w.device))
	wire.cutAfter(2000, true)
	err := w.targets.Install(context.Background(), w.device, setOf(2))
	if clm.KindOf(err) != clm.KindUnreachable || !strings.Contains(err.Error(), "broke: no answer within 3s") {
		t.Errorf("kind %s: %v", clm.KindOf(err), err)
	}
	w.serves(setOf(1))
	wire.cutAfter(0, false)
	w.alone(usual)
	w.install(setOf(2))
}

// Nothing is sent, and the peer is gone: the connection notices by itself.
func TestSilenceIsNoticed(t *testing.T) {
	t.Parallel()
	w := newSSHWorld(t)
	wire := newProxy(t, serverAddress(theMachine().server.Port))
	wire.before(&w.device)
	quick := usual
	quick.beat = 30 * time.Millisecond
	pool := w.alone(quick)
	c, put, err := pool.get(context.Background(), *w.device.SSH)
	must(t, err)
	defer put()
	wire.cutAfter(1, true)
	eventually(t, "the connection is dead", c.isDead)
}

// One connection serves everybody; when it breaks, another takes its place.
func TestOneConnection(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := theMachine().plain
	server := sshd.Start(t, []*sshd.User{u}, sshd.InternalSFTP)
	w.behind(server, u)
	pool := w.alone(usual)
	wire := newProxy(t, serverAddress(server.Port))
	wire.before(&w.device)
	for range 3 {
		var all sync.WaitGroup
		for n := range 20 {
			all.Go(func() {
				set := in(fmt.Sprintf("etc/%d", n%5), setOf(n%3))
				if err := w.targets.Install(context.Background(), w.device, set); err != nil {
					t.Errorf("install %d: %v", n, err)
				}
				if _, err := w.targets.Observe(context.Background(), w.device, set); err != nil {
					t.Errorf("observe %d: %v", n, err)
				}
			})
		}
		all.Wait()
		server.Break()
		for _, l := range pool.lines {
			eventually(t, "the connection is dead", l.conn.isDead)
		}
	}
	if wire.counts().all != 3 {
		t.Errorf("%d connections were made, want one after each break: 3", wire.counts().all)
	}
}

// Connections that nobody uses are closed; Close closes all.
func TestConnectionsClose(t *testing.T) {
	t.Parallel()
	u := theMachine().plain
	server := sshd.Start(t, []*sshd.User{u}, sshd.InternalSFTP)
	for name, l := range map[string]limits{"idle": {connect: time.Minute, answer: time.Minute, beat: time.Minute, idle: time.Millisecond, dials: 1}, "closed": usual} {
		w := newWorld(t).behind(server, u)
		pool := w.alone(l)
		must(t, w.targets.Check(context.Background(), w.device))
		if name == "closed" {
			w.targets.Close()
			w.fails(w.targets.Check(context.Background(), w.device), clm.KindFailed,
				`device "web-1" cannot be used: connecting: everything is being closed`)
		}
		eventually(t, name, func() bool { return server.Connections() == 0 })
		pool.mu.Lock()
		if len(pool.lines) != 0 {
			t.Errorf("%s: %d connections are still kept", name, len(pool.lines))
		}
		pool.mu.Unlock()
	}
}

// However many devices there are, only so many are dialled at once.
func TestDialsAreBounded(t *testing.T) {
	t.Parallel()
	w := newSSHWorld(t)
	few := hasty
	few.dials, few.connect = 3, 200*time.Millisecond
	w.alone(few)
	deaf := newProxy(t, "")
	deaf.before(&w.device)
	var all sync.WaitGroup
	for n := range 12 {
		d := w.device
		way := *d.SSH
		way.Login = &clm.Login{Username: fmt.Sprintf("user-%d", n), Password: "x"}
		d.SSH = &way
		all.Go(func() {
			if err := w.targets.Check(context.Background(), d); clm.KindOf(err) != clm.KindUnreachable {
				t.Errorf("device %d: %v", n, err)
			}
		})
	}
	all.Wait()
	if n := deaf.counts(); n.all != 12 || n.most > 6 { // the last ones may not be seen to be closed yet
		t.Errorf("%d connections, %d at once", n.all, n.most)
	}
}
