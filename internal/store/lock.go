package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/durable"
)

// lock lets one process at a time make or migrate the estate. It is on a file
// of its own: closing any handle on the database's file would drop SQLite's
// locks on it. Closing the file that is returned, or dying, releases it.
func (db *DB) lock(ctx context.Context) (*os.File, error) {
	path := filepath.Join(filepath.Dir(db.path), "clm.lock")
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, db.unavailable(faultCannotOpen, err)
	}
	if err := db.lockFile(ctx, f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func (db *DB) lockFile(ctx context.Context, f *os.File) error {
	for deadline := time.Now().Add(db.patience); ; {
		taken, err := durable.TryLock(f)
		switch {
		case err != nil:
			return db.unavailable(faultDisk, fmt.Errorf("locking %s: %w", f.Name(), err))
		case taken:
			return nil
		case time.Now().After(deadline):
			return db.unavailable(faultBusy, fmt.Errorf("waiting for %s", f.Name()))
		}
		if err := pause(ctx, longestPause); err != nil {
			return db.explain(err)
		}
	}
}
