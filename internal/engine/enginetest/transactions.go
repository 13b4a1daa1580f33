package enginetest

import (
	"context"
	"errors"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/engine"
)

func exerciseTransactions(t *testing.T, open Open) {
	story(t, open, "an error undoes everything and is returned as it is", errorUndoes)
	story(t, open, "a panic undoes everything and reaches the caller", panicUndoes)
	story(t, open, "an update sees its own writes", ownWritesAreSeen)
	story(t, open, "a view sees one moment", viewIsOneMoment)
	story(t, open, "a view cannot write", viewCannotWrite)
	story(t, open, "a cancelled update or view does not run", cancelledDoesNotRun)
	story(t, open, "a closed store refuses", closedRefuses)
	t.Run("what was committed is there after reopening", func(t *testing.T) {
		t.Parallel()
		committedStays(t, open)
	})
}

func (e estate) empty() {
	e.t.Helper()
	e.read(func(tx engine.Tx) error {
		devices, err := tx.Devices(clm.Page{})
		mustEqual(e.t, "devices", devices, nil)
		return err
	})
}

func errorUndoes(t *testing.T, e estate) {
	undo := errors.New("undo")
	err := e.store.Update(context.Background(), func(tx engine.Tx) error {
		one, two := newDevice("one"), newDevice("two")
		return errors.Join(tx.InsertDevice(&one), tx.InsertDevice(&two), tx.PutSetting("a", "b"), undo)
	})
	if !errors.Is(err, undo) {
		t.Fatalf("error is %v, want the function's own", err)
	}
	e.empty()
}

func panicUndoes(t *testing.T, e estate) {
	func() {
		defer func() { mustEqual(t, "panic", recover(), any("boom")) }()
		_ = e.store.Update(context.Background(), func(tx engine.Tx) error {
			d := newDevice("one")
			if err := tx.InsertDevice(&d); err != nil {
				return err
			}
			panic("boom")
		})
	}()
	e.empty()
	e.device("the store goes on")
}

func ownWritesAreSeen(_ *testing.T, e estate) {
	e.write(func(tx engine.Tx) error {
		d := newDevice("north")
		if err := tx.InsertDevice(&d); err != nil {
			return err
		}
		if _, err := tx.Device("north"); err != nil {
			return err
		}
		return tx.UpdateDevice(&d)
	})
}

func viewIsOneMoment(t *testing.T, e estate) {
	e.device("a")
	e.read(func(tx engine.Tx) error {
		before, err := tx.Devices(clm.Page{})
		if err != nil {
			return err
		}
		e.device("b") // an update beside the view neither waits nor shows
		after, err := tx.Devices(clm.Page{})
		mustEqual(t, "devices", after, before)
		return err
	})
	e.read(func(tx engine.Tx) error {
		_, err := tx.Device("b")
		return err
	})
}

func viewCannotWrite(t *testing.T, e estate) {
	err := e.store.View(context.Background(), func(tx engine.Tx) error {
		d := newDevice("north")
		return tx.InsertDevice(&d)
	})
	_ = mustBe(t, clm.KindInternal, err)
	e.empty()
}

func cancelledDoesNotRun(t *testing.T, e estate) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for _, run := range []func(context.Context, func(engine.Tx) error) error{e.store.Update, e.store.View} {
		err := run(ctx, func(engine.Tx) error {
			t.Error("the function was run")
			return nil
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("error is %v, want that of the context", err)
		}
	}
}

func closedRefuses(t *testing.T, e estate) {
	for range 2 { // closing twice is harmless
		if err := e.store.Close(); err != nil {
			t.Fatal(err)
		}
	}
	nothing := func(engine.Tx) error { return nil }
	_ = mustBe(t, clm.KindUnavailable, e.store.Update(context.Background(), nothing))
	_ = mustBe(t, clm.KindUnavailable, e.store.View(context.Background(), nothing))
}

func committedStays(t *testing.T, open Open) {
	folder := t.TempDir()
	e := estate{t, open(t, folder)}
	d, event := e.device("north"), e.recorded("north")
	if err := e.store.Close(); err != nil {
		t.Fatal(err)
	}
	e = estate{t, open(t, folder)}
	devices.found(e, "north", d)
	next := e.recorded("south")
	mustEqual(t, "trail", e.trail(), []clm.AuditEvent{event, next})
}
