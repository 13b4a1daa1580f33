package store

import (
	"context"
	"database/sql"
	"io/fs"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/pressly/goose/v3"
)

// dialect is what differs between databases.
type dialect struct {
	goose      goose.Dialect
	migrations func() fs.FS

	rebind   func(query string) string // ? into the database's own placeholders
	argument func(value any) any       // what the database would refuse, made acceptable
	// write runs a statement in a transaction that stays usable when the
	// statement breaks a constraint.
	write func(s *session, query string, args ...any) (int64, error)

	tables    string // counts goose's table, and the tables there are, at one moment
	begin     string // a transaction that may write, once the estate's lock is had
	beginView string
	snapshot  string // reads once, which fixes what the rest of a view sees; "" where beginView does
	commit    string
	blocks    bool // a begin that failed leaves a transaction behind

	beside      func(context.Context) (*pgxpool.Pool, error)       // nil where nothing lives beside an estate
	pools       func(db *DB) (writing, reading *sql.DB, err error) // errStale when there is nothing to connect to
	settle      func(s *session) error                             // sets what a database keeps for good
	absent      func(db *DB) error                                 // what it means that there is no table at all
	foreign     string                                             // what to do about another program's tables
	migrate     func(db *DB, ctx context.Context) error
	diagnose    func(error) fault
	unavailable func(db *DB, kind faultKind, cause error) error
}

func subtree(files fs.FS, dir string) fs.FS {
	sub, err := fs.Sub(files, dir)
	if err != nil {
		panic(err) // dir is a constant of ours
	}
	return sub
}
