package store_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/store"
)

// crowd is updates that wait while another process holds the lock, so that the
// next commit takes them together.
type crowd struct {
	t       *testing.T
	db      *store.DB
	free    func() // releases the lock
	done    sync.WaitGroup
	ended   atomic.Int64
	waiting int
}

func gather(t *testing.T, h home, o store.Options) *crowd {
	t.Helper()
	db := h.open(t, o)
	return &crowd{t: t, db: db, free: hold(t, h.open(t, store.Options{}))}
}

// hold keeps the lock until what it returns is called, or the test ends.
func hold(t *testing.T, other *store.DB) (free func()) {
	t.Helper()
	had, holding := make(chan struct{}), make(chan struct{})
	go func() {
		_ = other.Update(context.Background(), func(*store.Tx) error {
			close(had)
			<-holding
			return nil
		})
	}()
	<-had
	free = sync.OnceFunc(func() { close(holding) })
	t.Cleanup(free)
	return free
}

// add lets one more update wait, behind those that wait already.
func (c *crowd) add(ctx context.Context, fn func(*store.Tx) error, then func(error)) {
	c.t.Helper()
	c.done.Go(func() {
		defer c.ended.Add(1)
		then(c.db.Update(ctx, fn))
	})
	c.queued()
}

// queued returns when the update added last waits, or has ended too early.
func (c *crowd) queued() {
	c.t.Helper()
	c.waiting++
	for c.db.Waiting()+int(c.ended.Load()) < c.waiting {
		runtime.Gosched()
	}
}

// release lets them go, and waits until all have their answer.
func (c *crowd) release() {
	c.t.Helper()
	c.free()
	c.done.Wait()
}

// put is an update that sets a setting of that name.
func put(name string) func(*store.Tx) error {
	return func(tx *store.Tx) error {
		event := clm.AuditEvent{At: then, Action: "setting.put", Subject: name}
		return errors.Join(tx.PutSetting(name, "set"), tx.AppendAudit(&event))
	}
}

// wantSettings checks which of the named settings are set.
func wantSettings(t *testing.T, db *store.DB, want map[string]bool) {
	t.Helper()
	err := db.View(t.Context(), func(tx *store.Tx) error {
		for name, set := range want {
			if value, err := tx.Setting(name); err != nil || (value != "") != set {
				t.Errorf("%s is %q, error %v; want it set: %v", name, value, err, set)
			}
		}
		events, err := tx.Audit(0, 0)
		return errors.Join(err, clm.CheckAuditChain(events))
	})
	if err != nil {
		t.Error(err)
	}
}

// commits counts the commits that went to the disk.
func commits(n *atomic.Int64) store.Options {
	return wired(wire{after: func(query string) error {
		if query == "COMMIT" {
			n.Add(1)
		}
		return nil
	}})
}

func succeeds(t *testing.T) func(error) {
	return func(err error) {
		if err != nil {
			t.Errorf("updating: %v", err)
		}
	}
}

func fails(t *testing.T, want error) func(error) {
	return func(err error) {
		if !errors.Is(err, want) {
			t.Errorf("error is %v, want %v", err, want)
		}
	}
}

func TestWaitingUpdatesShareOneCommit(t *testing.T) { inBoth(t, waitingShareOneCommit) }

func waitingShareOneCommit(t *testing.T, h home) {
	var n atomic.Int64
	c := gather(t, h, h.commits(&n))
	before := n.Load()
	for i := range 100 {
		c.add(t.Context(), put(fmt.Sprint(i)), succeeds(t))
	}
	c.release()
	if got := n.Load() - before; got != 1 {
		t.Errorf("100 waiting updates took %d commits, want 1", got)
	}
	wantSettings(t, c.db, map[string]bool{"0": true, "42": true, "99": true})
}

func TestAGroupHasABound(t *testing.T) { inBoth(t, groupHasABound) }

func groupHasABound(t *testing.T, h home) {
	var n atomic.Int64
	c := gather(t, h, h.commits(&n))
	before := n.Load()
	for i := range store.MaxGroup + 1 {
		c.add(t.Context(), put(fmt.Sprint(i)), succeeds(t))
	}
	c.release()
	if got := n.Load() - before; got != 2 {
		t.Errorf("one update too many for a group took %d commits, want 2", got)
	}
}

// TestOneGroupManyFates: errors, a panic and a goroutine that ends cost nobody
// else anything, wherever in the group they are.
func TestOneGroupManyFates(t *testing.T) { inBoth(t, oneGroupManyFates) }

func oneGroupManyFates(t *testing.T, h home) {
	c := gather(t, h, store.Options{})
	undo := errors.New("undo")
	want := map[string]bool{}
	for i := range 5 {
		name := func(fate string) string { return fmt.Sprintf("%s %d", fate, i) }
		c.add(t.Context(), put(name("good")), succeeds(t))
		c.add(t.Context(), func(tx *store.Tx) error {
			return errors.Join(put(name("failed"))(tx), undo)
		}, fails(t, undo))
		c.addDoomed(func(tx *store.Tx) error {
			succeeds(t)(put(name("panicked"))(tx))
			panic("boom")
		})
		c.addDoomed(func(tx *store.Tx) error {
			succeeds(t)(put(name("exited"))(tx))
			runtime.Goexit()
			return nil
		})
		want[name("good")], want[name("failed")], want[name("panicked")], want[name("exited")] = true, false, false, false
	}
	c.release()
	wantSettings(t, c.db, want)
}

