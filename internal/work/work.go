// Package work has a server do by itself, round after round, what an estate needs. It
// says when a round is made and by whom, stops in good order, and counts and logs.
//
// An estate in a folder has one server, and its rounds go by the clock. On PostgreSQL
// they are scheduled and taken through a queue beside the estate, so that of any number
// of servers one makes each round and every one may die.
//
// What is due, and what becomes of it, is the estate's to know: here nobody has heard
// of a certificate.
package work

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/engine"
)

// Estate is what is worked on.
type Estate interface {
	RunRound(ctx context.Context, by clm.Principal, t engine.Turn) (clm.Round, []engine.Failure, error)
	Rounds(ctx context.Context) ([]clm.Round, error)
	// Beside is where the queue lives, nil for an estate that one server has to itself.
	Beside(ctx context.Context) (*pgxpool.Pool, error)
}

// Config says how it is worked.
type Config struct {
	By       clm.Principal
	Interval time.Duration // between two rounds of a kind, at least a second
	Grace    time.Duration // how long a stop waits for what has begun
	Log      *slog.Logger
}

// longestRound is how long a round begins things; what is left is for the next one.
const longestRound = 5 * time.Minute

// Work is the background work of one server.
type Work struct {
	Config
	estate  Estate
	metrics metrics
	queue   atomic.Pointer[river.Client[pgx.Tx]] // nil without one, and before it is there
}

// New prepares the work on an estate.
func New(estate Estate, c Config) *Work {
	return &Work{Config: c, estate: estate, metrics: newMetrics()}
}

// Run works until ctx ends, and returns when what had begun by then has ended. What
// keeps it from working is logged, and tried again.
func (w *Work) Run(ctx context.Context) {
	for ctx.Err() == nil {
		if err := w.run(ctx); err != nil {
			w.Log.ErrorContext(ctx, "background work cannot begin: it is tried again", "error", err.Error())
			pause(ctx, w.Interval)
		}
	}
}

func (w *Work) run(ctx context.Context) error {
	pool, err := w.estate.Beside(ctx)
	if err != nil {
		return err
	}
	if pool == nil {
		w.alone(ctx)
		return nil
	}
	defer pool.Close()
	return w.shared(ctx, pool)
}

func pause(ctx context.Context, d time.Duration) {
	over := time.NewTimer(d)
	defer over.Stop()
	select {
	case <-ctx.Done():
	case <-over.C:
	}
}

// round makes one round. When ctx ends nothing more is begun, and what has begun has
// the grace to end.
func (w *Work) round(ctx context.Context, kind clm.RoundKind) error {
	by, began := w.By, time.Now()
	by.RequestID = clm.NewID()
	enough, over := context.WithTimeout(ctx, longestRound)
	defer over()
	patient, giveUp := context.WithCancel(context.WithoutCancel(ctx))
	defer giveUp()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(w.Grace, giveUp) })()
	r, failures, err := w.estate.RunRound(patient, by, engine.Turn{Kind: kind, Every: kind.Every(w.Interval), Enough: enough.Done()})
	w.tell(patient, by, kind, r, failures, err, time.Since(began))
	return err
}

// tell logs what is worth it, and counts.
func (w *Work) tell(ctx context.Context, by clm.Principal, kind clm.RoundKind, r clm.Round, failures []engine.Failure, err error, took time.Duration) {
	log := w.Log.With("kind", kind, "request_id", by.RequestID)
	for _, f := range failures {
		log.WarnContext(ctx, "background work is in trouble", "noun", f.Noun, "name", f.Name, "error", f.Error)
	}
	level, outcome := slog.LevelDebug, r.Outcome
	if r.Done > 0 || len(failures) > 0 {
		level = slog.LevelInfo
	}
	if err != nil {
		outcome = clm.RoundFailed
		log.ErrorContext(ctx, "a round of background work failed: the next one tries again", "error", err.Error())
	}
	log.Log(ctx, level, "round", "outcome", outcome, "done", r.Done, "troubles", len(r.Troubles), "duration_ms", took.Milliseconds())
	w.metrics.count(kind, outcome, r.Done, took)
}
