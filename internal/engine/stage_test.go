package engine_test

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/engine"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/seal"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/store"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/target"
)

var alice = clm.Principal{Name: "test:alice", Role: clm.RoleAdministrator, RequestID: "request-1"}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// stage is an engine on a real store, a real seal and real device folders, with
// a clock that stands still and outside parties that fail on demand.
type stage struct {
	*engine.Engine
	t        testing.TB
	folder   string
	clock    *clmtest.Clock
	store    *brittleStore
	deployer *clmtest.Deployer
	issuer   *brittleIssuer
	watcher  *watcher
}

// watcher is a server that serves what it should, or says otherwise.
type watcher struct {
	wrong string        // why not
	sees  *clm.Sighting // what is seen in place of that
	looks int
}

func (w *watcher) Watch(ctx context.Context, v clm.Verification, expected clm.Version) []clm.Sighting {
	w.looks++
	return w.Look(ctx, v, expected)
}

func (w *watcher) Look(_ context.Context, v clm.Verification, expected clm.Version) (all []clm.Sighting) {
	for _, address := range v.Addresses {
		s := clm.Sighting{Address: address, Status: clm.InSync, FingerprintSHA256: expected.FingerprintSHA256}
		if w.sees != nil {
			s = *w.sees
		} else if w.wrong != "" {
			s.Status, s.Reason, s.Detail = clm.OutOfSync, clm.ReasonPreviousCertificate, w.wrong
		}
		all = append(all, s)
	}
	return all
}

func newStage(t testing.TB) *stage {
	t.Helper()
	return openStage(t, t.TempDir(), clmtest.NewClock())
}

// openStage opens the estate in a folder, as the next process would.
func openStage(t testing.TB, folder string, clock *clmtest.Clock) *stage {
	t.Helper()
	db, err := store.Open(t.Context(), filepath.Join(folder, "estate"), store.Options{Now: clock.Now})
	must(t, err)
	t.Cleanup(func() { db.Close() })
	sealer, err := seal.CreateKeyFile(filepath.Join(folder, "estate.key"))
	must(t, err)
	s := &stage{
		t: t, folder: folder, clock: clock,
		store:    &brittleStore{Store: adapted{db}},
		deployer: &clmtest.Deployer{Deployer: target.New()},
		issuer:   &brittleIssuer{}, watcher: &watcher{},
	}
	s.Engine = engine.New(engine.Ports{Store: s.store, Sealer: sealer, Issuer: s.issuer, Deployer: s.deployer, Prober: s.watcher, Clock: clock})
	return s
}

// adapted is the store as the engine sees it.
type adapted struct{ *store.DB }

func (a adapted) View(ctx context.Context, fn func(engine.Tx) error) error {
	return a.DB.View(ctx, func(tx *store.Tx) error { return fn(tx) })
}

func (a adapted) Update(ctx context.Context, fn func(engine.Tx) error) error {
	return a.DB.Update(ctx, func(tx *store.Tx) error { return fn(tx) })
}

// brittleStore fails one update, before or after its commit, and perhaps all
// that come later: a process that died writes nothing more.
type brittleStore struct {
	engine.Store

	mu      sync.Mutex
	updates int
	failAt  int // the number of the update that fails, 0 for none
	applied bool
	dies    bool
}

var errStore = clm.Errorf(clm.KindUnavailable, "the disk is gone")

// failNext makes the n-th update from now fail.
func (b *brittleStore) failNext(n int, applied, dies bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.updates, b.failAt, b.applied, b.dies = 0, n, applied, dies
}

// count is how many updates there were since failNext.
func (b *brittleStore) count() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.updates
}

func (b *brittleStore) Update(ctx context.Context, fn func(engine.Tx) error) error {
	b.mu.Lock()
	b.updates++
	fails, applied := b.updates == b.failAt, b.applied
	dead := b.dies && b.failAt > 0 && b.updates > b.failAt
	b.mu.Unlock()
	if dead || fails && !applied {
		return errStore
	}
	err := b.Store.Update(ctx, fn)
	if fails && err == nil {
		return errStore
	}
	return err
}

// View fails too once the process is dead.
func (b *brittleStore) View(ctx context.Context, fn func(engine.Tx) error) error {
	b.mu.Lock()
	dead := b.dies && b.failAt > 0 && b.updates >= b.failAt
	b.mu.Unlock()
	if dead {
		return errStore
	}
	return b.Store.View(ctx, fn)
}

// device makes a managed device with a folder of its own.
func (s *stage) device(name string) clm.Device {
	s.t.Helper()
	d, err := s.CreateDevice(s.t.Context(), alice, s.deviceInput(name))
	must(s.t, err)
	return d
}

func (s *stage) deviceInput(name string) clm.Device {
	s.t.Helper()
	must(s.t, os.MkdirAll(s.path(name), 0o755))
	return clm.Device{Name: name, CertSync: clm.SyncManaged, Local: &clm.Local{RootDirectory: s.path(name)}}
}

