package engine

import (
	"context"
	"sync"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// task is one thing that is due.
type task struct {
	clm.Handled
	device string // id of the device it works on: on one, a task follows the other
	do     func(context.Context) (follow []task, err error)
}

// plan is what is due of those of a noun whose names follow one name and do not follow
// another, "" being the beginning and the end.
type plan struct {
	noun         clm.Noun
	after, until string
	most         int  // things to do at once
	looks        bool // nothing is changed, so that all of it is as due afterwards as it was
	tasks        []task
}

// covers tells whether the plan would have something, were it due.
func (p plan) covers(what clm.Handled) bool {
	return what.Noun != p.noun || what.Name > p.after && (p.until == "" || what.Name <= p.until)
}

// What one round changes, observes and reads, at most. The next goes on from there.
const (
	maxChanges      = 100
	maxObservations = 500
	maxReads        = 2000
)

// due finds out what is due.
func (e *Engine) due(ctx context.Context, by clm.Principal, r clm.Round) (p plan, err error) {
	switch p = (plan{after: r.After, most: maxChanges}); r.Kind {
	case clm.RoundReplacements:
		err = e.dueReplacements(ctx, by, &p)
	case clm.RoundRenewals:
		err = e.dueRenewals(ctx, by, &p)
	case clm.RoundPushes:
		err = e.duePushes(ctx, by, &p)
	case clm.RoundLists:
		err = e.dueLists(ctx, by, &p)
	case clm.RoundVerification:
		err = e.dueVerifications(ctx, &p)
	default:
		err = clm.Invalid("kind", "%q is not a kind of background work", r.Kind)
	}
	return p, err
}

// scan reads pages of what is listed by name until there is no more, or enough.
func scan[T any](p *plan, list func(clm.Page) ([]T, error), nameOf func(T) string, add func(T) error) error {
	const size = 200
	for read, after := 0, p.after; ; {
		page, err := list(clm.Page{After: after, Limit: size})
		if err != nil {
			return err
		}
		for _, one := range page {
			after = nameOf(one)
			if err := add(one); err != nil {
				return err
			}
			if read++; read == maxReads || len(p.tasks) >= p.most {
				p.until = after
				return nil
			}
		}
		if len(page) < size {
			return nil
		}
	}
}

// workload is a round that is being made.
type workload struct {
	*Engine
	turn  Turn
	round *clm.Round

	mu       sync.Mutex
	due      map[clm.Handled]bool // also what rests, and what was not begun
	follow   []task
	failures []Failure
	cut      bool // some were not begun
}

// work does what a plan says and notes in the round what came of it.
func (e *Engine) work(ctx context.Context, t Turn, p plan, r *clm.Round) []Failure {
	w := &workload{Engine: e, turn: t, round: r, due: map[clm.Handled]bool{}}
	r.Done = 0
	w.each(ctx, p.tasks)
	w.each(ctx, w.follow)
	if r.After = p.until; w.cut && !p.looks {
		r.After = p.after
	}
	r.Forget(func(what clm.Handled) bool { return !w.due[what] && p.covers(what) })
	return w.failures
}

// each does tasks, those of different devices at the same time.
func (w *workload) each(ctx context.Context, tasks []task) {
	turns := byDevice(tasks, func(t task) string { return t.device })
	_ = w.atOnceEach(ctx, len(turns), func(ctx context.Context, i int) error {
		for _, n := range turns[i] {
			w.one(ctx, tasks[n])
		}
		return nil // what came of a task is its own concern
	})
}

func (w *workload) one(ctx context.Context, t task) {
	if !w.begins(t) {
		return
	}
	follow, err := t.do(ctx)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.follow = append(w.follow, follow...)
	if ctx.Err() == nil {
		w.came(t.Handled, err)
	}
}

// begins tells whether a task is to be begun now.
func (w *workload) begins(t task) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.due[t.Handled] = true
	if w.round.Rests(t.Handled, w.now()) {
		return false
	}
	select {
	case <-w.turn.Enough:
		w.cut = true
		return false
	default:
		return true
	}
}

// came notes what a task came to. What waits for somebody, what somebody else was first
// at and what is gone is no trouble.
func (w *workload) came(what clm.Handled, err error) {
	if err == nil {
		w.round.Done++
	}
	switch kind := clm.KindOf(err); {
	case err == nil, kind == clm.KindPending, kind == clm.KindConflict, kind == clm.KindNotFound:
		w.round.Forget(func(h clm.Handled) bool { return h == what })
		return
	case kind == clm.KindInternal:
		w.round.Fail(what, "an internal error; the cause is in the server's log", w.now())
	default:
		w.round.Fail(what, recordable(err), w.now())
	}
	w.failures = append(w.failures, Failure{what, recordable(err)})
}
