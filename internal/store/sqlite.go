package store

import (
	"database/sql/driver"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

//go:embed migrations/sqlite/*.sql
var sqliteMigrations embed.FS

var sqliteDialect = &dialect{
	goose:       goose.DialectSQLite3,
	migrations:  func() fs.FS { return subtree(sqliteMigrations, "migrations/sqlite") },
	rebind:      func(query string) string { return query },
	argument:    func(value any) any { return value },
	write:       (*session).exec,
	tables:      "SELECT COUNT(CASE WHEN name = 'goose_db_version' THEN 1 END), COUNT(*) FROM sqlite_master WHERE type = 'table'",
	begin:       "BEGIN IMMEDIATE", // a write lock taken later could find a newer snapshot and fail
	beginView:   "BEGIN",
	snapshot:    "SELECT COUNT(*) FROM goose_db_version WHERE id = 0",
	commit:      "COMMIT",
	pools:       (*DB).filePools,
	settle:      settleFile,
	absent:      (*DB).emptyFile,
	foreign:     "set data_dir to a folder of its own",
	migrate:     (*DB).migrateFile,
	diagnose:    diagnoseSQLite,
	unavailable: (*DB).fileUnavailable,
}

// sqliteConnector opens connections to the file; busy is how long SQLite itself
// waits for a lock. That is 0 but for migrations: SQLite's waiting is unfair
// between processes and cannot be cancelled, so whileBusy waits instead.
func sqliteConnector(path string, busy time.Duration, pragmas ...string) (driver.Connector, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	settings := url.Values{
		"_txlock":   {"immediate"},
		"_error_rc": {"1"}, // an error's text is that of its code
		"_pragma":   append(pragmas, fmt.Sprintf("busy_timeout(%d)", busy.Milliseconds())),
	}
	name := filepath.ToSlash(absolute)
	if !strings.HasPrefix(name, "/") {
		name = "/" + name // a drive letter
	}
	file := url.URL{Scheme: "file", OmitHost: true, Path: name, RawQuery: settings.Encode()}
	return sqlite.NewConnector(file.String())
}

// diagnoseSQLite reads SQLite's result code. Only of a broken unique
// constraint is the text read: it ends in SQLite's own names of the columns.
func diagnoseSQLite(err error) fault {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return fault{}
	}
	switch e.Code() {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
		return fault{kind: faultConstraint, constraint: sqliteColumns(e.Error())}
	case sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
		return fault{kind: faultForeignKey}
	}
	switch e.Code() & 0xff { // the rest says where, not what
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL:
		return fault{kind: faultBusy}
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM:
		return fault{kind: faultReadOnly}
	case sqlite3.SQLITE_CANTOPEN:
		return fault{kind: faultCannotOpen}
	case sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT:
		return fault{kind: faultCorrupt}
	case sqlite3.SQLITE_FULL:
		return fault{kind: faultFull}
	case sqlite3.SQLITE_IOERR:
		return fault{kind: faultDisk}
	}
	return fault{}
}

// sqliteColumns finds "devices.name" in
// "constraint failed: UNIQUE constraint failed: devices.name (2067)".
func sqliteColumns(message string) string {
	_, columns, _ := strings.Cut(message, "UNIQUE constraint failed: ")
	columns, _, _ = strings.Cut(columns, " (")
	return columns
}
