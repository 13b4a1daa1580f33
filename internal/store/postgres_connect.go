package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
)

// pools connects nothing yet.
func (p *postgres) pools(*DB) (writing, reading *sql.DB, err error) {
	return p.pool(committing), p.pool(func(context.Context, *pgx.Conn) error { return nil }), nil
}

// pool opens connections that begin by what a connection of this kind needs.
func (p *postgres) pool(first func(context.Context, *pgx.Conn) error) *sql.DB {
	config := p.config.Copy()
	if dial := config.DialFunc; p.wire != nil {
		config.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := dial(ctx, network, address)
			if err != nil {
				return nil, err
			}
			return p.wire(conn), nil
		}
	}
	return sql.OpenDB(stdlib.GetConnector(*config, stdlib.OptionAfterConnect(orClose(first))))
}

// Beside is a pool of connections to the schema of an estate on PostgreSQL, for a queue
// that keeps tables of its own there. It is nil for an estate in a folder. The caller
// closes it.
func (db *DB) Beside(ctx context.Context) (*pgxpool.Pool, error) {
	if db.dialect.beside == nil {
		return nil, nil //nolint:nilnil // nothing lives beside a file
	}
	return db.dialect.beside(ctx)
}

// beside connects nothing yet.
func (p *postgres) beside(ctx context.Context) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(p.config.ConnString()) // the only way to make one; the settings follow
	if err != nil {
		return nil, notAURL()
	}
	config.ConnConfig = p.config.Copy()
	return pgxpool.NewWithConfig(ctx, config)
}

// orClose ends a connection that could not begin, with what it holds.
func orClose(first func(context.Context, *pgx.Conn) error) func(context.Context, *pgx.Conn) error {
	return func(ctx context.Context, conn *pgx.Conn) error {
		err := first(ctx, conn)
		if err != nil {
			_ = conn.Close(context.WithoutCancel(ctx)) // the error that led here is the one to tell
		}
		return err
	}
}

// committing undoes a setting of the server by which a commit would be reported
// before it is on the disk. Stricter ones stay.
func committing(ctx context.Context, conn *pgx.Conn) error {
	_, err := conn.Exec(ctx, "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'")
	return err
}

// migrate makes the estate where there is none and brings its schema up to date.
// Of several processes one does it, under the lock that keeps writers out, too;
// the others wait and find it done. All of it is on one connection: when that
// breaks, the lock and the migration end together.
func (p *postgres) migrate(db *DB, ctx context.Context) error {
	known, err := newestMigration(db.options.migrations)
	if err != nil {
		return err
	}
	pool := p.pool(p.lock)
	pool.SetMaxOpenConns(1)
	if err := errors.Join(db.runMigrations(ctx, pool), pool.Close()); err != nil {
		return fmt.Errorf("migrating the estate to schema %d: %w", known, err)
	}
	return nil
}

// lock is had by a connection until that ends.
func (p *postgres) lock(ctx context.Context, conn *pgx.Conn) error {
	_, err := conn.Exec(ctx, fmt.Sprintf("SET lock_timeout = %d; SELECT pg_advisory_lock(%d); SET lock_timeout = 0",
		milliseconds(p.patience), p.lockKey()))
	if err != nil {
		return fmt.Errorf("waiting for those who migrate or write: %w", err)
	}
	return p.makeSchema(ctx, conn)
}

// makeSchema asks first: even IF NOT EXISTS needs the right to make one.
func (p *postgres) makeSchema(ctx context.Context, conn *pgx.Conn) error {
	var there bool
	err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = $1)", p.schema).Scan(&there)
	if err != nil || there {
		return err
	}
	_, err = conn.Exec(ctx, "CREATE SCHEMA "+pgx.Identifier{p.schema}.Sanitize())
	return err
}
