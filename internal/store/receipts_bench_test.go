package store_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/store"
)

const (
	benchFleet = 50_000 // receipts; more than a page cache holds
	benchRound = 4 * store.MaxGroup
)

// whole is a receipt put into its table, whatever is there.
const whole = "INSERT INTO receipts (device_id, device_name, profile_id, digest, critical, failed, hour, last_seen, received_at, document)" +
	" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (device_id) DO UPDATE SET device_name = excluded.device_name," +
	" profile_id = excluded.profile_id, digest = excluded.digest, critical = excluded.critical, failed = excluded.failed," +
	" hour = excluded.hour, last_seen = excluded.last_seen, received_at = excluded.received_at, document = excluded.document"

// BenchmarkReceipts compares receipts of many devices at once, each durable when it
// returns, with two floors on copies of the same tables, in transactions of as many
// as the store's groups had: the upsert of the whole row (of-floor), and no more than
// the statement that the store runs on the row (of-statement). All take turns, so
// that what else the machine does hits them alike.
//
// moved: the device has just installed another bundle. again: it states the same in a
// later hour. seen: it does so within the hour.
func BenchmarkReceipts(b *testing.B) {
	estate, receipts := newBenchEstate(b)
	for _, kind := range []string{"moved", "again", "seen"} {
		for _, callers := range []int{64, store.MaxGroup} {
			b.Run(fmt.Sprintf("%s/callers=%d", kind, callers), func(b *testing.B) {
				ours := openCounted(b, estate)
				floor, statement := openFloor(b, estate), openFloor(b, estate)
				states := statements(receipts, kind)
				for b.Loop() {
					for range 5 { // one turn says little
						batch := states()
						size := benchRound / ours.put(b, batch, callers)
						floor.put(b, whole, batch, size)
						statement.put(b, ours.statement, batch, size)
					}
				}
				b.ReportMetric(ours.perSecond(), "receipts/s")
				b.ReportMetric(ours.perSecond()/floor.perSecond(), "of-floor")
				b.ReportMetric(ours.perSecond()/statement.perSecond(), "of-statement")
				b.ReportMetric(float64(ours.done)/float64(ours.commits), "per-commit")
				b.ReportMetric(0, "ns/op") // of a round: it says nothing
			})
		}
	}
}

// newBenchEstate is the folder of an estate with the receipts of a fleet.
func newBenchEstate(b *testing.B) (folder string, receipts []clm.Receipt) {
	b.Helper()
	folder = b.TempDir()
	db, err := store.Open(b.Context(), folder, store.Options{})
	if err != nil {
		b.Fatal(err)
	}
	err = db.Update(b.Context(), func(tx *store.Tx) error {
		p := clm.CommunicationProfile{ID: clm.NewID(), Name: "fleet", CreatedAt: then}
		errs := []error{tx.InsertProfile(&p)}
		for i := range benchFleet {
			d := clm.Device{ID: clm.NewID(), Name: fmt.Sprintf("device-%06d", i), ProfileID: p.ID, CreatedAt: then}
			r := clm.Receipt{DeviceID: d.ID, DeviceName: d.Name, ProfileID: p.ID, Critical: i%50 == 0, Digest: digestOf(0), ReceivedAt: then, LastSeen: then}
			errs = append(errs, tx.InsertDevice(&d), tx.PutReceipt(r))
			receipts = append(receipts, r)
		}
		return errors.Join(errs...)
	})
	if err := errors.Join(err, db.Close()); err != nil {
		b.Fatal(err)
	}
	return folder, receipts
}

func digestOf(n int) string { return fmt.Sprintf("%064x", n) }

// statements makes one round of receipts after the other, of devices in no order the
// database has.
func statements(receipts []clm.Receipt, kind string) func() []clm.Receipt {
	next := 0
	order := rand.New(rand.NewPCG(1, 2)).Perm(len(receipts))
	return func() []clm.Receipt {
		batch := make([]clm.Receipt, benchRound)
		for i := range batch {
			pass := 1 + next/len(order)
			batch[i] = receipts[order[next%len(order)]]
			switch kind {
			case "moved":
				batch[i].Attest(digestOf(pass%2), "", then.Add(time.Duration(next)*time.Millisecond))
			case "again":
				batch[i].Attest(batch[i].Digest, "", then.Add(time.Duration(pass)*time.Hour))
			case "seen":
				batch[i].Attest(batch[i].Digest, "", then.Add(time.Duration(pass)*time.Second))
			}
			next++
		}
		return batch
	}
}

