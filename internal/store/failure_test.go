package store_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/durable"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/store"
)

// wantUnavailable checks an error a user has to understand: it says what
// happened, names the file and tells what to do.
func wantUnavailable(t *testing.T, err error, path string, words ...string) {
	t.Helper()
	var ours *clm.Error
	if !errors.As(err, &ours) {
		t.Fatalf("error is %v, want one of ours", err)
	}
	wantHeard(t, told(ours), path, words...)
}

func wantHeard(t *testing.T, e heard, path string, words ...string) {
	t.Helper()
	if e.Kind != clm.KindUnavailable {
		t.Fatalf("the error %q is of kind %q, want unavailable", e.Text, e.Kind)
	}
	for _, word := range append(words, path) {
		if !strings.Contains(e.Text, word) {
			t.Errorf("the error %q does not say %q", e.Text, word)
		}
	}
	if e.Hint == "" && !strings.Contains(e.Text, "upgrade the provider") {
		t.Errorf("the error %q does not say what to do", e.Text)
	}
	if first := e.Text[:1]; first != strings.ToLower(first) {
		t.Errorf("the error %q begins with a capital", e.Text)
	}
}

// refusesToOpen checks that the estate cannot be opened and why.
func refusesToOpen(t *testing.T, folder string, o store.Options, words ...string) {
	t.Helper()
	db, err := store.Open(t.Context(), folder, o)
	if err == nil {
		db.Close()
		t.Fatal("the estate was opened")
	}
	wantUnavailable(t, err, folder, words...)
}

// lived is the folder of a closed estate that played the script.
func lived(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	db := open(t, folder)
	if err := errors.Join(playFirst(db, 5), db.Close()); err != nil {
		t.Fatal(err)
	}
	return folder
}

func TestFoldersThatCannotBeMade(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	refusesToOpen(t, filepath.Join(file, "estate"), store.Options{}, "cannot be made", "data_dir")
	refusesToOpen(t, file, store.Options{}, "cannot be made")
}

func TestAFolderInThePlaceOfTheFile(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if err := os.Mkdir(filepath.Join(folder, store.FileName), 0o700); err != nil {
		t.Fatal(err)
	}
	refusesToOpen(t, folder, store.Options{}, "it is a folder, not a file")
}

func TestFilesThatAreNoEstate(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(t *testing.T, path string, content []byte) []byte{
		"text":      func(*testing.T, string, []byte) []byte { return []byte(strings.Repeat("this is no database\n", 300)) },
		"short":     func(*testing.T, string, []byte) []byte { return []byte("x") },
		"empty":     func(*testing.T, string, []byte) []byte { return nil },
		"no header": func(_ *testing.T, _ string, c []byte) []byte { clear(c[:16]); return c },
		"truncated": func(_ *testing.T, _ string, c []byte) []byte { return c[:len(c)/3] },
		"one page":  func(_ *testing.T, _ string, c []byte) []byte { return c[:4096] },
		"overwritten": func(_ *testing.T, _ string, c []byte) []byte {
			copy(c[4096:], bytes.Repeat([]byte{0xa5}, len(c)-4096))
			return c
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(lived(t), store.FileName)
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, spoil(t, path, content), 0o600); err != nil {
				t.Fatal(err)
			}
			words := "is damaged, or not an estate"
			if name == "empty" || name == "short" {
				words = "is empty" // too short for a header is nothing to SQLite
			}
			wantUnavailable(t, openAndRead(filepath.Dir(path)), path, words, "backup")
		})
	}
}

// openAndRead meets damage wherever in the file it is.
func openAndRead(folder string) error {
	db, err := store.Open(context.Background(), folder, store.Options{})
	if err != nil {
		return err
	}
	defer db.Close()
	_, _, err = state(db)
	return err
}

