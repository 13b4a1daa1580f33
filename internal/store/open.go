package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// errStale: the estate is not there yet, or its schema is an older one.
var errStale = errors.New("the estate has to be migrated first")

// Open opens the estate in a folder, making or migrating it where needed. It
// runs at every start of a provider, so an estate that is up to date costs one
// connection and two small reads.
func Open(ctx context.Context, folder string, o Options) (*DB, error) {
	d := sqliteDialect
	o = o.orDefaults(d)
	db := &DB{path: filepath.Join(folder, FileName), patience: o.Patience, options: o, dialect: d}
	if err := db.checkPlace(folder); err != nil {
		return nil, err
	}
	return db.open(ctx)
}

func (db *DB) open(ctx context.Context) (*DB, error) {
	err := db.connect(ctx)
	if errors.Is(err, errStale) && db.mayMigrate() {
		if err = db.dialect.migrate(db, ctx); err == nil {
			err = db.connect(ctx)
		}
	}
	if errors.Is(err, errStale) {
		err = db.notMigrated()
	}
	if err != nil {
		return nil, db.explain(err)
	}
	return db, nil
}

func (db *DB) mayMigrate() bool {
	return !db.options.AsItIs && !(db.options.MustExist && db.version == 0)
}

func (db *DB) notMigrated() error {
	if db.version == 0 {
		return clm.Errorf(clm.KindNotFound, "there is no estate in %s", db.path).WithHint("check where it is said to be")
	}
	return clm.Errorf(clm.KindRefused, "the estate in %s is of the older schema %d", db.path, db.version).
		WithHint("run a plan with this version of the provider first, which migrates it")
}

func (db *DB) checkPlace(folder string) error {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return clm.Errorf(clm.KindUnavailable, "the folder %s for the estate cannot be made", folder).Because(err).
			WithHint("set data_dir to a folder this user may make and write")
	}
	if info, err := os.Stat(db.path); err == nil && info.IsDir() {
		return clm.Errorf(clm.KindUnavailable, "the estate in %s cannot be opened: it is a folder, not a file", db.path).
			WithHint("move the folder away, or set data_dir to another folder")
	}
	return nil
}

// connect opens the writer's connection and finds the schema this program
// knows, or errStale. The connections that read are opened when they are needed.
func (db *DB) connect(ctx context.Context) (err error) {
	if db.writing, db.reading, err = db.dialect.pools(db); err != nil {
		return err
	}
	s, err := db.currentSession(ctx)
	if err != nil {
		return errors.Join(err, db.writing.Close(), db.reading.Close())
	}
	db.writing.SetMaxIdleConns(0) // a session that is closed is to be gone
	db.reading.SetMaxIdleConns(0)
	db.views = make(chan *session, maxViews)
	for range maxViews {
		db.views <- nil
	}
	db.writer = newWriter(db, s)
	db.close = sync.OnceValue(db.shut)
	return nil
}

// filePools are the pools of a file that is there: opening it would make it,
// readable by others.
func (db *DB) filePools() (writing, reading *sql.DB, err error) {
	if _, err := os.Stat(db.path); errors.Is(err, fs.ErrNotExist) {
		return nil, nil, errStale
	}
	if writing, err = db.pool(db.path, 0, "foreign_keys(on)", "synchronous(full)"); err != nil {
		return nil, nil, err
	}
	reading, err = db.pool(db.path, 0, "query_only(on)")
	return writing, reading, err
}

func (db *DB) pool(path string, busy time.Duration, pragmas ...string) (*sql.DB, error) {
	connector, err := sqliteConnector(path, busy, pragmas...)
	if err != nil {
		return nil, fmt.Errorf("naming the estate in %s: %w", path, err)
	}
	return sql.OpenDB(db.options.wrap(connector)), nil
}

func (db *DB) currentSession(ctx context.Context) (s *session, err error) {
	err = db.whileBusy(ctx, func() (err error) {
		s, err = openSession(db.writing, db.dialect)
		return err
	})
	if err != nil {
		return nil, err
	}
	err = db.whileBusy(ctx, func() error {
		for _, check := range []func(*session) error{db.checkSchema, db.checkWritable, db.dialect.settle} {
			if err := check(s); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

// checkWritable finds out that the file is read-only before anything relies on
// it: even a write that touches no row is refused then. That somebody else is
// writing right now is a good sign.
func (db *DB) checkWritable(s *session) error {
	_, err := s.exec("UPDATE goose_db_version SET version_id = version_id WHERE id = 0")
	if db.dialect.diagnose(err).kind == faultBusy {
		return nil
	}
	return err
}

// settleFile lets views go on beside a writer. A restored backup has lost it.
func settleFile(s *session) error {
	var mode string
	_, err := s.first([]any{&mode}, "PRAGMA journal_mode = WAL")
	return err
}

// checkSchema compares the schema with the one this program knows.
func (db *DB) checkSchema(s *session) error {
	known, err := newestMigration(db.options.migrations)
	if err != nil {
		return err
	}
	db.version, err = db.schema(s)
	switch {
	case err != nil:
		return err
	case db.version < known:
		return errStale
	case db.version > known:
		return clm.Errorf(clm.KindUnavailable, "the estate in %s was written by a newer provider (schema %d, this one knows %d): upgrade the provider",
			db.path, db.version, known)
	}
	return nil
}

// schema is the version goose recorded.
func (db *DB) schema(s *session) (version int64, err error) {
	var versioned, tables int64
	if _, err = s.first([]any{&versioned, &tables}, db.dialect.tables); err != nil {
		return 0, err
	}
	if versioned > 0 {
		_, err = s.first([]any{&version}, "SELECT COALESCE(MAX(version_id), 0) FROM goose_db_version")
		return version, err
	}
	if tables == 0 {
		return 0, db.dialect.absent(db)
	}
	return 0, clm.Errorf(clm.KindUnavailable, "the database in %s belongs to another program", db.path).
		WithHint("%s", db.dialect.foreign)
}

func (db *DB) emptyFile() error {
	return clm.Errorf(clm.KindUnavailable, "the estate in %s is empty: an estate is never made so", db.path).
		WithHint("put the newest file of %s or your own backup in its place; delete it only if there was no estate", db.backups())
}
