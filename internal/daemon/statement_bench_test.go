package daemon_test

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/backend"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/store"
)

// readers is how many connections the floor reads by: as many as the store.
const readers = 4

// bare is the estate's database without the store, and rows in it that the server is
// not asked about meanwhile.
type bare struct {
	*sql.DB
	rebind  func(query string) string // ?1 into the database's own placeholders
	devices []string                  // ids
	digests [2]string
	turns   int
}

func openBare(b *testing.B, c backend.Config) *bare {
	b.Helper()
	d := &bare{rebind: func(query string) string { return query }}
	driver, address := "sqlite", "file:"+filepath.ToSlash(filepath.Join(c.DataDir, store.FileName))+
		"?_txlock=immediate&_pragma=busy_timeout(60000)&_pragma=journal_mode(wal)&_pragma=synchronous(full)"
	if c.DatabaseURL != "" {
		driver, address = "pgx", c.DatabaseURL
		d.rebind = func(query string) string { return strings.ReplaceAll(query, "?", "$") }
	}
	var err error
	d.DB, err = sql.Open(driver, address)
	must(b, err)
	d.SetMaxOpenConns(readers)
	d.SetMaxIdleConns(readers)
	b.Cleanup(func() { must(b, d.Close()) })
	return d
}

// read finds what each device stated last.
func (d *bare) read(ctx context.Context) (int, error) {
	var document string
	query := d.rebind("SELECT document FROM receipts WHERE device_id = ?1")
	for _, id := range d.devices {
		if err := d.QueryRowContext(ctx, query, id).Scan(&document); err != nil {
			return 0, err
		}
	}
	return len(d.devices), nil
}

// write has each device state the other bundle, all in one commit.
func (d *bare) write(ctx context.Context) (int, error) {
	d.turns++
	tx, err := d.BeginTx(ctx, nil)
	if err != nil {
		return 0, err
	}
	statement, err := tx.PrepareContext(ctx, d.rebind("UPDATE receipts SET digest = ?1, failed = FALSE, hour = hour + 1,"+
		" last_seen = last_seen + 1, received_at = received_at + 1, document = document || '' WHERE device_id = ?2"))
	if err != nil {
		return 0, errors.Join(err, tx.Rollback())
	}
	for _, id := range d.devices {
		if _, err := statement.ExecContext(ctx, d.digests[d.turns%2], id); err != nil {
			return 0, errors.Join(err, tx.Rollback())
		}
	}
	return len(d.devices), tx.Commit()
}