// path is a path in the stage's devices.
func (s *stage) path(elem ...string) string {
	return filepath.Join(append([]string{s.folder, "devices"}, elem...)...)
}

func (s *stage) root(name string) clm.RootCertificate {
	s.t.Helper()
	r, err := s.CreateRoot(s.t.Context(), alice, rootInput(name))
	must(s.t, err)
	return r
}

func rootInput(name string) engine.RootWish {
	return engine.RootWish{RootInput: engine.RootInput{Name: name, Source: clm.RootSource{Kind: clm.SourceSelfSigned, SelfSigned: &clm.SelfSigned{
		Subject: clm.Subject{CommonName: name}, Key: clm.KeySpec{Algorithm: "ECDSA", Curve: "P256"}, ValidityPeriodHours: 8760,
	}}}}
}

// called is a wish that brings no certificate.
func called(name string) engine.RootWish {
	return engine.RootWish{RootInput: engine.RootInput{Name: name}}
}

func (s *stage) certificate(name string, root clm.RootCertificate) clm.CertificateRow {
	s.t.Helper()
	out, err := s.CreateCertificate(s.t.Context(), alice, name, spec(name, root))
	must(s.t, err)
	return out.Row
}

func spec(name string, root clm.RootCertificate) clm.CertificateSpec {
	return clm.CertificateSpec{
		Identity: clm.Identity{
			IssuerID: root.ID, Subject: clm.Subject{CommonName: name + ".example.com"}, Names: clm.Names{DNS: []string{name + ".example.com"}},
			Key: clm.KeySpec{Algorithm: "ECDSA", Curve: "P256"},
		},
		ValidityPeriodHours: 720, EarlyRenewalHours: 240,
	}
}

func (s *stage) connector(name string, c clm.CertificateRow, d clm.Device) {
	s.t.Helper()
	out, err := s.CreateConnector(s.t.Context(), alice, connectorInput(name, c, d))
	must(s.t, err)
	must(s.t, out.Push.Err)
}

func connectorInput(name string, c clm.CertificateRow, d clm.Device) clm.Connector {
	return clm.Connector{
		Name: name, CertificateID: c.Certificate.ID, DeviceID: d.ID, RemoveOnDestroy: true,
		FileSystem: clm.FileSystem{Format: clm.FormatPEM, Directory: "etc/" + name, CertificateFile: "tls.crt", KeyFile: "tls.key", ChainFile: "chain.crt"},
	}
}

// renew changes the renewal trigger, which is what asks for a renewal.
func (s *stage) renew(ref, trigger string) (engine.CertificateWrite, error) {
	row, err := s.Certificate(s.t.Context(), ref)
	if err != nil {
		return engine.CertificateWrite{}, err
	}
	wish := row.Certificate.Spec
	wish.RenewalTrigger = trigger
	return s.UpdateCertificate(s.t.Context(), alice, row.Certificate.ID, row.Certificate.Name, wish)
}

func (s *stage) trail() []clm.AuditEvent {
	s.t.Helper()
	events, err := s.Audit(context.WithoutCancel(s.t.Context()), 0, 0)
	must(s.t, err)
	return events
}

// checkTrail holds that the audit trail of the story is unbroken and that every
// row says who it was.
func (s *stage) checkTrail() {
	s.t.Helper()
	events := s.trail()
	must(s.t, clm.CheckAuditChain(events))
	for _, e := range events {
		if e.Principal == "" || e.Action == "" || e.SubjectID == "" {
			s.t.Errorf("audit row %d says too little: %+v", e.Sequence, e)
		}
	}
}

func (s *stage) versions(certificateID string) (all []clm.Version) {
	s.t.Helper()
	must(s.t, s.store.Store.View(s.t.Context(), func(tx engine.Tx) (err error) {
		all, err = tx.Versions(certificateID)
		return err
	}))
	return all
}

func (s *stage) keys() (ids []string) {
	s.t.Helper()
	must(s.t, s.store.Store.View(s.t.Context(), func(tx engine.Tx) error {
		keys, err := tx.Keys(clm.Page{})
		for _, k := range keys {
			ids = append(ids, k.ID)
		}
		return err
	}))
	return ids
}

func (s *stage) sync(ref string) clm.Sync {
	s.t.Helper()
	seen, err := s.ObserveConnector(s.t.Context(), ref)
	must(s.t, err)
	return seen.Sync
}

// mustBe holds an error to its kind, field and text.
func mustBe(t testing.TB, err error, kind clm.Kind, field, text string) {
	t.Helper()
	if err == nil || clm.KindOf(err) != kind || err.Error() != text || fieldOf(err) != field {
		t.Errorf("got  %s, field %q: %v\nwant %s, field %q: %s", clm.KindOf(err), fieldOf(err), err, kind, field, text)
	}
}

func rfc(t time.Time) string { return t.UTC().Format(time.RFC3339) }
