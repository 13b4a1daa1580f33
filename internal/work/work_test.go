package work_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/postgres"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/servers"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/engine"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/store"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/work"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// estate remembers what is asked of it, by any number of servers.
type estate struct {
	beside func(context.Context) (*pgxpool.Pool, error)
	during func(ctx context.Context, t engine.Turn) error // nil: nothing is due

	mu       sync.Mutex
	made     map[clm.RoundKind]int
	under    map[clm.RoundKind]int
	overlaps int
}

func newEstate() *estate {
	return &estate{
		beside: func(context.Context) (*pgxpool.Pool, error) { return nil, nil }, //nolint:nilnil // as in a folder
		made:   map[clm.RoundKind]int{}, under: map[clm.RoundKind]int{},
	}
}

// onPostgres has a schema with tables of an estate.
func onPostgres(t *testing.T, url string) *estate {
	t.Helper()
	db, err := store.OpenPostgres(t.Context(), url, store.Options{})
	must(t, err)
	t.Cleanup(func() { must(t, db.Close()) })
	e := newEstate()
	e.beside = db.Beside
	return e
}

func (e *estate) Beside(ctx context.Context) (*pgxpool.Pool, error) { return e.beside(ctx) }

func (e *estate) Rounds(context.Context) ([]clm.Round, error) { return nil, nil }

func (e *estate) RunRound(ctx context.Context, _ clm.Principal, t engine.Turn) (clm.Round, []engine.Failure, error) {
	e.count(t.Kind, 1)
	defer e.count(t.Kind, -1)
	if e.during == nil {
		return clm.Round{Kind: t.Kind}, nil, nil
	}
	return clm.Round{Kind: t.Kind}, nil, e.during(ctx, t)
}

func (e *estate) count(kind clm.RoundKind, n int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.under[kind] += n; e.under[kind] > 1 {
		e.overlaps++
	}
	e.made[kind] += max(n, 0)
}

func (e *estate) rounds(kind clm.RoundKind) int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.made[kind]
}

// server is one that works, until it is stopped or the test ends.
type server struct {
	log   clmtest.Journal
	stop  context.CancelFunc
	ended chan struct{}
}

func serve(t *testing.T, e *estate, grace time.Duration) *server {
	t.Helper()
	s := &server{ended: make(chan struct{})}
	w := work.New(e, work.Config{By: clm.Principal{Name: "server:test"}, Interval: time.Second, Grace: grace, Log: slog.New(slog.NewJSONHandler(&s.log, nil))})
	ctx, stop := context.WithCancel(t.Context())
	s.stop = stop
	go func() {
		defer close(s.ended)
		w.Run(ctx)
	}()
	t.Cleanup(func() { stop(); <-s.ended })
	return s
}

func (s *server) isOver() bool {
	select {
	case <-s.ended:
		return true
	default:
		return false
	}
}

// Alone, a round that takes long holds up no other kind.
func TestKindsDoNotWaitForEachOther(t *testing.T) {
	t.Parallel()
	e := newEstate()
	e.during = func(ctx context.Context, turn engine.Turn) error {
		if turn.Kind == clm.RoundVerification {
			<-turn.Enough
		}
		return nil
	}
	serve(t, e, time.Minute)
	servers.Await(t, "rounds beside one that hangs", func() bool { return e.rounds(clm.RoundLists) > 2 })
	if n := e.rounds(clm.RoundVerification); n != 1 {
		t.Errorf("one that hangs was begun %d times", n)
	}
}

// A stop has nothing more begun, waits for what has, and gives up after the grace.
func TestAStopIsGraceful(t *testing.T) {
	t.Parallel()
	for name, opened := range map[string]func(*testing.T) *estate{
		"alone":  func(*testing.T) *estate { return newEstate() },
		"shared": func(t *testing.T) *estate { return onPostgres(t, postgres.URL(t)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			finish, broken := stopped(t, opened(t), time.Minute)
			finish()
			if err := broken(); err != nil {
				t.Errorf("a round was broken off: %v", err)
			}
			_, broken = stopped(t, opened(t), time.Second)
			if err := broken(); !errors.Is(err, context.Canceled) {
				t.Errorf("after the grace a round goes on: %v", err)
			}
		})
	}
}

