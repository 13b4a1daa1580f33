package store_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/store"
)

// knowing is the options of a later provider, with one more migration.
func knowing(t *testing.T, migration string) store.Options {
	t.Helper()
	files := fstest.MapFS{}
	names, err := fs.Glob(store.Migrations(), "*.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		content, err := fs.ReadFile(store.Migrations(), name)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = &fstest.MapFile{Data: content}
	}
	newest, err := store.NewestMigration()
	if err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("%05d_later.sql", newest+1)
	files[name] = &fstest.MapFile{Data: []byte("-- +goose Up\n" + migration)}
	return store.Options{Now: func() time.Time { return then }}.Knowing(files)
}

const later = "ALTER TABLE settings ADD COLUMN note TEXT NOT NULL DEFAULT '';"

// backups lists the copies in an estate's folder.
func backups(t *testing.T, folder string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(folder, "backups", "*"))
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

// restored is a folder whose estate is that copy.
func restored(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, store.FileName), content, 0o600); err != nil {
		t.Fatal(err)
	}
	return folder
}

// sameState checks that two estates hold the same.
func sameState(t *testing.T, got, want *store.DB) {
	t.Helper()
	_, wanted, err := state(want)
	if err != nil {
		t.Fatal(err)
	}
	if _, text, err := state(got); err != nil || text != wanted {
		t.Errorf("the estate holds, error %v:\n%s\nwant:\n%s", err, text, wanted)
	}
}

func TestAMigrationIsPrecededByABackup(t *testing.T) {
	t.Parallel()
	folder := lived(t)
	before := open(t, lived(t))
	db := openWith(t, folder, knowing(t, later))
	if db.Version() != before.Version()+1 {
		t.Errorf("the schema is %d after a migration from %d", db.Version(), before.Version())
	}
	sameState(t, db, before)

	copies := backups(t, folder)
	want := filepath.Join(folder, "backups", fmt.Sprintf("clm-%d-20261122T063015Z.db", before.Version()))
	if len(copies) != 1 || copies[0] != want {
		t.Fatalf("the backups are %v, want %s", copies, want)
	}
	wantMode(t, copies[0], 0o600)
	wantMode(t, filepath.Dir(copies[0]), 0o700)
	old := open(t, restored(t, copies[0])) // by the provider before the migration
	sameState(t, old, before)
	if err := play(old); err != nil {
		t.Errorf("going on in a restored estate: %v", err)
	}

	openWith(t, folder, knowing(t, later)) // up to date: no second backup
	if copies := backups(t, folder); len(copies) != 1 {
		t.Errorf("the backups are %v, want one", copies)
	}
	refusesToOpen(t, folder, store.Options{}, "was written by a newer provider")
}

func wantMode(t *testing.T, path string, want fs.FileMode) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm() != want { // Windows keeps its rights elsewhere
		t.Errorf("%s has the mode %04o, want %04o", path, info.Mode().Perm(), want)
	}
}

func TestAFailedMigrationChangesNothing(t *testing.T) {
	t.Parallel()
	folder := lived(t)
	newest, err := store.NewestMigration()
	succeeds(t)(err)
	about := fmt.Sprintf("migrating the estate from schema %d to %d", newest, newest+1)
	for attempt := 1; attempt <= 2; attempt++ { // at the same second
		_, err := store.Open(t.Context(), folder, knowing(t, later+"\nINSERT INTO no_such_table VALUES (1);"))
		if err == nil || !strings.Contains(err.Error(), about) {
			t.Fatalf("error is %v, want one about the migration", err)
		}
		if copies := backups(t, folder); len(copies) != attempt {
			t.Errorf("the backups are %v, want %d", copies, attempt)
		}
	}
	sameState(t, open(t, folder), open(t, lived(t)))
}

func TestSeveralWhoOpenMigrateOnce(t *testing.T) {
	t.Parallel()
	folder := lived(t)
	o := knowing(t, later)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			db, err := store.Open(t.Context(), folder, o)
			if err == nil {
				err = errors.Join(db.Update(t.Context(), raiseQuietly), db.Close())
			}
			succeeds(t)(err)
		})
	}
	all.Wait()
	if copies := backups(t, folder); len(copies) != 1 {
		t.Errorf("the backups are %v, want one", copies)
	}
	sound(t, folder)
}

// raiseQuietly writes something.
func raiseQuietly(tx *store.Tx) error { return tx.PutSetting("opened", "yes") }

func TestSeveralWhoOpenMakeOneEstate(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "a", "new one")
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			db, err := store.Open(t.Context(), folder, store.Options{})
			if err == nil {
				err = errors.Join(db.Update(t.Context(), raise), db.Close())
			}
			succeeds(t)(err)
		})
	}
	all.Wait()
	if got := counter(t, open(t, folder)); got != 8 {
		t.Errorf("the counter is at %d, want 8", got)
	}
	wantMode(t, folder, 0o700)
}

func TestABackupIsOneMomentOfABusyEstate(t *testing.T) {
	t.Parallel()
	db := open(t, t.TempDir())
	path := filepath.Join(t.TempDir(), "copy.db")
	succeeds(t)(db.Update(t.Context(), raise))
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 50 {
				succeeds(t)(db.Update(t.Context(), raise))
			}
		})
	}
	succeeds(t)(db.Backup(t.Context(), path))
	all.Wait()
	wantMode(t, path, 0o600)

	folder := restored(t, path)
	copied := open(t, folder)
	if n := counter(t, copied); n < 1 || n > 201 { // the counter agrees with the trail
		t.Errorf("the copy's counter is at %d", n)
	}
	succeeds(t)(copied.Update(t.Context(), raise))
	succeeds(t)(copied.Close())
	sound(t, folder)
}

func TestABackupReplacesNothing(t *testing.T) {
	t.Parallel()
	db := open(t, t.TempDir())
	folder := t.TempDir()
	path := filepath.Join(folder, "copy.db")
	succeeds(t)(db.Backup(t.Context(), path))
	if err := db.Backup(t.Context(), path); clm.KindOf(err) != clm.KindExists || !strings.Contains(err.Error(), path) {
		t.Errorf("error is %v, want that the file exists", err)
	}
	wantUnavailable(t, db.Backup(t.Context(), filepath.Join(folder, "none", "copy.db")), folder, "cannot be written")
	if entries, err := os.ReadDir(folder); err != nil || len(entries) != 1 {
		t.Errorf("the folder holds %v, error %v; want the copy alone", entries, err)
	}
}

func TestOfBackupsToOneFileOneWins(t *testing.T) {
	t.Parallel()
	db := open(t, t.TempDir())
	path := filepath.Join(t.TempDir(), "copy.db")
	var won atomic.Int64
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			switch err := db.Backup(t.Context(), path); {
			case err == nil:
				won.Add(1)
			case clm.KindOf(err) != clm.KindExists:
				t.Errorf("error is %v, want that the file exists", err)
			}
		})
	}
	all.Wait()
	if won.Load() != 1 {
		t.Errorf("%d backups won, want 1", won.Load())
	}
}
