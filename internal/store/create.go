package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// create makes a new estate under another name and gives it its own when it is
// whole. So a file of that name that is empty was emptied by an accident, and
// is never taken for a new estate: a provider that did would plan to make
// everything again.
func (db *DB) create(ctx context.Context) error {
	if _, err := os.Stat(db.path + "-wal"); err == nil {
		return clm.Errorf(clm.KindUnavailable, "the estate in %s is missing, but its journal is there", db.path).
			WithHint("put the file back beside its journal, or move %s-wal away for a new estate", db.path)
	}
	unfinished := db.path + ".new"
	if err := db.createFile(unfinished); err != nil {
		return db.unavailable(faultCannotOpen, err)
	}
	if err := db.build(ctx, unfinished); err != nil {
		return fmt.Errorf("making the estate: %w", err)
	}
	if err := os.Rename(unfinished, db.path); err != nil {
		return db.unavailable(faultCannotOpen, err)
	}
	return flushFolder(filepath.Dir(db.path))
}

// build needs no journal and no flush before the last: whatever interrupts it,
// the file is thrown away.
func (db *DB) build(ctx context.Context, path string) error {
	pool, err := db.pool(path, db.patience, "journal_mode(off)", "synchronous(off)")
	if err != nil {
		return err
	}
	if err := errors.Join(db.runMigrations(ctx, pool), pool.Close()); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return db.unavailable(faultCannotOpen, err)
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return db.unavailable(faultDisk, err)
	}
	return nil
}

// createFile makes an empty file before SQLite does, whose own would be
// readable by others. Its journal files take its mode. What a process that died
// has left is removed.
func (db *DB) createFile(path string) error {
	for _, leftover := range []string{path, path + "-journal"} {
		if err := os.Remove(leftover); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}