// addDoomed lets an update wait whose function does not return.
func (c *crowd) addDoomed(fn func(*store.Tx) error) {
	c.t.Helper()
	c.done.Add(1)
	go func() {
		defer c.done.Done()
		defer c.ended.Add(1)
		defer func() { _ = recover() }()
		_ = c.db.Update(c.t.Context(), fn)
		c.t.Error("the update returned")
	}()
	c.queued()
}

func TestAWaitingUpdateCanBeCancelled(t *testing.T) { inBoth(t, waitingCanBeCancelled) }

func waitingCanBeCancelled(t *testing.T, h home) {
	c := gather(t, h, store.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancelled := make(chan struct{})
	c.add(t.Context(), put("before"), succeeds(t))
	c.add(ctx, put("cancelled"), func(err error) {
		fails(t, context.Canceled)(err)
		close(cancelled)
	})
	c.add(t.Context(), put("after"), succeeds(t))
	cancel()
	<-cancelled // while the lock is still held
	c.release()
	wantSettings(t, c.db, map[string]bool{"before": true, "cancelled": false, "after": true})
}

// TestAnUpdateThatBeganIsNotCancelled: what counts then is the commit.
func TestAnUpdateThatBeganIsNotCancelled(t *testing.T) { inBoth(t, begunIsNotCancelled) }

func begunIsNotCancelled(t *testing.T, h home) {
	db := h.open(t, store.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	err := db.Update(ctx, func(tx *store.Tx) error {
		cancel()
		return put("late")(tx)
	})
	if err != nil {
		t.Errorf("error is %v, want that of the commit: none", err)
	}
	wantSettings(t, db, map[string]bool{"late": true})
}

func TestACommitThatFailsFailsAll(t *testing.T) {
	t.Parallel()
	for _, broken := range []string{"COMMIT", "SAVEPOINT job", "RELEASE SAVEPOINT job", "ROLLBACK TO SAVEPOINT job"} {
		t.Run(broken, func(t *testing.T) {
			t.Parallel()
			failure := errors.New("the disk is gone")
			var on atomic.Bool
			c := gather(t, home{place: t.TempDir()}, wired(wire{before: func(query string) error {
				if query == broken && on.Load() {
					return failure
				}
				return nil
			}}))
			on.Store(true)
			undo := errors.New("undo")
			c.add(t.Context(), put("one"), fails(t, failure))
			c.add(t.Context(), func(tx *store.Tx) error { return errors.Join(put("two")(tx), undo) }, func(err error) {
				if !errors.Is(err, undo) && !errors.Is(err, failure) {
					t.Errorf("error is %v, want the function's own or the failure", err)
				}
			})
			c.add(t.Context(), put("three"), fails(t, failure))
			c.release()
			on.Store(false)
			if err := c.db.Update(t.Context(), put("later")); err != nil {
				t.Errorf("the store did not recover: %v", err)
			}
			wantSettings(t, c.db, map[string]bool{"one": false, "two": false, "three": false, "later": true})
		})
	}
}

// TestALostConnectionIsReplaced: one that cannot even roll back is closed.
func TestALostConnectionIsReplaced(t *testing.T) {
	t.Parallel()
	failure := errors.New("the connection is gone")
	var on atomic.Bool
	db := openWith(t, t.TempDir(), wired(wire{before: func(query string) error {
		if on.Load() && (query == "COMMIT" || strings.HasPrefix(query, "ROLLBACK")) {
			return failure
		}
		return nil
	}}))
	on.Store(true)
	fails(t, failure)(db.Update(t.Context(), put("lost")))
	fails(t, failure)(db.View(t.Context(), func(*store.Tx) error { return failure }))
	on.Store(false)
	succeeds(t)(db.Update(t.Context(), put("later")))
	wantSettings(t, db, map[string]bool{"lost": false, "later": true})
}

// TestClosingFinishesWhatWaits and refuses what comes later.
func TestClosingFinishesWhatWaits(t *testing.T) { inBoth(t, closingFinishesWhatWaits) }

func closingFinishesWhatWaits(t *testing.T, h home) {
	db := h.open(t, store.Options{})
	var accepted atomic.Int64
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			switch err := db.Update(t.Context(), raise); {
			case err == nil:
				accepted.Add(1)
			case clm.KindOf(err) != clm.KindUnavailable:
				t.Errorf("error is %v, want one of kind unavailable", err)
			}
		})
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	all.Wait()
	db = h.open(t, store.Options{})
	if accepted.Load() == 0 {
		succeeds(t)(db.Update(t.Context(), raise))
		accepted.Add(1)
	}
	if got := counter(t, db); int64(got) != accepted.Load() {
		t.Errorf("the counter is at %d, but %d updates were accepted", got, accepted.Load())
	}
}

func TestMoreViewsThanConnections(t *testing.T) { inBoth(t, moreViewsThanConnections) }

func moreViewsThanConnections(t *testing.T, h home) {
	db := h.open(t, store.Options{})
	release := make(chan struct{})
	started := make(chan struct{}, store.MaxViews)
	var all sync.WaitGroup
	for range store.MaxViews {
		all.Go(func() {
			succeeds(t)(db.View(t.Context(), func(*store.Tx) error {
				started <- struct{}{}
				<-release
				return nil
			}))
		})
	}
	for range store.MaxViews {
		<-started
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	fails(t, context.Canceled)(db.View(ctx, func(*store.Tx) error { return nil }))
	all.Go(func() { succeeds(t)(db.View(t.Context(), func(*store.Tx) error { return nil })) })
	succeeds(t)(db.Update(t.Context(), put("beside"))) // views are in no writer's way
	close(release)
	all.Wait()
}
