// Package backend wires an estate together: it opens the store, unlocks the
// seal, builds the engine and hands out its HTTP handler, to be served on a
// socket or called in this process.
//
// Nothing is decided here that is not about wiring, and nobody but main.go and
// tests needs to know it.
package backend

import (
	"cmp"
	"context"
	"crypto/x509"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/engine"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/issuer"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/seal"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/server"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/store"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/target"
)

// Config says where an estate lives and what opens its secrets.
type Config struct {
	DataDir      string // folder of the SQLite file, the default key file and the backups
	DatabaseURL  string // of PostgreSQL, in place of DataDir; it may hold a password
	KeyFile      string // "": estate.key in DataDir, unless a passphrase is given
	Passphrase   string
	MustExist    bool          // make no estate where there is none
	Address      string        // URL by which relying parties reach a server on this estate; "": they do not
	Version      string        // of the provider, for the API description
	Log          *slog.Logger  // nil: errors, to the standard error stream
	PushPatience time.Duration // how long a replacement waits for a push of another process before it takes that over; 0: 5 s
	Elsewhere    bool          // no device is the machine this runs on: whoever may push does not own it

	// The outside parties; nil stands for the real ones. Tests bring their own.
	Clock    engine.Clock
	Issuer   engine.Issuer
	Deployer engine.Deployer
	Prober   engine.Prober
}

// Backend is an open estate.
type Backend struct {
	store    *store.DB
	sealer   *seal.Sealer
	clock    engine.Clock
	deployer engine.Deployer
	handler  http.Handler
	public   http.Handler
	engine   *engine.Engine
}

// Open opens an estate, making a new one where there is none.
func Open(ctx context.Context, c Config) (*Backend, error) {
	c = c.withDefaults()
	db, err := c.openStore(ctx)
	if err != nil {
		return nil, err
	}
	sealer, proof, err := unlock(ctx, db, c)
	if err != nil {
		return nil, closing(db, err)
	}
	e := engine.New(engine.Ports{
		Store: adapted{db, proof}, Sealer: sealer, Issuer: c.Issuer, Deployer: c.Deployer, Prober: c.Prober, Clock: c.Clock,
		Address: strings.TrimSuffix(c.Address, "/"), PushPatience: c.PushPatience,
	})
	return &Backend{
		store: db, sealer: sealer, clock: c.Clock, deployer: c.Deployer, engine: e, handler: server.New(e, c.Version, c.Log), public: server.Public(e, c.Log),
	}, nil
}

// openStore opens the database. One on PostgreSQL has no folder beside it in which
// a key could be kept: without a key nothing is made there.
func (c Config) openStore(ctx context.Context) (*store.DB, error) {
	o := store.Options{Now: c.Clock.Now, MustExist: c.MustExist}
	switch {
	case c.DatabaseURL == "":
		return store.Open(ctx, c.DataDir, o)
	case c.DataDir != "":
		return nil, clm.Invalid("database_url", "both a data folder and a database are given").WithHint("give one of them")
	case c.KeyFile == "" && c.Passphrase == "":
		return nil, clm.Invalid("key_file", "an estate on PostgreSQL has no data folder to keep its key in, and no key is given").
			WithHint("set key_file (or CLM_KEY_FILE) or passphrase (or CLM_PASSPHRASE), the same wherever this database is used")
	}
	return store.OpenPostgres(ctx, c.DatabaseURL, o)
}

func (c Config) withDefaults() Config {
	if c.Clock == nil {
		c.Clock = systemClock{}
	}
	if c.Issuer == nil {
		c.Issuer = issuer.BuiltIn{}
	}
	if c.Deployer == nil {
		c.Deployer = target.New()
		if c.Elsewhere {
			c.Deployer = target.NewElsewhere()
		}
	}
	if c.Prober == nil {
		c.Prober = &watcher{}
	}
	c.PushPatience = cmp.Or(c.PushPatience, 5*time.Second)
	if c.Log == nil {
		c.Log = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))
	}
	return c
}

func closing(db *store.DB, err error) error {
	_ = db.Close() // the error that led here is the one to tell
	return err
}

// Handler answers the HTTP API. Whoever serves it authenticates.
func (b *Backend) Handler() http.Handler { return b.handler }

// Public answers relying parties alone, whoever they are: server.Parted knows their
// requests.
func (b *Backend) Public() http.Handler { return b.public }

// Authenticate tells who asks with an access token, or why it lets nobody in.
func (b *Backend) Authenticate(ctx context.Context, secret string) (clm.Principal, error) {
	return b.engine.Authenticate(ctx, secret)
}

