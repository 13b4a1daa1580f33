package store_test

import (
	"cmp"
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
	benchFleet = 50_000 // devices; beyond what SQLite's page cache holds
	benchRound = 4 * store.MaxGroup
)

// BenchmarkReceipts compares receipts, each durable when it returns, with the
// floor: the same statement on a copy of the same tables, in transactions of as
// many as the store's groups had. Both take turns, so that what else the machine
// does hits both alike. of-floor is what is left of the floor's rate.
//
// moved: the device has just installed another bundle. again: it states the same
// in a later hour. seen: it does so within the hour.
func BenchmarkReceipts(b *testing.B) {
	fleet := newBenchFleet(b)
	for _, kind := range []string{"moved", "again", "seen"} {
		for _, callers := range []int{64, store.MaxGroup} {
			b.Run(fmt.Sprintf("%s/callers=%d", kind, callers), func(b *testing.B) {
				ours, floor := fleet.open(b), fleet.openFloor(b)
				states := statements(fleet.receipts, kind)
				for b.Loop() {
					batch := states()
					ours.put(b, batch, callers)
					floor.put(b, batch, benchRound/ours.commitsLastRound())
				}
				b.ReportMetric(ours.perSecond(), "receipts/s")
				b.ReportMetric(floor.perSecond(), "floor/s")
				b.ReportMetric(ours.perSecond()/floor.perSecond(), "of-floor")
				b.ReportMetric(float64(ours.done)/float64(ours.commits.Load()), "per-commit")
			})
		}
	}
}

// benchFleet is an estate with a receipt of every device, to be copied.
type benchEstate struct {
	folder   string
	receipts []clm.Receipt
}

func newBenchFleet(b *testing.B) benchEstate {
	b.Helper()
	e := benchEstate{folder: b.TempDir()}
	db, err := store.Open(b.Context(), e.folder, store.Options{})
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
			e.receipts = append(e.receipts, r)
		}
		return errors.Join(errs...)
	})
	if err := errors.Join(err, db.Close()); err != nil {
		b.Fatal(err)
	}
	return e
}

func digestOf(n int) string { return fmt.Sprintf("%064x", n) }

// statements makes a round of receipts after the other, of devices in no order the
// database has.
func statements(receipts []clm.Receipt, kind string) func() []clm.Receipt {
	next, now := 0, then
	order := rand.New(rand.NewPCG(1, 2)).Perm(len(receipts)) //nolint:gosec // no secret
	return func() []clm.Receipt {
		batch := make([]clm.Receipt, benchRound)
		for i := range batch {
			r := receipts[order[next%len(order)]]
			pass := 1 + next/len(order)
			switch kind {
			case "moved":
				now = now.Add(time.Millisecond)
				r.Attest(digestOf(pass%2), "", now)
			case "again":
				r.Attest(r.Digest, "", then.Add(time.Duration(pass)*time.Hour))
			case "seen":
				r.Attest(r.Digest, "", then.Add(time.Duration(pass)*time.Second))
			}
			batch[i], next = r, next+1
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

// ours is the store.
type ours struct {
	rate
	db      *store.DB
	commits atomic.Int64
	before  int64 // commits, when the round began
}

func (e benchEstate) copied(b *testing.B) string {
	b.Helper()
	folder := b.TempDir()
	content, err := os.ReadFile(filepath.Join(e.folder, store.FileName))
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, store.FileName), content, 0o600)
	}
	if err != nil {
		b.Fatal(err)
	}
	return folder
}

func (e benchEstate) open(b *testing.B) *ours {
	b.Helper()
	o := &ours{}
	db, err := store.Open(b.Context(), e.copied(b), wired(wire{after: func(query string) error {
		if query == "COMMIT" {
			o.commits.Add(1)
		}
		return nil
	}}))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { db.Close() })
	o.db = db
	return o
}

// put records a round from so many goroutines.
func (o *ours) put(b *testing.B, batch []clm.Receipt, callers int) {
	b.Helper()
	o.before = o.commits.Load()
	var next atomic.Int64
	var all sync.WaitGroup
	defer o.add(len(batch), time.Now())
	for range callers {
		all.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(batch)); i = next.Add(1) - 1 {
				err := o.db.Update(context.Background(), func(tx *store.Tx) error { return tx.PutReceipt(batch[i]) })
				if err != nil {
					b.Error(err)
				}
			}
		})
	}
	all.Wait()
}

func (o *ours) commitsLastRound() int { return max(1, int(o.commits.Load()-o.before)) }

// floor is the statement alone.
type floorDB struct {
	rate
	db     *sql.DB
	upsert *sql.Stmt
}

func (e benchEstate) openFloor(b *testing.B) *floorDB {
	b.Helper()
	path := filepath.ToSlash(filepath.Join(e.copied(b), store.FileName))
	db, err := sql.Open("sqlite", "file:"+path+"?_txlock=immediate&_pragma=foreign_keys(on)&_pragma=journal_mode(wal)&_pragma=synchronous(full)")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { db.Close() })
	db.SetMaxOpenConns(1)
	upsert, err := db.Prepare(upsertStatement(b))
	if err != nil {
		b.Fatal(err)
	}
	return &floorDB{db: db, upsert: upsert}
}

// upsertStatement is overheard from the store.
func upsertStatement(b *testing.B) (statement string) {
	b.Helper()
	db, err := store.Open(b.Context(), b.TempDir(), wired(wire{after: func(query string) error {
		if strings.HasPrefix(query, "INSERT INTO receipts ") {
			statement = query
		}
		return nil
	}}))
	if err != nil {
		b.Fatal(err)
	}
	err = db.Update(b.Context(), func(tx *store.Tx) error {
		p := clm.CommunicationProfile{ID: clm.NewID(), Name: "fleet"}
		d := clm.Device{ID: clm.NewID(), Name: "device", ProfileID: p.ID}
		return cmp.Or(tx.InsertProfile(&p), tx.InsertDevice(&d), tx.PutReceipt(clm.Receipt{DeviceID: d.ID, ProfileID: p.ID}))
	})
	if err := errors.Join(err, db.Close()); err != nil {
		b.Fatal(err)
	}
	return statement
}

// put upserts a round in transactions of so many.
func (f *floorDB) put(b *testing.B, batch []clm.Receipt, size int) {
	b.Helper()
	documents := make([]string, len(batch))
	for i, r := range batch {
		document, err := json.Marshal(r)
		if err != nil {
			b.Fatal(err)
		}
		documents[i] = string(document)
	}
	defer f.add(len(batch), time.Now())
	for start := 0; start < len(batch); start += size {
		end := min(start+size, len(batch))
		if err := f.transact(batch[start:end], documents[start:end]); err != nil {
			b.Fatal(err)
		}
	}
}

func (f *floorDB) transact(batch []clm.Receipt, documents []string) error {
	tx, err := f.db.Begin()
	if err != nil {
		return err
	}
	upsert := tx.Stmt(f.upsert)
	for i, r := range batch {
		if _, err := upsert.Exec(r.DeviceID, r.DeviceName, r.ProfileID, r.Digest, r.Critical, r.Failure != "",
			clm.HourOf(r.LastSeen), r.LastSeen.UnixMicro(), r.ReceivedAt.UnixMicro(), documents[i]); err != nil {
			return errors.Join(err, tx.Rollback())
		}
	}
	return tx.Commit()
}
