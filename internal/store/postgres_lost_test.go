package store_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/postgres"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/store"
)

// hangUp ends all connections to an estate but that of the one who asks.
func hangUp(t *testing.T, url string) {
	t.Helper()
	rawExec(t, rawPostgres(t, url), "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity"+
		" WHERE application_name = 'terraform-provider-clm' AND pid <> pg_backend_pid()"+
		" AND pid IN (SELECT pid FROM pg_locks)")
}

// TestAnIdleConnectionThatWasLost is noticed by nobody: nothing was begun on it.
func TestAnIdleConnectionThatWasLost(t *testing.T) {
	t.Parallel()
	server := postgres.New(t)
	db := openPostgres(t, server.URL("estate"), store.Options{})
	succeeds(t)(db.Update(t.Context(), raise))
	if got := counter(t, db); got != 1 { // and a connection that reads is open
		t.Errorf("the counter is at %d, want 1", got)
	}
	for _, end := range []func(testing.TB){server.Stop, server.Kill} {
		end(t)
		wantUnavailable(t, db.Update(t.Context(), raise), db.Path(), "does not answer", "nothing was changed")
		wantUnavailable(t, db.View(t.Context(), func(*store.Tx) error { return nil }), db.Path(), "does not answer")
		server.Start(t)
		before := counter(t, db)
		succeeds(t)(db.Update(t.Context(), raise))
		if got := counter(t, db); got != before+1 {
			t.Errorf("the counter is at %d after %d", got, before)
		}
	}
	server.Stop(t)
	server.Start(t)
	succeeds(t)(db.Update(t.Context(), raise)) // the first that notices
	if got := counter(t, db); got != 4 {
		t.Errorf("the counter is at %d, want 4", got)
	}
}

// TestAServerKilledUnderLoad keeps what it said it kept, and nothing is done twice.
func TestAServerKilledUnderLoad(t *testing.T) {
	t.Parallel()
	server := postgres.New(t)
	db := openPostgres(t, server.URL("estate"), store.Options{})
	var kept, unknown atomic.Int64
	enough := make(chan struct{})
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for {
				switch err := db.Update(t.Context(), raise); {
				case err == nil && kept.Add(1) == 100:
					close(enough)
				case err != nil:
					unknown.Add(1)
					wantUnavailable(t, err, db.Path())
					return
				}
			}
		})
	}
	<-enough
	server.Kill(t)
	all.Wait()
	server.Start(t)
	got := int64(counter(t, db))
	if got < kept.Load() || got > kept.Load()+unknown.Load() {
		t.Errorf("the counter is at %d; %d updates were reported, and of %d nobody knows", got, kept.Load(), unknown.Load())
	}
	succeeds(t)(db.Update(t.Context(), raise))
}

// TestALineThatBreaksOnACommit, before it arrives and after: nobody knows which of
// the two it was. It is not reported as kept and not tried again.
func TestALineThatBreaksOnACommit(t *testing.T) {
	t.Parallel()
	for name, arrives := range map[string]bool{"before it arrives": false, "after": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var armed atomic.Bool
			hangUp := func(here bool) func([]byte) bool {
				return func(sent []byte) bool { return here && isCommit(sent) && armed.CompareAndSwap(true, false) }
			}
			db := openPostgres(t, postgres.URL(t), lined(hangUp(!arrives), hangUp(arrives)))
			armed.Store(true)
			runs := 0
			err := db.Update(t.Context(), func(tx *store.Tx) error {
				runs++
				return put("lost")(tx)
			})
			wantUnavailable(t, err, db.Path(), "nobody knows whether it was kept")
			if runs != 1 {
				t.Errorf("the update ran %d times", runs)
			}
			succeeds(t)(db.Update(t.Context(), put("later"))) // behind it, under the lock
			wantSettings(t, db, map[string]bool{"lost": arrives, "later": true})
		})
	}
}

// TestAConnectionThatBreaksInAnUpdate costs this one update, and says so: nothing
// of it is kept, even if it passes over the error.
func TestAConnectionThatBreaksInAnUpdate(t *testing.T) {
	t.Parallel()
	server := postgres.New(t)
	db := openPostgres(t, server.URL("estate"), store.Options{})
	for name, fn := range map[string]func(tx *store.Tx) error{
		"told":        put("more"),
		"passed over": func(tx *store.Tx) error { _ = put("more")(tx); return nil },
	} {
		err := db.Update(t.Context(), func(tx *store.Tx) error {
			succeeds(t)(put("lost")(tx))
			hangUp(t, server.URL("estate"))
			return fn(tx)
		})
		wantUnavailable(t, err, db.Path(), "does not answer", "nothing was changed")
		succeeds(t)(db.Update(t.Context(), put(name)))
	}
	wantSettings(t, db, map[string]bool{"lost": false, "more": false, "told": true, "passed over": true})
}

// TestAViewWhoseConnectionBreaks fails, and the next one does not.
func TestAViewWhoseConnectionBreaks(t *testing.T) {
	t.Parallel()
	server := postgres.New(t)
	db := openPostgres(t, server.URL("estate"), store.Options{})
	err := db.View(t.Context(), func(tx *store.Tx) error {
		hangUp(t, server.URL("estate"))
		_, err := tx.Setting("any")
		return err
	})
	wantUnavailable(t, err, db.Path(), "does not answer")
	succeeds(t)(db.View(t.Context(), func(tx *store.Tx) error {
		_, err := tx.Setting("any")
		return err
	}))
	if err := db.Backup(t.Context(), t.TempDir()+"/copy"); clm.KindOf(err) != clm.KindRefused || !errors.As(err, new(*clm.Error)) {
		t.Errorf("error is %v, want that PostgreSQL backs itself up", err)
	}
}
