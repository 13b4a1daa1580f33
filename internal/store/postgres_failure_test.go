package store_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/postgres"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/store"
)

// password is in URLs and must be in no error.
const password = "open-sesame"

// with changes a URL.
func with(t *testing.T, text string, change func(u *url.URL, query url.Values)) string {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	query := u.Query()
	change(u, query)
	u.RawQuery = query.Encode()
	return u.String()
}

func withPassword(u *url.URL, _ url.Values) { u.User = url.UserPassword("clm", password) }

// refusesPostgres checks that the estate cannot be opened and why, and that no
// error tells the password.
func refusesPostgres(t *testing.T, url string, o store.Options, words ...string) {
	t.Helper()
	db, err := store.OpenPostgres(t.Context(), url, o)
	if err == nil {
		db.Close()
		t.Fatal("the estate was opened")
	}
	wantUnavailable(t, err, "postgres://", words...)
	if strings.Contains(err.Error(), password) {
		t.Errorf("the error %q tells the password", err)
	}
}

func TestURLsThatAreNone(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "estate", "mysql://clm@db/clm", "host=db password=" + password, "postgres://clm:" + password + "@db:port/clm",
		"postgres://clm:1/" + password + "@db/clm", "postgres://clm:1?" + password + "@db/clm", "postgres://clm:1#" + password + "@db/clm",
		"postgres://clm:1@" + password + "@db/clm", "postgres://clm:%zz" + password + "@db/clm", "postgres://clm:1@db/clm#" + password,
		"postgres://clm:" + password + "@db/clm?sslmode=maybe", "postgres://clm:" + password + "@db/clm?search_path=one,two",
		"postgres://clm:" + password + "@db/clm?search_path=%22%22",
	} {
		_, err := store.OpenPostgres(t.Context(), text, store.Options{})
		var ours *clm.Error
		if !errors.As(err, &ours) || ours.Kind != clm.KindInvalid || ours.Field != "database_url" || ours.Hint == "" {
			t.Errorf("%q: the error is %v, want that database_url is wrong", text, err)
		}
		if strings.Contains(err.Error(), password) || errors.Unwrap(ours) != nil {
			t.Errorf("the error %q tells the password, or more than it should", err)
		}
	}
}

func TestAServerThatDoesNotLetUsIn(t *testing.T) {
	t.Parallel()
	at := postgres.URL(t)
	for name, c := range map[string]struct {
		change func(u *url.URL, query url.Values)
		words  []string
	}{
		"nobody there": {func(u *url.URL, q url.Values) { q.Set("host", t.TempDir()) }, []string{"does not answer", "check that it runs"}},
		"no database":  {func(u *url.URL, q url.Values) { u.Path = "/none" }, []string{"cannot be opened", "/none"}},
		"no such user": {func(u *url.URL, q url.Values) { u.User = url.UserPassword("stranger", password) }, []string{"cannot be opened"}},
		"no TLS":       {func(u *url.URL, q url.Values) { q.Del("host"); u.Host = "127.0.0.1:1"; q.Set("sslmode", "verify-full") }, []string{"does not answer", "127.0.0.1:1"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refusesPostgres(t, with(t, with(t, at, withPassword), c.change), store.Options{}, c.words...)
		})
	}
}

func TestADatabaseUserWithoutRights(t *testing.T) {
	t.Parallel()
	url1 := postgres.URL(t)
	other := rawPostgres(t, url1)
	schema := rawText(t, other, "SELECT current_setting('search_path')")
	rawExec(t, other, "CREATE ROLE reader_"+schema+" LOGIN")
	reader := with(t, url1, func(u *url.URL, _ url.Values) { u.User = url.UserPassword("reader_"+schema, password) })
	refusesPostgres(t, reader, store.Options{}, "cannot be written", schema) // not even made

	openPostgres(t, url1, store.Options{})
	rawExec(t, other, "GRANT USAGE ON SCHEMA "+schema+" TO reader_"+schema+"; GRANT SELECT ON ALL TABLES IN SCHEMA "+schema+" TO reader_"+schema)
	refusesPostgres(t, reader, store.Options{}, "cannot be written", schema)
}