// stopped is told to stop in the middle of a round, which ends when it is finished or
// broken off.
func stopped(t *testing.T, e *estate, grace time.Duration) (finish func(), broken func() error) {
	t.Helper()
	begun, finished, came := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	e.during = func(ctx context.Context, turn engine.Turn) error {
		if turn.Kind != clm.RoundPushes {
			return nil
		}
		close(begun)
		<-turn.Enough
		select {
		case <-finished:
		case <-ctx.Done():
		}
		came <- ctx.Err()
		return nil
	}
	s := serve(t, e, grace)
	<-begun
	s.stop()
	return func() {
			if s.isOver() {
				t.Error("it did not wait for the round")
			}
			close(finished)
		}, func() error {
			<-s.ended
			return <-came
		}
}

// Of two servers one makes each round, and they are not made twice as often.
func TestServersTakeTurns(t *testing.T) {
	t.Parallel()
	e := onPostgres(t, postgres.URL(t))
	began := time.Now()
	all := []*server{serve(t, e, time.Minute), serve(t, e, time.Minute), serve(t, e, time.Minute)}
	for _, kind := range []clm.RoundKind{clm.RoundLists, clm.RoundPushes, clm.RoundRenewals, clm.RoundReplacements} {
		servers.Await(t, "four rounds of "+string(kind), func() bool { return e.rounds(kind) >= 4 })
		if n, most := e.rounds(kind), int(time.Since(began)/time.Second)+2; n > most {
			t.Errorf("%d rounds of %s, at most %d are due", n, kind, most)
		}
	}
	if e.overlaps > 0 {
		t.Errorf("%d rounds overlap another", e.overlaps)
	}
	for _, s := range all {
		if said := s.log.String(); strings.Contains(said, `"level":"ERROR"`) || strings.Contains(said, "River") {
			t.Errorf("the log is\n%s", &s.log)
		}
	}
}

// While a server is in a round no other makes one of the kind. When it dies its
// connections do, and another makes the next.
func TestAServerDiesInARound(t *testing.T) {
	t.Parallel()
	url := postgres.URL(t)
	e, release, first := onPostgres(t, url), make(chan struct{}), make(chan struct{})
	defer close(release)
	e.during = func(_ context.Context, turn engine.Turn) error {
		if turn.Kind == clm.RoundPushes && e.rounds(turn.Kind) == 1 {
			close(first)
			<-release
		}
		return nil
	}
	serve(t, e, time.Second)
	<-first
	serve(t, e, time.Second)
	servers.Await(t, "rounds of another kind", func() bool { return e.rounds(clm.RoundLists) > 3 })
	if n := e.rounds(clm.RoundPushes); n != 1 {
		t.Errorf("beside one that is under way %d were begun", n-1)
	}
	admin, err := pgx.Connect(t.Context(), url)
	must(t, err)
	defer admin.Close(context.WithoutCancel(t.Context()))
	_, err = admin.Exec(t.Context(), "WITH h AS (SELECT hashtextextended('terraform-provider-clm ' || current_schema() || ' round push_certificates', 0) AS n)"+
		" SELECT pg_terminate_backend(pid) FROM pg_locks, h WHERE locktype = 'advisory' AND granted"+
		" AND classid::bigint = (n >> 32) & 4294967295 AND objid::bigint = n & 4294967295")
	must(t, err)
	servers.Await(t, "round after the one whose server died", func() bool { return e.rounds(clm.RoundPushes) > 2 })
}

// PostgreSQL may end at any time: when it is back the work goes on.
func TestPostgresIsStartedAgain(t *testing.T) {
	t.Parallel()
	database := postgres.New(t)
	e := onPostgres(t, database.URL("clm"))
	serve(t, e, time.Second)
	servers.Await(t, "first round", func() bool { return e.rounds(clm.RoundLists) > 0 })
	database.Kill(t)
	database.Start(t)
	before := e.rounds(clm.RoundLists)
	servers.Await(t, "rounds afterwards", func() bool { return e.rounds(clm.RoundLists) > before+1 })
}

// Where the queue cannot be reached at first that is logged, and tried again.
func TestWorkBeginsLater(t *testing.T) {
	t.Parallel()
	e := onPostgres(t, postgres.URL(t))
	later, tries := e.beside, 0
	e.beside = func(ctx context.Context) (*pgxpool.Pool, error) {
		if tries++; tries == 1 {
			return nil, errors.New("nobody answers")
		}
		return later(ctx)
	}
	s := serve(t, e, time.Second)
	servers.Await(t, "first round", func() bool { return e.rounds(clm.RoundLists) > 0 })
	if !strings.Contains(s.log.String(), "background work cannot begin: it is tried again") {
		t.Errorf("the log is\n%s", &s.log)
	}
}
