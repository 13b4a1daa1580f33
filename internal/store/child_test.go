package store_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/store"
)

// children are what the test binary does when it is started as another
// process: a role, with a folder and a number.
var children = map[string]func(folder string, n int) error{
	"crash": crash,
	"line":  crashOnLine,
	"count": countUp,
	"open":  tryOpen,
}

func TestMain(m *testing.M) {
	role, isChild := children[os.Getenv("STORE_TEST_ROLE")]
	if !isChild {
		os.Exit(m.Run())
	}
	n, err := strconv.Atoi(os.Getenv("STORE_TEST_NUMBER"))
	if err := errors.Join(err, role(os.Getenv("STORE_TEST_FOLDER"), n)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

func child(program, role, folder string, n int) *exec.Cmd {
	c := exec.Command(program)
	c.Env = append(os.Environ(), "STORE_TEST_ROLE="+role, "STORE_TEST_FOLDER="+folder, "STORE_TEST_NUMBER="+strconv.Itoa(n))
	return c
}

// crash plays the script and dies, as by kill -9, after the n-th statement.
func crash(folder string, n int) error {
	var seen atomic.Int64
	die := func(string) error {
		if seen.Add(1) == int64(n) {
			dieNow()
		}
		return nil
	}
	db, err := store.Open(context.Background(), folder, wired(wire{after: die}))
	if err != nil {
		return err
	}
	return errors.Join(play(db), db.Close())
}

// crashOnLine does the same where what is counted is what goes to a server.
func crashOnLine(url string, n int) error {
	var seen atomic.Int64
	die := func(sent []byte) bool {
		if runsSomething(sent) && seen.Add(1) == int64(n) {
			dieNow()
		}
		return false
	}
	db, err := store.OpenPostgres(context.Background(), url, lined(never, die))
	if err != nil {
		return err
	}
	return errors.Join(play(db), db.Close())
}

// dieNow ends this process as by kill -9.
func dieNow() {
	self, err := os.FindProcess(os.Getpid())
	if err == nil {
		_ = self.Kill()
	}
	select {} // until it happens
}

// countUp raises the counter n times, one update each.
func countUp(folder string, n int) error {
	db, err := openAt(context.Background(), folder, store.Options{})
	if err != nil {
		return err
	}
	for range n {
		if err := db.Update(context.Background(), raise); err != nil {
			return err
		}
	}
	return db.Close()
}

// raise adds one to the counter and records it.
func raise(tx *store.Tx) error {
	text, err := tx.Setting("counter")
	if err != nil {
		return err
	}
	n, _ := strconv.Atoi(text)
	event := clm.AuditEvent{At: then, Action: "counter.raise", Principal: fmt.Sprint(os.Getpid())}
	return errors.Join(tx.PutSetting("counter", strconv.Itoa(n+1)), tx.AppendAudit(&event))
}

// tryOpen opens the estate and prints the error as JSON. What cannot be used is
// refused then, before anything relies on it.
func tryOpen(folder string, _ int) error {
	db, err := store.Open(context.Background(), folder, store.Options{})
	if err == nil {
		err = db.Close()
	}
	var ours *clm.Error
	if err != nil && !errors.As(err, &ours) {
		return fmt.Errorf("not an error of ours: %w", err)
	}
	return json.NewEncoder(os.Stdout).Encode(told(ours))
}

// heard is an error as it crosses from one process to another.
type heard struct {
	Kind       clm.Kind
	Text, Hint string
}

func told(e *clm.Error) heard {
	if e == nil {
		return heard{}
	}
	return heard{e.Kind, e.Error(), e.Hint}
}
