package store

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/pressly/goose/v3"
)

//go:embed migrations/postgres/*.sql
var postgresMigrations embed.FS

// OpenPostgres opens the estate in a schema of a PostgreSQL database, making or
// migrating it where needed. The schema is the URL's search_path, "public" where
// it has none.
func OpenPostgres(ctx context.Context, databaseURL string, o Options) (*DB, error) {
	place, err := parsePostgres(databaseURL)
	if err != nil {
		return nil, err
	}
	d := postgresDialect(place)
	o = o.orDefaults(d)
	place.patience, place.wire = o.Patience, o.wire
	d.begin = place.begin()
	db := &DB{path: place.name(), patience: o.Patience, options: o, dialect: d}
	return db.open(ctx)
}

func postgresMigrationFiles() fs.FS { return subtree(postgresMigrations, "migrations/postgres") }

func postgresDialect(p *postgres) *dialect {
	return &dialect{
		goose:      goose.DialectPostgres,
		migrations: postgresMigrationFiles,
		rebind:     numbered,
		argument:   acceptable,
		write:      writeBetweenSavepoints,
		tables: "SELECT COUNT(CASE WHEN tablename = 'goose_db_version' THEN 1 END), COUNT(*)" +
			" FROM pg_catalog.pg_tables WHERE schemaname = current_schema()",
		beginView:   "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT", // the snapshot is that of the first query
		commit:      "SELECT; COMMIT",                                          // COMMIT alone says yes to a transaction that failed, and undoes it
		blocks:      true,
		beside:      p.beside,
		pools:       p.pools,
		settle:      func(*session) error { return nil },
		absent:      func(*DB) error { return errStale },
		foreign:     "name a schema of its own in the URL, as in ?search_path=clm",
		migrate:     p.migrate,
		diagnose:    diagnosePostgres,
		unavailable: p.unavailable,
	}
}

// longestWait is how long a writer stands in PostgreSQL's own queue, which is
// fair, before it looks whether anybody still waits for it.
const longestWait = time.Second

// begin takes the estate's lock with the transaction, in one round trip. As
// writers take turns, a statement need only see what was committed before it:
// a snapshot of the whole transaction would be older than the lock.
func (p *postgres) begin() string {
	return fmt.Sprintf("BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL lock_timeout = %d; SELECT pg_advisory_xact_lock(%d);"+
		" SET LOCAL lock_timeout = %d", milliseconds(min(p.patience, longestWait)), p.lockKey(), milliseconds(p.patience))
}

// milliseconds is never 0, which would be no limit.
func milliseconds(d time.Duration) int64 { return max(d.Milliseconds(), 1) }

// numbered writes $1, $2, … for the question marks of a query.
func numbered(query string) string {
	parts := strings.Split(query, "?")
	var b strings.Builder
	for i, part := range parts[:len(parts)-1] {
		fmt.Fprintf(&b, "%s$%d", part, i+1)
	}
	return b.String() + parts[len(parts)-1]
}

// acceptable replaces what PostgreSQL takes in no text. Documents are JSON, which
// has neither, so only what a request looks for may be changed by it, and that is
// found as little as before.
func acceptable(value any) any {
	text, ok := value.(string)
	if !ok || utf8.ValidString(text) && !strings.Contains(text, "\x00") {
		return value
	}
	return strings.ReplaceAll(validUTF8(text), "\x00", "\uFFFD")
}