func TestASchemaOfANewerProvider(t *testing.T) {
	t.Parallel()
	at := with(t, postgres.URL(t), withPassword)
	succeeds(t)(openPostgres(t, at, store.Options{}).Close())
	newest, err := store.NewestMigration()
	if err != nil {
		t.Fatal(err)
	}
	rawExec(t, rawPostgres(t, at), fmt.Sprintf("INSERT INTO goose_db_version (version_id, is_applied) VALUES (%d, true)", newest+1))
	refusesPostgres(t, at, store.Options{}, fmt.Sprintf("was written by a newer provider (schema %d, this one knows %d): upgrade the provider", newest+1, newest))
}

func TestASchemaOfAnotherProgram(t *testing.T) {
	t.Parallel()
	at := postgres.URL(t)
	other := rawPostgres(t, at)
	rawExec(t, other, "CREATE SCHEMA "+rawText(t, other, "SELECT current_setting('search_path')"))
	rawExec(t, other, "CREATE TABLE recipes (name TEXT)")
	refusesPostgres(t, at, store.Options{}, "belongs to another program", "search_path")
}

// TestSchemasAreEstatesOfTheirOwn: their locks, too.
func TestSchemasAreEstatesOfTheirOwn(t *testing.T) {
	t.Parallel()
	at := postgres.URL(t)
	one := openPostgres(t, at, store.Options{})
	two := openPostgres(t, with(t, at, func(_ *url.URL, q url.Values) { q.Set("search_path", `"Team ""B"" `+q.Get("search_path")+`"`) }), store.Options{})
	hold(t, one)
	succeeds(t)(two.Update(t.Context(), raise))
	if got := counter(t, two); got != 1 {
		t.Errorf("the counter is at %d, want 1", got)
	}
	succeeds(t)(one.View(t.Context(), func(tx *store.Tx) error {
		if text, err := tx.Setting("counter"); text != "" || err != nil {
			t.Errorf("the other estate's counter is at %q, error %v", text, err)
		}
		return nil
	}))
}

func TestAServerLockNobodyReleases(t *testing.T) {
	t.Parallel()
	at := postgres.URL(t)
	impatient := store.Options{Patience: 50 * time.Millisecond}
	db := openPostgres(t, at, impatient)
	free := hold(t, openPostgres(t, at, store.Options{}))
	wantUnavailable(t, db.Update(t.Context(), raise), db.Path(), "is locked by another process", "50ms")
	_, _, err := state(db)
	succeeds(t)(err)
	second := openPostgres(t, at, impatient) // opening only reads
	free()
	succeeds(t)(db.Update(t.Context(), raise))
	succeeds(t)(second.Update(t.Context(), raise))
}

// TestALockOnMakingTheSchema: who waits for another to make it can be told to stop.
func TestALockOnMakingTheSchema(t *testing.T) {
	t.Parallel()
	at := postgres.URL(t)
	rawExec(t, rawPostgres(t, at), store.TakeLock(at))
	refusesPostgres(t, at, store.Options{Patience: 20 * time.Millisecond}, "is locked by another process")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := store.OpenPostgres(ctx, at, store.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v, want that of the context", err)
	}
}

// TestEveryWriteIsDurableOnPostgres, whatever the server's own setting is.
func TestEveryWriteIsDurableOnPostgres(t *testing.T) {
	t.Parallel()
	for set, want := range map[string]string{"off": "on", "local": "local", "remote_apply": "remote_apply"} {
		db := openPostgres(t, with(t, postgres.URL(t), func(_ *url.URL, q url.Values) { q.Set("synchronous_commit", set) }), store.Options{})
		succeeds(t)(db.Update(t.Context(), func(tx *store.Tx) error {
			if got, err := tx.Show("synchronous_commit"); err != nil || got != want {
				t.Errorf("synchronous_commit is %s where it was set %s, error %v; want %s", got, set, err, want)
			}
			return nil
		}))
	}
}

// TestAFailedTransactionIsNotReportedAsCommitted: PostgreSQL answers COMMIT then
// with a roll-back that is no error.
func TestAFailedTransactionIsNotReportedAsCommitted(t *testing.T) {
	t.Parallel()
	db := openPostgres(t, postgres.URL(t), store.Options{})
	var runs atomic.Int64
	err := db.Update(t.Context(), func(tx *store.Tx) error {
		runs.Add(1)
		succeeds(t)(put("lost")(tx))
		tx.Spoil()
		return nil
	})
	if err == nil || runs.Load() != 1 {
		t.Errorf("the error is %v after %d runs", err, runs.Load())
	}
	succeeds(t)(db.Update(t.Context(), put("later")))
	wantSettings(t, db, map[string]bool{"lost": false, "later": true})
}
