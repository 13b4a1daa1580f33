package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/store"
)

// BenchmarkOpen is what every start of a provider costs: opening, one view and
// closing an estate that is up to date.
func BenchmarkOpen(b *testing.B) {
	folder := b.TempDir()
	for b.Loop() {
		openViewClose(b, folder)
	}
}

// BenchmarkCreate is the same for an estate that is not there yet.
func BenchmarkCreate(b *testing.B) {
	folder := b.TempDir()
	for i := 0; b.Loop(); i++ {
		openViewClose(b, filepath.Join(folder, fmt.Sprint(i)))
	}
}

func openViewClose(b *testing.B, folder string) {
	b.Helper()
	db, err := store.Open(b.Context(), folder, store.Options{})
	if err != nil {
		b.Fatal(err)
	}
	err = db.View(b.Context(), func(tx *store.Tx) error {
		_, err := tx.Setting("step")
		return err
	})
	if err := errors.Join(err, db.Close()); err != nil {
		b.Fatal(err)
	}
}

// floor is how long one durable insert of a kilobyte takes with the same
// settings and nothing of ours.
func floor(b *testing.B) time.Duration {
	b.Helper()
	path := filepath.ToSlash(filepath.Join(b.TempDir(), "floor.db"))
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=journal_mode(wal)&_pragma=synchronous(full)")
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	rawExec(b, db, "CREATE TABLE t (id TEXT NOT NULL PRIMARY KEY, document TEXT NOT NULL)")
	insert, err := db.Prepare("INSERT INTO t (id, document) VALUES (?, ?)")
	if err != nil {
		b.Fatal(err)
	}
	defer insert.Close()
	document := make([]byte, 1000)
	const rounds = 300
	start := time.Now()
	for i := range rounds {
		if _, err := insert.Exec(fmt.Sprintf("%036d", i), document); err != nil {
			b.Fatal(err)
		}
	}
	return time.Since(start) / rounds
}

// written is an update as a use case does it: a row and its audit row.
func written(db *store.DB, n int64) error {
	return db.Update(context.Background(), func(tx *store.Tx) error {
		d := clm.Device{
			ID: clm.NewID(), Name: fmt.Sprintf("device-%d", n), CertSync: clm.SyncManaged,
			Local: &clm.Local{RootDirectory: fmt.Sprintf("/srv/device-%d", n)}, CreatedAt: then, UpdatedAt: then,
		}
		event := clm.AuditEvent{At: then, Principal: "local:bench", Action: "device.create", Noun: clm.NounDevice, SubjectID: d.ID, Subject: d.Name}
		return errors.Join(tx.InsertDevice(&d), tx.AppendAudit(&event))
	})
}

// BenchmarkUpdate compares updates, one after the other and many at once, with
// the floor: times_floor is how many bare durable inserts one update costs.
func BenchmarkUpdate(b *testing.B) {
	for _, writers := range []int{1, 8, 64, 256} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) {
			least := floor(b)
			db, err := store.Open(b.Context(), b.TempDir(), store.Options{})
			if err != nil {
				b.Fatal(err)
			}
			defer db.Close()
			var next atomic.Int64
			b.ResetTimer()
			var all sync.WaitGroup
			for range writers {
				all.Go(func() {
					for n := next.Add(1); n <= int64(b.N); n = next.Add(1) {
						if err := written(db, n); err != nil {
							b.Error(err)
						}
					}
				})
			}
			all.Wait()
			each := b.Elapsed() / time.Duration(b.N)
			b.ReportMetric(float64(each)/float64(least), "times_floor")
			b.ReportMetric(float64(time.Second)/float64(each), "updates/s")
		})
	}
}