// rate is how many were done in which time.
type rate struct {
	done  int
	spent time.Duration
}

func (r *rate) add(n int, start time.Time) { r.done, r.spent = r.done+n, r.spent+time.Since(start) }

func (r *rate) perSecond() float64 { return float64(r.done) / r.spent.Seconds() }

// counted is the store, with an ear on what it does.
type counted struct {
	rate
	db        *store.DB
	commits   int
	statement string // that it ran on a receipt
}

func openCounted(b *testing.B, estate string) *counted {
	b.Helper()
	c := &counted{}
	db, err := store.Open(b.Context(), copied(b, estate), wired(wire{after: func(query string) error {
		switch {
		case query == "COMMIT":
			c.commits++ // there is one writer
		case strings.Contains(query, " receipts "):
			c.statement = query
		}
		return nil
	}}))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { db.Close() })
	c.db = db
	return c
}

func copied(b *testing.B, estate string) string {
	b.Helper()
	folder := b.TempDir()
	content, err := os.ReadFile(filepath.Join(estate, store.FileName))
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, store.FileName), content, 0o600)
	}
	if err != nil {
		b.Fatal(err)
	}
	return folder
}

// put records a round and tells in how many commits.
func (c *counted) put(b *testing.B, batch []clm.Receipt, callers int) int {
	b.Helper()
	before := c.commits
	var next atomic.Int64
	var all sync.WaitGroup
	start := time.Now()
	for range callers {
		all.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(batch)); i = next.Add(1) - 1 {
				if err := c.db.Update(context.Background(), func(tx *store.Tx) error { return tx.PutReceipt(batch[i]) }); err != nil {
					b.Error(err)
				}
			}
		})
	}
	all.Wait()
	c.add(len(batch), start)
	return c.commits - before
}

// floorDB is the same tables without the store.
type floorDB struct {
	rate
	db       *sql.DB
	prepared *sql.Stmt
}

func openFloor(b *testing.B, estate string) *floorDB {
	b.Helper()
	path := filepath.ToSlash(filepath.Join(copied(b, estate), store.FileName))
	db, err := sql.Open("sqlite", "file:"+path+"?_txlock=immediate&_pragma=foreign_keys(on)&_pragma=journal_mode(wal)&_pragma=synchronous(full)")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { db.Close() })
	db.SetMaxOpenConns(1)
	return &floorDB{db: db}
}

// put runs a statement for a round, in transactions of so many.
func (f *floorDB) put(b *testing.B, statement string, batch []clm.Receipt, size int) {
	b.Helper()
	if f.prepared == nil {
		var err error
		if f.prepared, err = f.db.Prepare(statement); err != nil {
			b.Fatal(err)
		}
	}
	values := make([][]any, len(batch))
	for i, r := range batch {
		values[i] = valuesOf(b, statement, r)
	}
	start := time.Now()
	for from := 0; from < len(values); from += size {
		if err := f.transact(values[from:min(from+size, len(values))]); err != nil {
			b.Fatal(err)
		}
	}
	f.add(len(batch), start)
}

func (f *floorDB) transact(values [][]any) error {
	tx, err := f.db.Begin()
	if err != nil {
		return err
	}
	statement := tx.Stmt(f.prepared)
	for _, args := range values {
		if _, err := statement.Exec(args...); err != nil {
			return errors.Join(err, tx.Rollback())
		}
	}
	return tx.Commit()
}

// valuesOf are the values of a receipt, of as many columns as a statement names.
func valuesOf(b *testing.B, statement string, r clm.Receipt) []any {
	b.Helper()
	document, err := json.Marshal(r)
	if err != nil {
		b.Fatal(err)
	}
	hour, seen, received := clm.HourOf(r.LastSeen), r.LastSeen.UnixMicro(), r.ReceivedAt.UnixMicro()
	switch strings.Count(statement, "?") {
	case 3:
		return []any{seen, string(document), r.DeviceID}
	case 4:
		return []any{hour, seen, string(document), r.DeviceID}
	case 7:
		return []any{r.Digest, false, hour, seen, received, string(document), r.DeviceID}
	}
	return []any{r.DeviceID, r.DeviceName, r.ProfileID, r.Digest, r.Critical, false, hour, seen, received, string(document)}
}
