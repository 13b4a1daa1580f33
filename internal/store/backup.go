package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// Backup writes a copy of the estate, as it is at this moment, to a new file.
// Writers need not wait for it. The copy is complete once it has its name; to
// restore it, put it in the place of the estate's file while nothing runs.
func (db *DB) Backup(ctx context.Context, destination string) error {
	if db.dialect != sqliteDialect {
		return clm.Errorf(clm.KindRefused, "the estate in %s is not in a file", db.path).
			WithHint("back up the database with PostgreSQL's own tools, such as pg_dump")
	}
	pool, err := db.pool(db.path, 0) // a view's connection is forbidden even this
	if err != nil {
		return err
	}
	defer pool.Close()
	s, err := openSession(pool, db.dialect)
	if err != nil {
		return db.explain(err)
	}
	defer func() { _ = s.close() }()
	return db.explain(db.whileBusy(ctx, func() error { return db.copyTo(s, destination) }))
}

// backupPath is a new name in the folder of backups.
func (db *DB) backupPath(version int64) (string, error) {
	if err := os.MkdirAll(db.backups(), 0o700); err != nil {
		return "", fmt.Errorf("making the folder for backups: %w", err)
	}
	stem := fmt.Sprintf("clm-%d-%s", version, db.options.Now().UTC().Format("20060102T150405Z"))
	for n := 1; ; n++ {
		path := filepath.Join(db.backups(), stem+".db")
		if n > 1 {
			path = filepath.Join(db.backups(), fmt.Sprintf("%s-%d.db", stem, n))
		}
		if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
			return path, nil
		}
	}
}

// copyTo writes the copy under a temporary name, flushes it, and only then
// gives it its own, which nothing may have yet.
func (db *DB) copyTo(s *session, destination string) error {
	if _, err := os.Lstat(destination); err == nil {
		return taken(destination)
	}
	temporary, err := os.CreateTemp(filepath.Dir(destination), ".clm-backup-*")
	if err != nil {
		return cannotBackUp(destination, err)
	}
	defer func() { _ = os.Remove(temporary.Name()) }()
	defer temporary.Close()
	if _, err := s.exec("VACUUM INTO ?", temporary.Name()); err != nil {
		return db.notCopied(destination, err)
	}
	if err := errors.Join(temporary.Sync(), temporary.Close()); err != nil {
		return cannotBackUp(destination, err)
	}
	if err := name(temporary.Name(), destination); err != nil {
		return err
	}
	return flushFolder(filepath.Dir(destination))
}

// notCopied tells a fault of the estate from one of the place the copy goes to.
func (db *DB) notCopied(destination string, err error) error {
	switch db.dialect.diagnose(err).kind {
	case faultBusy, faultCorrupt:
		return fmt.Errorf("backing up to %s: %w", destination, err)
	}
	return cannotBackUp(destination, err)
}

// name links rather than renames: a link never replaces a file.
func name(temporary, destination string) error {
	err := os.Link(temporary, destination)
	switch {
	case errors.Is(err, fs.ErrExist):
		return taken(destination)
	case err != nil: // a file system without links
		err = os.Rename(temporary, destination)
	}
	if err != nil {
		return cannotBackUp(destination, err)
	}
	return nil
}

// flushFolder makes a new name durable. Windows has no such call.
func flushFolder(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	folder, err := os.Open(path)
	if err != nil {
		return cannotBackUp(path, err)
	}
	if err := errors.Join(folder.Sync(), folder.Close()); err != nil {
		return cannotBackUp(path, err)
	}
	return nil
}

func taken(destination string) error {
	return clm.Errorf(clm.KindExists, "%s exists already", destination).WithHint("name a new file for the backup")
}

func cannotBackUp(destination string, err error) error {
	return clm.Errorf(clm.KindUnavailable, "the backup %s cannot be written", destination).Because(err).
		WithHint("check the free space and the rights of its folder")
}
