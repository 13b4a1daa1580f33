package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/pressly/goose/v3"
)

// newestMigration is the version of the schema this program knows.
func newestMigration(files fs.FS) (newest int64, err error) {
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		return 0, err
	}
	for _, name := range names {
		version, err := goose.NumericComponent(name)
		if err != nil {
			return 0, fmt.Errorf("numbering migration %s: %w", name, err)
		}
		newest = max(newest, version)
	}
	return newest, nil
}

// migrateFile makes the estate where there is none and brings its schema up to
// date. Of several processes one does it; the others wait and find it done.
func (db *DB) migrateFile(ctx context.Context) error {
	lock, err := db.lock(ctx)
	if err != nil {
		return err
	}
	defer lock.Close()
	if _, err := os.Stat(db.path); errors.Is(err, fs.ErrNotExist) {
		return db.create(ctx)
	}
	// Rebuilding a table, as some migrations must, needs foreign keys off.
	pool, err := db.pool(db.path, db.patience, "foreign_keys(off)", "synchronous(full)")
	if err != nil {
		return err
	}
	return errors.Join(db.upgrade(ctx, pool), pool.Close())
}

func (db *DB) upgrade(ctx context.Context, pool *sql.DB) error {
	known, err := newestMigration(db.options.migrations)
	if err != nil {
		return err
	}
	version, err := db.backUpOlder(ctx, pool, known)
	if err != nil || version >= known {
		return err
	}
	if err := db.runMigrations(ctx, pool); err != nil {
		return fmt.Errorf("migrating the estate from schema %d to %d: %w", version, known, err)
	}
	return nil
}

// backUpOlder copies an estate that is about to be migrated, and tells its version.
func (db *DB) backUpOlder(ctx context.Context, pool *sql.DB, known int64) (version int64, err error) {
	s, err := openSession(pool, db.dialect)
	if err != nil {
		return 0, err
	}
	defer func() { _ = s.close() }()
	if version, err = db.schema(s); err != nil || version >= known {
		return version, err
	}
	path, err := db.backupPath(version)
	if err != nil {
		return version, err
	}
	db.options.Logger.InfoContext(ctx, "backing up the estate before migrating it", "path", path, "schema", version)
	return version, db.copyTo(s, path)
}

func (db *DB) runMigrations(ctx context.Context, pool *sql.DB) error {
	migrations, err := goose.NewProvider(db.dialect.goose, pool, db.options.migrations,
		goose.WithDisableGlobalRegistry(true), goose.WithSlog(db.options.Logger), goose.WithVerbose(true))
	if err != nil {
		return fmt.Errorf("reading the migrations: %w", err)
	}
	_, err = migrations.Up(ctx)
	return err
}
