package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// Turn is one turn at a kind of work that a server does by itself.
type Turn struct {
	Kind   clm.RoundKind
	Every  time.Duration   // until the next turn
	Enough <-chan struct{} // closed when nothing more is to be begun
}

// Failure is one thing that a round could not do, and why: for the log.
type Failure struct {
	clm.Handled
	Error string
}

// RunRound does what is due of one kind: no more of it than a round takes, and not what
// is in trouble and rests. What one thing comes to is no other's concern.
//
//	begin    recorded, for whoever asks
//	due      found out on snapshots, beginning where the last round left off
//	do       each a use case that is safe to die in, and yields to whoever was first
//	end      recorded, with what is in trouble
//
// Rounds of one kind follow each other; whoever calls sees to that. Where two overlap
// all the same, every effect still happens once.
func (e *Engine) RunRound(ctx context.Context, by clm.Principal, t Turn) (r clm.Round, failures []Failure, err error) {
	if r, err = e.beginRound(ctx, by, t); err != nil {
		return r, nil, err
	}
	p, failure := e.due(ctx, by, r)
	if failure == nil {
		failures = e.work(ctx, t, p, &r)
	}
	return r, failures, e.endRound(context.WithoutCancel(ctx), by, &r, failure)
}

// Rounds tells of every kind of work, also of what was never done.
func (e *Engine) Rounds(ctx context.Context) (rounds []clm.Round, err error) {
	err = e.view(ctx, func(tx Tx) error {
		rounds = nil
		for _, kind := range clm.RoundKinds() {
			r, err := roundOf(tx, kind)
			if err != nil {
				return err
			}
			rounds = append(rounds, r)
		}
		return nil
	})
	return rounds, err
}

func (e *Engine) beginRound(ctx context.Context, by clm.Principal, t Turn) (r clm.Round, err error) {
	err = e.update(ctx, by, func(c change) error {
		if r, err = roundOf(c.Tx, t.Kind); err != nil {
			return err
		}
		r.Begin(c.now, t.Every)
		return c.putRound(r)
	})
	return r, err
}

func (e *Engine) endRound(ctx context.Context, by clm.Principal, r *clm.Round, failure error) error {
	said := ""
	if failure != nil {
		said = recordable(failure)
	}
	err := e.update(ctx, by, func(c change) error {
		r.End(said, c.now)
		return c.putRound(*r)
	})
	if failure != nil {
		return failure
	}
	return err
}

// setting is the name under which a round is kept. A round is an observation: it has no
// audit row, what it does has.
func setting(kind clm.RoundKind) string { return "round " + string(kind) }

func roundOf(tx Tx, kind clm.RoundKind) (clm.Round, error) {
	r := clm.Round{Kind: kind}
	text, err := tx.Setting(setting(kind))
	if err != nil || text == "" {
		return r, err
	}
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		return r, fmt.Errorf("reading the last round %s: %w", kind, err)
	}
	return r, nil
}

func (c change) putRound(r clm.Round) error {
	document, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("encoding the round %s: %w", r.Kind, err)
	}
	return c.PutSetting(setting(r.Kind), string(document))
}
