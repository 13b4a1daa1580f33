package engine

import (
	"context"
	"crypto"
	"maps"
	"sync"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// Ports are the outside parties an engine works with.
type Ports struct {
	Store    Store
	Sealer   Sealer
	Issuer   Issuer
	Deployer Deployer
	Prober   Prober
	Clock    Clock
	AtOnce   int // devices worked on at the same time; 0: 16

	// PushPatience is how long a replacement waits for a push that another process has
	// begun, before it takes that process for dead; 0: not at all.
	PushPatience time.Duration
	// AgentPatience is how long an agent has to take a step before it counts as away; 0: 30 s.
	AgentPatience time.Duration

	// Address is the URL by which relying parties reach the server, without a slash
	// at its end; "" when they do not.
	Address string
}

// Engine carries out use cases. It is safe for concurrent use.
type Engine struct {
	Ports
	signers    sync.Map // key id to crypto.Signer: CA keys opened in this process
	responders responders

	waiting  waiting // agents, for something to do
	reported waiting // for the ends of steps
	draining chan struct{}
	drain    sync.Once
}

// New makes an engine.
func New(ports Ports) *Engine {
	e := &Engine{Ports: ports, draining: make(chan struct{})}
	e.Deployer = reaching{ports.Deployer, e}
	return e
}

// change is a transaction on behalf of somebody, at one moment.
type change struct {
	Tx
	by     clm.Principal
	now    time.Time
	engine *Engine // to sign with
}

// view runs fn on a snapshot.
func (e *Engine) view(ctx context.Context, fn func(Tx) error) error {
	return e.Store.View(ctx, fn)
}

// update runs fn in a transaction on behalf of by.
func (e *Engine) update(ctx context.Context, by clm.Principal, fn func(change) error) error {
	if err := known(by); err != nil {
		return err
	}
	return e.Store.Update(ctx, func(tx Tx) error {
		return fn(change{Tx: tx, by: by, now: e.now(), engine: e})
	})
}

// known refuses what nobody asks for. A use case that touches a device before
// its first write calls it by itself.
func known(by clm.Principal) error {
	if by.Name == "" {
		return clm.Errorf(clm.KindDenied, "nobody is asking: a change needs a principal")
	}
	return nil
}

// now is the time in the precision everything is recorded in.
func (e *Engine) now() time.Time { return e.Clock.Now().UTC().Truncate(time.Microsecond) }

// record writes the audit row of a change. Details never hold a secret.
func (c change) record(noun clm.Noun, verb, id, name string, details map[string]string) error {
	if c.by.RelayedBy != "" {
		told := map[string]string{"relayed_by": c.by.RelayedBy}
		maps.Copy(told, details)
		details = told
	}
	return c.AppendAudit(&clm.AuditEvent{
		At: c.now, Principal: c.by.Name, RequestID: c.by.RequestID,
		Action: string(noun) + "." + verb, Noun: noun, SubjectID: id, Subject: name, Details: details,
	})
}

// signer opens a CA's private key, once per process.
func (e *Engine) signer(key clm.PrivateKey) (crypto.Signer, error) {
	if known, ok := e.signers.Load(key.ID); ok {
		return known.(crypto.Signer), nil //nolint:forcetypeassert // only this function stores, and only signers
	}
	signer, err := e.open(key)
	if err != nil {
		return nil, err
	}
	e.signers.Store(key.ID, signer)
	return signer, nil
}
