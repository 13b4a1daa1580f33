package store_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"path/filepath"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/store"
)

// wire stands between the store and the driver. before sees every statement
// that may write, and commits, and may fail it; after sees those that succeeded.
type wire struct {
	driver.Connector
	pragma        string // run on every new connection
	before, after func(query string) error
}

// wired is the options with such a wire in between.
func wired(w wire) store.Options {
	if w.before == nil {
		w.before = func(string) error { return nil }
	}
	if w.after == nil {
		w.after = func(string) error { return nil }
	}
	return store.Options{}.Wired(func(c driver.Connector) driver.Connector {
		w := w
		w.Connector = c
		return w
	})
}

type conn interface {
	driver.Conn
	driver.ConnPrepareContext
	driver.ConnBeginTx
	driver.ExecerContext
	driver.QueryerContext
	driver.SessionResetter
	driver.Validator
}

type wiredConn struct {
	conn
	wire wire
}

func (w wire) Connect(ctx context.Context) (driver.Conn, error) {
	c, err := w.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	if w.pragma != "" {
		if _, err := c.(conn).ExecContext(ctx, "PRAGMA "+w.pragma, nil); err != nil {
			return nil, err
		}
	}
	return wiredConn{c.(conn), w}, nil
}

// around runs what the two hooks look at.
func around[T any](w wire, query string, run func() (T, error)) (T, error) {
	if err := w.before(query); err != nil {
		var none T
		return none, err
	}
	result, err := run()
	if err == nil {
		err = w.after(query)
	}
	return result, err
}

func (c wiredConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	return around(c.wire, query, func() (driver.Result, error) { return c.conn.ExecContext(ctx, query, args) })
}

func (c wiredConn) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	tx, err := c.conn.BeginTx(ctx, o)
	return wiredTx{tx, c.wire}, err
}

func (c wiredConn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	s, err := c.conn.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	return wiredStmt{s.(stmt), c.wire, query}, nil
}

type wiredTx struct {
	driver.Tx
	wire wire
}

func (t wiredTx) Commit() error {
	_, err := around(t.wire, "COMMIT", func() (any, error) { return nil, t.Tx.Commit() })
	return err
}

type stmt interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

type wiredStmt struct {
	stmt
	wire  wire
	query string
}

func (s wiredStmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	return around(s.wire, s.query, func() (driver.Result, error) { return s.stmt.ExecContext(ctx, args) })
}

// raw opens the database's file without the store.
func raw(t testing.TB, folder string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.ToSlash(filepath.Join(folder, store.FileName)))
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { db.Close() })
	return db
}

func rawExec(t testing.TB, db *sql.DB, query string) {
	t.Helper()
	if _, err := db.Exec(query); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

func rawText(t testing.TB, db *sql.DB, query string) (text string) {
	t.Helper()
	if err := db.QueryRow(query).Scan(&text); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return text
}

// sound checks that the file is whole and no reference dangles.
func sound(t testing.TB, folder string) {
	t.Helper()
	db := raw(t, folder)
	defer db.Close()
	if got := rawText(t, db, "PRAGMA integrity_check"); got != "ok" {
		t.Errorf("integrity check: %s", got)
	}
	if got := rawText(t, db, "SELECT COUNT(*) FROM pragma_foreign_key_check"); got != "0" {
		t.Errorf("%s references dangle", got)
	}
}
