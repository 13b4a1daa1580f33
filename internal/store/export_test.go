package store

import (
	"database/sql/driver"
	"fmt"
	"io/fs"
	"net"
)

// MaxGroup and MaxViews are the bounds the tests go past.
const (
	MaxGroup = maxGroup
	MaxViews = maxViews
)

// Wired lets a test stand between the store and the driver.
func (o Options) Wired(wrap func(driver.Connector) driver.Connector) Options {
	o.wrap = wrap
	return o
}

// WiredToServer lets a test stand between the store and the server.
func (o Options) WiredToServer(wire func(net.Conn) net.Conn) Options {
	o.wire = wire
	return o
}

// Knowing gives the store another set of migrations.
func (o Options) Knowing(migrations fs.FS) Options {
	o.migrations = migrations
	return o
}

// Migrations are those the store knows.
func Migrations() fs.FS { return sqliteDialect.migrations() }

// PostgresMigrations are those it knows for PostgreSQL.
func PostgresMigrations() fs.FS { return postgresMigrationFiles() }

// NewestMigration is the version of the schema the store knows.
func NewestMigration() (int64, error) { return newestMigration(Migrations()) }

// Waiting tells how many updates wait for the writer.
func (db *DB) Waiting() int {
	db.writer.queue.mu.Lock()
	defer db.writer.queue.mu.Unlock()
	return len(db.writer.queue.waiting)
}

// Pragma reads a setting of the connection a transaction is on.
func (tx *Tx) Pragma(name string) (value string, err error) {
	_, err = tx.first([]any{&value}, "PRAGMA "+name)
	return value, err
}

// Show reads a setting of the connection a transaction is on.
func (tx *Tx) Show(name string) (value string, err error) {
	_, err = tx.first([]any{&value}, "SHOW "+name)
	return value, err
}

// Spoil makes a statement fail that the transaction does not hear of.
func (tx *Tx) Spoil() { _ = tx.session.control("SELECT 1 / 0") }

// TakeLock is the statement that takes the lock of those who migrate.
func TakeLock(databaseURL string) string {
	p, err := parsePostgres(databaseURL)
	if err != nil {
		panic(err)
	}
	return fmt.Sprintf("SELECT pg_advisory_lock(%d)", p.lockKey())
}
