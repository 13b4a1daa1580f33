package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// Task is what a step is about.
type Task struct {
	Sync   clm.CertSync // how its device is treated
	Set    clm.FileSet
	Script clm.Script
	Env    map[string]string // of the script, which does not carry it itself
}

// StepOutcome is what came of a step.
type StepOutcome struct {
	Failure  *StepFailure
	Observed []clm.ObservedFile
	Result   clm.ScriptResult
}

// StepFailure is why a step was not done, in the form in which it travels.
type StepFailure struct {
	Kind                 clm.Kind
	Field, Message, Hint string
	Unknown              bool // nobody knows what a script did
}

// err is the error an agent met.
func (f *StepFailure) err() error {
	if f == nil {
		return nil
	}
	err := error(&clm.Error{Kind: f.Kind, Field: f.Field, Message: f.Message, Hint: f.Hint})
	if f.Unknown {
		err = clm.NobodyKnows(err)
	}
	return err
}

// TakenStep is a step that an agent has to carry out.
type TakenStep struct {
	ID   string
	Kind clm.StepKind
	Task Task
}

// sweep is how often a server looks for steps that another process has queued. Those of
// its own process wake the agent at once.
const sweep = time.Second

// waiting are those who wait in this process: agents for something to do, by the id of
// their device, and those who asked for a step for its end, by the step's.
type waiting struct {
	mu       sync.Mutex
	those    map[string]chan struct{} // closed to wake
	sweeping bool
}

// wait is closed when there may be something new. Whoever waits leaves again.
func (w *waiting) wait(id string) chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.those == nil {
		w.those = map[string]chan struct{}{}
	}
	woken := w.those[id]
	if woken == nil {
		woken = make(chan struct{})
		w.those[id] = woken
	}
	return woken
}

func (w *waiting) wake(ids ...string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, id := range ids {
		if woken := w.those[id]; woken != nil {
			close(woken)
			delete(w.those, id)
		}
	}
}

// leave forgets a wait. Who shares it is woken, and waits anew.
func (w *waiting) leave(id string, woken chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.those[id] == woken {
		close(woken)
		delete(w.those, id)
	}
}

// WaitForStep gives the agent that asks something to do, nil when nothing comes in time.
// What an earlier process of it had taken is lost from now on: it died, and nobody knows
// how far it came.
func (e *Engine) WaitForStep(ctx context.Context, by clm.Principal, session string, patience time.Duration) (*TakenStep, error) {
	over := time.NewTimer(patience)
	defer over.Stop()
	for {
		woken := e.waiting.wait(by.AgentID) // before looking, so that nothing is missed
		step, err := e.takeStep(ctx, by, session)
		if err == nil && step == nil && e.stayFor(ctx, woken, over.C) {
			continue
		}
		e.waiting.leave(by.AgentID, woken)
		return step, err
	}
}

// stayFor waits until an agent is woken. It is false when the agent has waited enough:
// nothing came, nobody listens any more, or the server stops.
func (e *Engine) stayFor(ctx context.Context, woken <-chan struct{}, over <-chan time.Time) bool {
	e.sweepWhileWaited()
	select {
	case <-woken:
		return true
	case <-over:
	case <-ctx.Done():
	case <-e.draining:
	}
	return false
}

// takeStep takes the next step of an agent, in the order they were asked for.
func (e *Engine) takeStep(ctx context.Context, by clm.Principal, session string) (taken *TakenStep, err error) {
	found := false
	err = e.view(ctx, func(tx Tx) error {
		steps, err := tx.StepsOf(by.AgentID)
		for i := range steps {
			found = found || steps[i].State == clm.StepQueued || steps[i].LoseTo(session)
		}
		return err
	})
	if err != nil || !found {
		return nil, err
	}
	var step *clm.Step
	err = e.update(ctx, by, func(c change) (err error) {
		step, err = c.takeStep(by.AgentID, session)
		return err
	})
	if err != nil || step == nil {
		return nil, err
	}
	taken = &TakenStep{ID: step.ID, Kind: step.Kind}
	return taken, e.unsealInto(step.ID, step.Task, &taken.Task)
}

func (c change) takeStep(deviceID, session string) (taken *clm.Step, err error) {
	steps, err := c.StepsOf(deviceID)
	if err != nil {
		return nil, err
	}
	for i := range steps {
		step := &steps[i]
		switch {
		case step.LoseTo(session):
		case step.State == clm.StepQueued && taken == nil:
			step.Take(session, c.now)
			taken = step
		default:
			continue
		}
		if err := c.UpdateStep(step); err != nil {
			return nil, err
		}
	}
	return taken, nil
}

// ReportStep takes in what came of a step. Nobody may wait for it any more: that is
// clm.KindNotFound, and the agent forgets it.
func (e *Engine) ReportStep(ctx context.Context, by clm.Principal, id string, outcome StepOutcome) error {
	sealed, err := e.sealed(outcomeID(id), outcome)
	if err != nil {
		return err
	}
	err = e.update(ctx, by, func(c change) error {
		step, err := c.Step(id)
		if err == nil && step.DeviceID != by.AgentID {
			err = clm.NounStep.NotFound(id)
		}
		if err != nil || !step.Finish(sealed) {
			return err
		}
		return c.UpdateStep(&step)
	})
	if err == nil {
		e.reported.wake(id)
	}
	return err
}

// sweepWhileWaited looks for what other processes have queued, as long as somebody waits.
func (e *Engine) sweepWhileWaited() {
	w := &e.waiting
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.sweeping {
		return
	}
	w.sweeping = true
	go func() {
		for e.sweepOnce() {
			select {
			case <-time.After(sweep):
			case <-e.draining:
			}
		}
	}()
}

// sweepOnce wakes the agents for which something is queued. It is false when nobody waits
// any more.
func (e *Engine) sweepOnce() bool {
	w := &e.waiting
	w.mu.Lock()
	if w.sweeping = len(w.those) > 0 && !e.isDraining(); !w.sweeping {
		w.mu.Unlock()
		return false
	}
	w.mu.Unlock()
	var queued []string
	err := e.view(context.Background(), func(tx Tx) (err error) {
		queued, err = tx.QueuedFor()
		return err
	})
	if err == nil { // else the next look tells
		w.wake(queued...)
	}
	return true
}

// DrainAgents sends away the agents that wait here: the server stops.
func (e *Engine) DrainAgents() { e.drain.Do(func() { close(e.draining) }) }

func (e *Engine) isDraining() bool {
	select {
	case <-e.draining:
		return true
	default:
		return false
	}
}

func outcomeID(step string) string { return step + "/outcome" }

func (e *Engine) sealed(id string, content any) ([]byte, error) {
	plain, err := json.Marshal(content)
	if err != nil {
		return nil, fmt.Errorf("encoding a step: %w", err)
	}
	sealed, err := e.Sealer.Seal(id, plain)
	if err != nil {
		return nil, fmt.Errorf("sealing a step: %w", err)
	}
	return sealed, nil
}

func (e *Engine) unsealInto(id string, sealed []byte, into any) error {
	plain, err := e.Sealer.Open(id, sealed)
	if err != nil {
		return fmt.Errorf("opening step %s: %w", id, err)
	}
	if err := json.Unmarshal(plain, into); err != nil {
		return fmt.Errorf("reading step %s: %w", id, err)
	}
	return nil
}
