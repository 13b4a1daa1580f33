package store_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/postgres"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/store"
)

// TestKilledAtEveryStatement kills a process after each statement it runs, from
// the making of the file on, and finds the estate as it was before or after a
// transaction; what is left to do then ends as if nothing had happened. Dying
// before a statement is dying after the one before it.
func TestKilledAtEveryStatement(t *testing.T) {
	t.Parallel()
	statements, states := lifeOfEstate(t)
	t.Logf("%d statements, %d transactions", statements, len(states)-1)
	for n := 1; n <= statements; n++ {
		t.Run(strconv.Itoa(n), func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			killed(t, child(os.Args[0], "crash", folder, n))
			resume(t, folder, states)
		})
	}
}

// TestKilledOnPostgres: there a process dies as soon as it has sent a statement,
// from the making of the schema on. Every third will do: the statements are those
// that SQLite was killed at.
func TestKilledOnPostgres(t *testing.T) {
	t.Parallel()
	_, states := lifeOfEstate(t)
	var seen atomic.Int64
	db := openPostgres(t, postgres.URL(t), lined(never, func(sent []byte) bool {
		if runsSomething(sent) {
			seen.Add(1)
		}
		return false
	}))
	succeeds(t)(play(db))
	statements := int(seen.Load())
	t.Logf("%d statements, %d transactions", statements, len(states)-1)
	for n := 1; n <= statements; n += 3 {
		t.Run(strconv.Itoa(n), func(t *testing.T) {
			t.Parallel()
			url := postgres.URL(t)
			killed(t, child(os.Args[0], "line", url, n))
			resumeIn(t, openPostgres(t, url, store.Options{}), states)
		})
	}
}

// killed runs a process that is to end by kill -9.
func killed(t *testing.T, c *exec.Cmd) {
	t.Helper()
	err := c.Run()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() == 1 {
		t.Fatalf("the process ended with %v, want it killed", err)
	}
}

// lifeOfEstate plays the script undisturbed: how many statements it takes, and
// what the estate is after each step.
func lifeOfEstate(t *testing.T) (statements int, states []string) {
	var seen atomic.Int64
	db := openWith(t, t.TempDir(), wired(wire{after: func(string) error {
		seen.Add(1)
		return nil
	}}))
	if err := play(db); err != nil {
		t.Fatal(err)
	}
	statements = int(seen.Load())

	for n := range len(script) + 1 {
		db := open(t, t.TempDir())
		if err := playFirst(db, n); err != nil {
			t.Fatal(err)
		}
		_, text, err := state(db)
		if err != nil {
			t.Fatal(err)
		}
		states = append(states, text)
	}
	return statements, states
}

func resume(t *testing.T, folder string, states []string) {
	t.Helper()
	resumeIn(t, open(t, folder), states)
	sound(t, folder)
	onlyKnownFiles(t, folder)
}

// resumeIn finds the estate before or after a step, and does what is left to do.
func resumeIn(t *testing.T, db *store.DB, states []string) {
	t.Helper()
	step, text, err := state(db)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(states[step], text); diff != "" {
		t.Errorf("the estate is neither before nor after step %d (-want +got):\n%s", step, diff)
	}
	if err := play(db); err != nil {
		t.Fatalf("resuming after step %d: %v", step, err)
	}
	if _, text, err = state(db); err != nil || text != states[len(states)-1] {
		t.Errorf("resuming after step %d ends differently, error %v:\n%s", step, err, cmp.Diff(states[len(states)-1], text))
	}
	succeeds(t)(db.Close())
}

// onlyKnownFiles checks that nothing unfinished was left, and that nobody else
// may read anything.
func onlyKnownFiles(t *testing.T, folder string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if name := entry.Name(); name != store.FileName && name != "clm.lock" {
			t.Errorf("%s was left behind", name)
		}
		wantMode(t, filepath.Join(folder, entry.Name()), 0o600)
	}
}

// TestTenProcesses all make one estate and write to it at once. One of them is
// killed on the way, which takes nothing from the others.
func TestTenProcesses(t *testing.T) {
	inBoth(t, func(t *testing.T, h home) {
		tenProcesses(t, h)
		if !h.onServer() {
			sound(t, h.place)
		}
	})
}

func tenProcesses(t *testing.T, h home) {
	const processes, rounds = 10, 50
	var all sync.WaitGroup
	for range processes {
		all.Go(func() {
			if out, err := child(os.Args[0], "count", h.place, rounds).CombinedOutput(); err != nil {
				t.Errorf("a writer failed: %v: %s", err, out)
			}
		})
	}
	victim := child(os.Args[0], "count", h.place, 1<<30)
	if err := victim.Start(); err != nil {
		t.Fatal(err)
	}
	all.Wait()
	_ = victim.Process.Kill()
	_ = victim.Wait()

	db := h.open(t, store.Options{})
	counted := counter(t, db)
	if counted < processes*rounds {
		t.Errorf("the counter is at %d, want at least %d", counted, processes*rounds)
	}
	t.Logf("the process without end did %d of %d updates", counted-processes*rounds, counted)
	succeeds(t)(db.Close())
}

// counter reads the counter and checks it against the trail.
func counter(t *testing.T, db *store.DB) (n int) {
	t.Helper()
	err := db.View(t.Context(), func(tx *store.Tx) error {
		text, err := tx.Setting("counter")
		if err != nil {
			return err
		}
		events, err := tx.Audit(0, 0)
		if err != nil {
			return err
		}
		if n, err = strconv.Atoi(text); n != len(events) {
			t.Errorf("the counter is at %d and the trail has %d events", n, len(events))
		}
		return errors.Join(err, clm.CheckAuditChain(events))
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}
