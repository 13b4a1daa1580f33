package enginetest

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/engine"
)

const (
	crowd  = 24
	rounds = 20
)

func exerciseCrowds(t *testing.T, open Open) {
	story(t, open, "updates at once lose nothing", nothingIsLost)
	story(t, open, "an update that fails takes no other with it", failuresAreAlone)
	story(t, open, "of those who swap one revision at once, one wins", oneWins)
	t.Run("two stores on one estate take turns", func(t *testing.T) {
		t.Parallel()
		folder := t.TempDir()
		one, two := estate{t, open(t, folder)}, estate{t, open(t, folder)}
		together(func(i int) {
			for range rounds {
				[]estate{one, two}[i%2].counted()
			}
		})
		one.counts(crowd * rounds)
	})
}

// together runs fn in a crowd of goroutines and waits for all.
func together(fn func(i int)) {
	var all sync.WaitGroup
	for i := range crowd {
		all.Go(func() { fn(i) })
	}
	all.Wait()
}

// count raises the counter, and records that it did.
func count(tx engine.Tx) error {
	text, err := tx.Setting("counter")
	if err != nil {
		return err
	}
	n, _ := strconv.Atoi(text)
	event := newEvent("counter")
	return errors.Join(tx.PutSetting("counter", strconv.Itoa(n+1)), tx.AppendAudit(&event))
}

// counted raises the counter once; it may be called from any goroutine.
func (e estate) counted() {
	if err := e.store.Update(context.Background(), count); err != nil {
		e.t.Errorf("counting: %v", err)
	}
}

// counts checks the counter and the trail.
func (e estate) counts(want int) {
	e.t.Helper()
	e.read(func(tx engine.Tx) error {
		got, err := tx.Setting("counter")
		mustEqual(e.t, "counter", got, strconv.Itoa(want))
		return err
	})
	mustEqual(e.t, "events", len(e.trail()), want)
}

func nothingIsLost(_ *testing.T, e estate) {
	together(func(int) {
		for range rounds {
			e.counted()
		}
	})
	e.counts(crowd * rounds)
}

func failuresAreAlone(t *testing.T, e estate) {
	undo := errors.New("undo")
	together(func(i int) {
		for range rounds {
			if i%3 > 0 {
				e.counted()
				continue
			}
			err := e.store.Update(context.Background(), func(tx engine.Tx) error {
				if err := count(tx); err != nil {
					return err
				}
				return undo
			})
			if !errors.Is(err, undo) {
				t.Errorf("error is %v, want the function's own", err)
			}
		}
	})
	e.counts(crowd / 3 * 2 * rounds)
}

func oneWins(t *testing.T, e estate) {
	d := e.device("north")
	var mu sync.Mutex
	won := 0
	together(func(i int) {
		mine := d
		mine.Name = fmt.Sprintf("north-%d", i)
		err := e.store.Update(context.Background(), func(tx engine.Tx) error { return tx.UpdateDevice(&mine) })
		mu.Lock()
		defer mu.Unlock()
		switch {
		case err == nil:
			won++
		case clm.KindOf(err) != clm.KindConflict:
			t.Errorf("error is %v, want a conflict", err)
		}
	})
	mustEqual(t, "winners", won, 1)
}