// AuthenticateAgent tells which agent shows a verified chain, or why it lets nobody in;
// clm.KindNotFound for a certificate that is no agent's at all.
func (b *Backend) AuthenticateAgent(ctx context.Context, chain []*x509.Certificate) (clm.Principal, error) {
	return b.engine.AuthenticateAgent(ctx, chain)
}

// AuthenticateRelayed tells which agent a gateway speaks for, or why it may not.
func (b *Backend) AuthenticateRelayed(ctx context.Context, gateway clm.Principal, shown *x509.Certificate) (clm.Principal, error) {
	return b.engine.AuthenticateRelayed(ctx, gateway, shown)
}

// AgentAuthorities are the certificates that agents' chains end in, as DER.
func (b *Backend) AgentAuthorities(ctx context.Context) ([][]byte, error) {
	return b.engine.AgentAuthorities(ctx)
}

// DrainAgents sends away the agents that wait for something to do.
func (b *Backend) DrainAgents() { b.engine.DrainAgents() }

// Now is the time by the estate's clock.
func (b *Backend) Now() time.Time { return b.clock.Now() }

// Ready tells whether the store answers.
func (b *Backend) Ready(ctx context.Context) error {
	return b.store.View(ctx, func(*store.Tx) error { return nil })
}

// Serves states which version of a certificate a server serves without a connector.
func (b *Backend) Serves(ctx context.Context, by clm.Principal, ref, server, fingerprint string) error {
	by.Role = clm.RoleAdministrator
	return b.engine.Serves(ctx, by, ref, server, fingerprint)
}

// Trusted is what to trust for what a root certificate vouches for: while it is being
// replaced both, the old one and the new.
func (b *Backend) Trusted(ctx context.Context, ref string) (clm.Bundle, error) {
	root, err := b.engine.Root(ctx, ref)
	return clm.NewBundle(root.Trusted()), err
}

// Totals are numbers of the whole estate.
func (b *Backend) Totals(ctx context.Context) (engine.Totals, error) { return b.engine.Totals(ctx) }

// RunRound does what is due of one kind of background work.
func (b *Backend) RunRound(ctx context.Context, by clm.Principal, t engine.Turn) (clm.Round, []engine.Failure, error) {
	return b.engine.RunRound(ctx, by, t)
}

// Rounds tells of every kind of background work.
func (b *Backend) Rounds(ctx context.Context) ([]clm.Round, error) { return b.engine.Rounds(ctx) }

// Beside is a pool of connections to the schema of an estate on PostgreSQL, for a queue
// that lives beside it. It is nil for one in a folder; the caller closes it.
func (b *Backend) Beside(ctx context.Context) (*pgxpool.Pool, error) { return b.store.Beside(ctx) }

// Transport calls the handler in this process on behalf of by, who may do everything.
func (b *Backend) Transport(by clm.Principal) http.RoundTripper {
	by.Role = clm.RoleAdministrator
	return transport{handler: b.handler, by: by}
}

// Close hangs up on devices, waits for writes under way and closes the database.
func (b *Backend) Close() error {
	if hangUp, ok := b.deployer.(interface{ Close() }); ok {
		hangUp.Close()
	}
	return b.store.Close()
}

type systemClock struct{}

func (systemClock) Now() time.Time { return time.Now() }

// adapted shows the store's transactions as the engine's.
type adapted struct {
	*store.DB
	proof string // of the key this process seals with
}

func (a adapted) View(ctx context.Context, fn func(engine.Tx) error) error {
	return a.DB.View(ctx, func(tx *store.Tx) error { return fn(tx) })
}

func (a adapted) Update(ctx context.Context, fn func(engine.Tx) error) error {
	return a.DB.Update(ctx, func(tx *store.Tx) error { return fn(guarded{tx, a.proof}) })
}

// guarded refuses to record a secret sealed with a key that is not the estate's
// any more: somebody has rewrapped it while it was open here, and nothing would
// open that secret again.
type guarded struct {
	*store.Tx
	proof string
}

func (g guarded) InsertKey(key clm.PrivateKey) error {
	now, err := g.Setting(settingProof)
	if err != nil {
		return err
	}
	if now != g.proof {
		return clm.Errorf(clm.KindUnavailable, "the estate's key was changed while the estate was open").
			WithHint("set key_file or the passphrase to the new key and run again")
	}
	return g.Tx.InsertKey(key)
}
