package store_test

import (
	"database/sql"
	"errors"
	"io/fs"
	"testing"

	"github.com/google/go-cmp/cmp"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/postgres"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/store"
)

// rawPostgres opens a schema without the store.
func rawPostgres(t testing.TB, url string) *sql.DB {
	t.Helper()
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { db.Close() })
	return db
}

// rows are those of a query, as text.
func rows(t *testing.T, db *sql.DB, query string) []string {
	t.Helper()
	found, err := db.Query(query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer found.Close()
	var all []string
	for found.Next() {
		var row string
		succeeds(t)(found.Scan(&row))
		all = append(all, row)
	}
	succeeds(t)(found.Err())
	return all
}

// TestTheDatabasesAreAlike: every migration is there for both, and makes the same
// tables, columns, unique constraints, references and indexes.
func TestTheDatabasesAreAlike(t *testing.T) {
	t.Parallel()
	names := func(files fs.FS) []string {
		all, err := fs.Glob(files, "*.sql")
		succeeds(t)(err)
		return all
	}
	if diff := cmp.Diff(names(store.Migrations()), names(store.PostgresMigrations())); diff != "" {
		t.Errorf("the migrations differ (-SQLite +PostgreSQL):\n%s", diff)
	}
	folder, url := t.TempDir(), postgres.URL(t)
	open(t, folder)
	openPostgres(t, url, store.Options{})
	file, server := raw(t, folder), rawPostgres(t, url)
	for what, query := range alike {
		want, got := rows(t, file, query[0]), rows(t, server, query[1])
		if diff := cmp.Diff(want, got); diff != "" || len(want) < 10 {
			t.Errorf("%s differ (-SQLite +PostgreSQL):\n%s", what, diff)
		}
	}
}

const ofOurs = " AND m.name <> 'goose_db_version' AND m.name NOT LIKE 'sqlite_%'"

// alike are the queries that have to find the same in both.
var alike = map[string][2]string{
	"the columns": {
		"SELECT m.name || '.' || c.name || ' ' || CASE c.type WHEN 'BLOB' THEN 'bytea' ELSE lower(c.type) END || CASE c.\"notnull\" WHEN 1 THEN ' not null' ELSE '' END AS line" +
			" FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table'" + ofOurs + " ORDER BY line",
		"SELECT table_name || '.' || column_name || ' ' || data_type || CASE is_nullable WHEN 'NO' THEN ' not null' ELSE '' END COLLATE \"C\" AS line" +
			" FROM information_schema.columns WHERE table_schema = current_schema() AND table_name <> 'goose_db_version' ORDER BY line",
	},
	"the unique columns": {
		"SELECT m.name || ': ' || (SELECT group_concat(c.name, ',') FROM pragma_index_info(i.name) c) AS line" +
			" FROM sqlite_master m JOIN pragma_index_list(m.name) i WHERE m.type = 'table' AND i.\"unique\"" + ofOurs + " ORDER BY line",
		"SELECT replace(regexp_replace(conname, '__', ': '), '__', ',') COLLATE \"C\" AS line FROM pg_constraint" +
			" WHERE connamespace = current_schema()::regnamespace AND contype IN ('p', 'u') AND conname NOT LIKE 'goose%' ORDER BY line",
	},
	"the references": {
		"SELECT m.name || '.' || f.\"from\" || ' ' || f.\"table\" || CASE f.on_delete WHEN 'CASCADE' THEN ' c' ELSE ' a' END AS line" +
			" FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) f WHERE m.type = 'table' ORDER BY line",
		"SELECT c.conrelid::regclass || '.' || a.attname || ' ' || c.confrelid::regclass || ' ' || c.confdeltype::text COLLATE \"C\" AS line FROM pg_constraint c" +
			" JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]" +
			" WHERE c.connamespace = current_schema()::regnamespace AND c.contype = 'f' ORDER BY line",
	},
	"the indexes": {
		"SELECT m.name || ': ' || (SELECT group_concat(c.name, ', ') FROM pragma_index_info(m.name) c) AS line" +
			" FROM sqlite_master m WHERE m.type = 'index' AND m.sql IS NOT NULL ORDER BY line",
		"SELECT indexname || ': ' || substring(indexdef FROM '\\(([^)]*)\\)') COLLATE \"C\" AS line FROM pg_indexes" +
			" WHERE schemaname = current_schema() AND indexname NOT LIKE '%\\_\\_%' AND indexname NOT LIKE 'goose%' ORDER BY line",
	},
}

// TestTextThatPostgresTakesInNoColumn is kept in documents all the same, and
// found as little as on SQLite.
func TestTextThatPostgresTakesInNoColumn(t *testing.T) {
	t.Parallel()
	const odd = "nul \x00, no UTF-8 \xff, é"
	db := openPostgres(t, postgres.URL(t), store.Options{})
	event := clm.AuditEvent{At: then, Action: "odd", Subject: odd, Details: map[string]string{odd: odd}}
	succeeds(t)(db.Update(t.Context(), func(tx *store.Tx) error {
		if _, err := tx.Device(odd); clm.KindOf(err) != clm.KindNotFound {
			t.Errorf("error is %v, want that there is no such device", err)
		}
		return errors.Join(tx.PutReplay(clm.Replay{Key: odd, SubjectID: "subject", At: then}), tx.AppendAudit(&event))
	}))
	succeeds(t)(db.View(t.Context(), func(tx *store.Tx) error {
		events, err := tx.Audit(0, 0)
		if diff := cmp.Diff([]clm.AuditEvent{event}, events); diff != "" {
			t.Errorf("the trail differs (-want +got):\n%s", diff)
		}
		replay, err2 := tx.Replay(odd)
		if replay.SubjectID != "subject" {
			t.Errorf("the replay is %+v", replay)
		}
		return errors.Join(err, err2, clm.CheckAuditChain(events))
	}))
}