func TestAnotherProgramsDatabase(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	rawExec(t, raw(t, folder), "CREATE TABLE recipes (name TEXT)")
	refusesToOpen(t, folder, store.Options{}, "belongs to another program")
	if mode := rawText(t, raw(t, folder), "PRAGMA journal_mode"); mode != "delete" {
		t.Errorf("its journal mode was changed to %s", mode)
	}
}

func TestAJournalWithoutItsFile(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, store.FileName+"-wal"), []byte("frames"), 0o600); err != nil {
		t.Fatal(err)
	}
	refusesToOpen(t, folder, store.Options{}, "is missing, but its journal is there")
}

func TestAnEstateOfANewerProvider(t *testing.T) {
	t.Parallel()
	folder := lived(t)
	newest, err := store.NewestMigration()
	succeeds(t)(err)
	rawExec(t, raw(t, folder), fmt.Sprintf("INSERT INTO goose_db_version (version_id, is_applied) VALUES (%d, 1)", newest+1))
	refusesToOpen(t, folder, store.Options{}, fmt.Sprintf("was written by a newer provider (schema %d, this one knows %d): upgrade the provider", newest+1, newest))
}

func TestAFullDisk(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	refusesToOpen(t, folder, wired(wire{pragma: "max_page_count = 3"}), "no room is left", "free some space")

	db := open(t, folder) // what was begun there is no obstacle
	if err := errors.Join(playFirst(db, 3), db.Close()); err != nil {
		t.Fatal(err)
	}
	db = openWith(t, folder, wired(wire{pragma: "max_page_count = 1"})) // no more than there is
	err := db.Update(t.Context(), func(tx *store.Tx) error {
		// The error is passed over, and still nothing of this update is kept.
		_ = tx.PutSetting("small", "x")
		for range 3 {
			_ = tx.PutSetting("large", strings.Repeat("x", 1<<20))
		}
		return nil
	})
	wantUnavailable(t, err, db.Path(), "no room is left", "nothing was changed")
	step, _, err := state(db)
	if err != nil || step != 3 {
		t.Errorf("the estate is at step %d, error %v", step, err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	db = open(t, folder)
	if err := play(db); err != nil {
		t.Errorf("with room again: %v", err)
	}
	err = db.View(t.Context(), func(tx *store.Tx) error {
		if value, _ := tx.Setting("small"); value != "" {
			t.Error("a part of the failed update was kept")
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestALockNobodyReleases(t *testing.T) {
	t.Parallel()
	folder := lived(t)
	impatient := store.Options{Patience: 50 * time.Millisecond}

	db := openWith(t, folder, impatient)
	other := raw(t, folder)
	rawExec(t, other, "BEGIN IMMEDIATE")
	wantUnavailable(t, db.Update(t.Context(), raise), db.Path(), "is locked by another process", "50ms")
	if _, _, err := state(db); err != nil {
		t.Errorf("viewing while another process writes: %v", err)
	}
	second := openWith(t, folder, impatient) // opening only reads
	rawExec(t, other, "ROLLBACK")
	if err := errors.Join(db.Update(t.Context(), raise), second.Update(t.Context(), raise)); err != nil {
		t.Errorf("after the lock was released: %v", err)
	}
	if err := errors.Join(db.Close(), second.Close()); err != nil {
		t.Fatal(err)
	}

	rawExec(t, other, "PRAGMA locking_mode = EXCLUSIVE")
	rawExec(t, other, "BEGIN EXCLUSIVE")
	refusesToOpen(t, folder, impatient, "is locked by another process")
}

func TestALockOnMakingTheEstate(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	lock, err := os.Create(filepath.Join(folder, "clm.lock"))
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	if taken, err := durable.TryLock(lock); err != nil || !taken {
		t.Fatalf("taking the lock: %v, error %v", taken, err)
	}
	refusesToOpen(t, folder, store.Options{Patience: 20 * time.Millisecond}, "is locked by another process")

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := store.Open(ctx, folder, store.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v, want that of the context", err)
	}
}
