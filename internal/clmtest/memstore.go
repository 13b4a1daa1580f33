package clmtest

import (
	"context"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/engine"
)

// MemoryEstate is an estate in memory. The zero value is an empty one. What is
// stored is never changed, only replaced: a snapshot costs nothing, however large
// the estate is, and going back to one costs nothing either.
type MemoryEstate struct {
	writing sync.Mutex // one update at a time
	state   atomic.Pointer[memoryState]
}

// memoryState is everything an estate holds. Its slices, and what they lead to,
// are shared between states and never written to.
type memoryState struct {
	roots        []*clm.RootCertificate // by name, as all that have one
	devices      []*clm.Device
	certificates []*clm.Certificate
	connectors   []*clm.Connector
	profiles     []*clm.CommunicationProfile
	gateways     []*clm.InternetGateway
	credentials  []*clm.Credential
	policies     []*clm.ApprovalPolicy
	workOrders   []*clm.WorkOrder
	tokens       []*clm.AccessToken
	agents       []*clm.Agent
	enrolments   []*clm.EnrolmentToken
	steps        []*clm.Step
	versions     []*clm.Version
	revocations  []*revoked // by serial number
	lists        []*clm.RevocationList
	bundles      []*clm.Bundle
	receipts     []*clm.Receipt
	arrivals     []*arrival
	keys         []*clm.PrivateKey // by id
	settings     map[string]string
	replays      map[string]clm.Replay
	trail        *auditRow // the last one
}

// MemorySnapshot is an estate at one moment.
type MemorySnapshot struct{ state *memoryState }

// Snapshot is the estate as it is now.
func (e *MemoryEstate) Snapshot() MemorySnapshot { return MemorySnapshot{e.now()} }

// Restore makes the estate what it was.
func (e *MemoryEstate) Restore(s MemorySnapshot) { e.state.Store(s.state) }

func (e *MemoryEstate) now() *memoryState {
	if state := e.state.Load(); state != nil {
		return state
	}
	return &memoryState{}
}

// Open opens the estate, as many times as there are processes.
func (e *MemoryEstate) Open() *MemoryStore { return &MemoryStore{estate: e} }

// MemoryStore is engine.Store on an estate in memory. It holds to the contract of
// that in everything but durability: an estate lives as long as its process.
type MemoryStore struct {
	estate *MemoryEstate
	closed atomic.Bool
}

// View implements engine.Store.
func (s *MemoryStore) View(ctx context.Context, fn func(engine.Tx) error) error {
	if err := s.refuses(ctx); err != nil {
		return err
	}
	return s.estate.Snapshot().View(fn)
}

// View reads the estate as it was.
func (s MemorySnapshot) View(fn func(engine.Tx) error) error {
	return fn(&memoryTx{memoryState: *s.state, readOnly: true})
}

// Update implements engine.Store. An update that wrote nothing leaves the estate
// the very same.
func (s *MemoryStore) Update(ctx context.Context, fn func(engine.Tx) error) error {
	if err := s.refuses(ctx); err != nil {
		return err
	}
	s.estate.writing.Lock()
	defer s.estate.writing.Unlock()
	tx := &memoryTx{memoryState: *s.estate.now()}
	if err := fn(tx); err != nil || !tx.written {
		return err
	}
	s.estate.state.Store(&tx.memoryState)
	return nil
}

func (s *MemoryStore) refuses(ctx context.Context) error {
	if s.closed.Load() {
		return clm.Errorf(clm.KindUnavailable, "the estate in memory was closed")
	}
	return ctx.Err()
}

// Close implements engine.Store.
func (s *MemoryStore) Close() error {
	s.closed.Store(true)
	return nil
}

// memoryTx is a transaction: a copy of the state that is its own.
type memoryTx struct {
	memoryState

	readOnly bool
	written  bool
}

// write is asked before anything is changed.
func (tx *memoryTx) write() error {
	if tx.readOnly {
		return clm.Errorf(clm.KindInternal, "a view of the estate tried to write")
	}
	tx.written = true
	return nil
}

// LastEvent is the newest row of the audit trail.
func (s MemorySnapshot) LastEvent() (e clm.AuditEvent) {
	if row := s.state.trail; row != nil {
		e = row.AuditEvent
	}
	return e
}

// Differs names what two moments of an estate do not have in common.
func (s MemorySnapshot) Differs(other MemorySnapshot) (names []string) {
	a, b := s.state, other.state
	for _, part := range []struct {
		name string
		same bool
	}{
		{"roots", slices.Equal(a.roots, b.roots)}, {"devices", slices.Equal(a.devices, b.devices)},
		{"certificates", slices.Equal(a.certificates, b.certificates)}, {"connectors", slices.Equal(a.connectors, b.connectors)},
		{"profiles", slices.Equal(a.profiles, b.profiles)}, {"gateways", slices.Equal(a.gateways, b.gateways)},
		{"credentials", slices.Equal(a.credentials, b.credentials)},
		{"approval policies", slices.Equal(a.policies, b.policies)}, {"work orders", slices.Equal(a.workOrders, b.workOrders)},
		{"access tokens", slices.Equal(a.tokens, b.tokens)}, {"agents", slices.Equal(a.agents, b.agents)},
		{"enrolment tokens", slices.Equal(a.enrolments, b.enrolments)}, {"steps", slices.Equal(a.steps, b.steps)},
		{"versions", slices.Equal(a.versions, b.versions)}, {"revocations", slices.Equal(a.revocations, b.revocations)},
		{"revocation lists", slices.Equal(a.lists, b.lists)}, {"bundles", slices.Equal(a.bundles, b.bundles)},
		{"receipts", slices.Equal(a.receipts, b.receipts)}, {"keys", slices.Equal(a.keys, b.keys)},
		{"settings", maps.Equal(a.settings, b.settings)}, {"replays", maps.Equal(a.replays, b.replays)},
		{"audit", a.trail == b.trail},
	} {
		if !part.same {
			names = append(names, part.name)
		}
	}
	return names
}
