package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
)

// maxGroup bounds how many updates share one commit, so that a lock is not
// held for long while other processes wait.
const maxGroup = 256

// writer commits updates in groups. It owns the only connection that writes
// and lends it, one turn at a time, to the goroutines whose update it is.
type writer struct {
	db      *DB
	queue   *queue
	session *session // nil until needed and after it broke
	done    chan struct{}
}

// job is one update. Its function runs in the goroutine that asked for it: a
// panic, or a test that ends there, is that goroutine's alone.
type job struct {
	turn     chan *Tx   // the writer lends the transaction
	ran      chan error // the update gives it back
	finished chan error // the writer tells what became of the commit
}

var errAbandoned = errors.New("the update panicked or ended its goroutine")

// errNobody stops waiting for a lock nobody needs any more.
var errNobody = errors.New("no update is waiting")

func newWriter(db *DB, s *session) *writer {
	w := &writer{db: db, queue: newQueue(), session: s, done: make(chan struct{})}
	go w.run()
	return w
}

func (w *writer) submit(ctx context.Context, fn func(*Tx) error) error {
	j := &job{turn: make(chan *Tx, 1), ran: make(chan error, 1), finished: make(chan error, 1)}
	if !w.queue.join(j) {
		return w.db.closed()
	}
	select {
	case tx := <-j.turn:
		j.run(tx, fn)
	case err := <-j.finished: // the lock was never had
		return err
	case <-ctx.Done():
		if w.queue.leave(j) {
			return w.db.explain(ctx.Err())
		}
		select { // too late to leave: it is this update's turn
		case tx := <-j.turn:
			j.run(tx, fn)
		case err := <-j.finished:
			return err
		}
	}
	return <-j.finished
}

// run takes the turn and gives the transaction back whatever happens in fn.
func (j *job) run(tx *Tx, fn func(*Tx) error) {
	err := errAbandoned
	defer func() { j.ran <- err }()
	err = fn(tx)
}

func (w *writer) run() {
	defer close(w.done)
	for w.queue.wait() {
		if err := w.begin(); err != nil {
			w.refuseAll(err)
			continue
		}
		w.commit(w.queue.take(maxGroup))
	}
	if w.session != nil {
		_ = w.session.close()
	}
}

func (w *writer) close() {
	w.queue.close()
	<-w.done
}

// begin gets the lock before any update is taken: until then each can leave.
func (w *writer) begin() error {
	return w.db.whileBusy(context.Background(), func() error {
		if w.queue.empty() {
			return errNobody
		}
		return w.tryBegin()
	})
}

// tryBegin goes to a new connection where the server has hung up on the old one
// since it was used last: nothing was begun there.
func (w *writer) tryBegin() (err error) {
	isNew := w.session == nil
	if isNew {
		if w.session, err = openSession(w.db.writing, w.db.dialect); err != nil {
			return err
		}
	}
	if err = w.session.control(w.db.dialect.begin); err == nil {
		return nil
	}
	if w.db.dialect.blocks {
		w.abandon()
	}
	if !isNew && w.session == nil && w.db.dialect.diagnose(err).kind == faultAway {
		return w.tryBegin()
	}
	return err
}

func (w *writer) refuseAll(err error) {
	if errors.Is(err, errNobody) {
		return
	}
	for _, j := range w.queue.take(math.MaxInt) {
		j.finished <- w.db.explain(err)
	}
}

// commit runs the jobs one after the other and makes all that succeeded
// durable together. A job that fails is undone alone.
func (w *writer) commit(jobs []*job) {
	results := make([]error, len(jobs))
	var lost error // what undid the whole transaction
	for i, j := range jobs {
		if lost == nil {
			results[i], lost = w.turn(j, len(jobs) > 1)
		}
	}
	if lost == nil {
		lost = w.end(results)
	}
	if lost != nil {
		w.abandon()
	}
	for i, j := range jobs {
		if results[i] == nil {
			results[i] = w.db.explain(lost)
		}
		j.finished <- results[i]
	}
}

// turn lends the transaction to one job. Alone in its group, it needs no
// savepoint: the transaction itself is undone.
func (w *writer) turn(j *job, shared bool) (result, lost error) {
	if shared {
		if err := w.session.control("SAVEPOINT job"); err != nil {
			return nil, err
		}
	}
	tx := &Tx{ctx: context.Background(), db: w.db, session: w.session}
	j.turn <- tx
	result = cmp.Or(<-j.ran, tx.broken)
	if !shared {
		return result, nil
	}
	if result != nil {
		if err := w.session.control("ROLLBACK TO SAVEPOINT job"); err != nil {
			return result, fmt.Errorf("undoing an update: %w", err)
		}
	}
	return result, w.session.control("RELEASE SAVEPOINT job")
}

// end commits unless nothing succeeded.
func (w *writer) end(results []error) error {
	for _, result := range results {
		if result == nil {
			return w.keep()
		}
	}
	return w.session.control("ROLLBACK")
}

// keep commits. What becomes of a commit on which the server hangs up, nobody
// knows: it is neither reported as done nor tried again.
func (w *writer) keep() error {
	err := w.session.control(w.db.dialect.commit)
	if w.db.dialect.diagnose(err).kind == faultAway {
		return w.db.unavailable(faultUnknown, err)
	}
	return err
}

// abandon makes sure that nothing of a lost transaction lingers: a connection
// that cannot roll back is closed, which rolls back.
func (w *writer) abandon() {
	if err := w.session.control("ROLLBACK"); err != nil {
		_ = w.session.close()
		w.session = nil
	}
}
