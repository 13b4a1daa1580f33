package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"io/fs"
	"log/slog"
	"net"
	"path/filepath"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// FileName is the database within its folder.
const FileName = "clm.db"

// Options are what Open may be told. The zero value is what a provider wants.
type Options struct {
	// Now dates backups. The default is time.Now.
	Now func() time.Time
	// Logger hears of migrations and backups. The default discards.
	Logger *slog.Logger
	// Patience is how long to wait for another process's lock before giving up.
	// The default is a minute.
	Patience time.Duration

	// MustExist refuses to make an estate where there is none.
	MustExist bool
	// AsItIs refuses to migrate one as well.
	AsItIs bool

	// tests replace these
	migrations fs.FS
	wrap       func(driver.Connector) driver.Connector // of SQLite
	wire       func(net.Conn) net.Conn                 // to PostgreSQL
}

func (o Options) orDefaults(d *dialect) Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Patience == 0 {
		o.Patience = time.Minute
	}
	if o.migrations == nil {
		o.migrations = d.migrations()
	}
	if o.wrap == nil {
		o.wrap = func(c driver.Connector) driver.Connector { return c }
	}
	return o
}

// DB is an open estate. It is safe for concurrent use.
type DB struct {
	path     string
	patience time.Duration
	options  Options
	dialect  *dialect
	version  int64

	writing *sql.DB // one connection, the writer's
	reading *sql.DB // connections that cannot write
	writer  *writer
	views   chan *session // as many as may read at once; nil until first used
	close   func() error  // shut, once
}

// maxViews bounds the connections that read.
const maxViews = 4

// Version is the version of the schema.
func (db *DB) Version() int64 { return db.version }

// Path is the file the estate is in, or the URL of its database, without a password.
func (db *DB) Path() string { return db.path }

// Update runs fn in the next group commit and returns when that is durable. See
// engine.Store. fn runs in the caller's goroutine; it must not call Update.
func (db *DB) Update(ctx context.Context, fn func(*Tx) error) error {
	if err := ctx.Err(); err != nil {
		return db.explain(err)
	}
	return db.writer.submit(ctx, fn)
}

// Close ends the estate's use: what is queued is still written, what comes
// later is refused.
func (db *DB) Close() error { return db.close() }

func (db *DB) shut() error {
	db.writer.close()
	for range maxViews {
		if view := <-db.views; view != nil {
			_ = view.close()
		}
	}
	close(db.views)
	if err := db.reading.Close(); err != nil {
		return db.explain(err)
	}
	return db.explain(db.writing.Close())
}

func (db *DB) closed() error {
	return clm.Errorf(clm.KindUnavailable, "the estate in %s was closed", db.path)
}

func (db *DB) backups() string { return filepath.Join(filepath.Dir(db.path), "backups") }
