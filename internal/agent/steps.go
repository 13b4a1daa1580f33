package agent

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/client"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/identity"
)

// waitSeconds is how long the server may keep the question for a step.
const waitSeconds = 30

// soon bounds the back-off to half a minute: a server that is there again would ask no
// less often, and a push waits for it.
const soon = 6

// worker waits for steps and carries them out, one after another, while the configuration
// wants it. It is directed by the goroutine that checks in.
type worker struct {
	agent *Agent
	hands context.Context // of what is in hand: it outlives the one that waits

	stop  context.CancelFunc // nil: not at work
	ended sync.WaitGroup
	one   sync.Mutex // held by who works: a step in hand is finished before another worker begins

	last   string // id of the step that was carried out last
	result api.StepResult
}

// direct begins or ends the work. ctx is that of the agent.
func (w *worker) direct(ctx context.Context, c api.AgentConfiguration) {
	switch {
	case c.Steps && w.stop == nil:
		ctx, stop := context.WithCancel(ctx)
		w.stop = stop
		w.ended.Go(func() { w.work(ctx, c.DeviceID, c.Name) })
	case !c.Steps && w.stop != nil:
		w.stop()
		w.stop = nil
	}
}

// finish waits for the step in hand until late; then it is broken off.
func (w *worker) finish(late <-chan time.Time, drop context.CancelFunc, grace time.Duration) error {
	if w.stop != nil {
		w.stop()
	}
	done := make(chan struct{})
	go func() { w.ended.Wait(); close(done) }()
	select {
	case <-done:
		return nil
	case <-late:
	}
	drop()
	<-done
	return fmt.Errorf("stopping: a step was still under way after %s and was broken off (give it longer with --grace)", grace)
}

func (w *worker) work(ctx context.Context, id, name string) {
	w.one.Lock()
	defer w.one.Unlock()
	for failures := 0; ctx.Err() == nil; {
		step, err := w.next(ctx)
		switch {
		case err != nil:
			failures++
			identity.Pause(ctx, w.agent.config.Clock, identity.BackOff(min(failures, soon), identity.FirstInterval)) // the check-ins tell of a server that is away
		case step != nil:
			failures = 0
			w.report(step.ID, w.once(*step, id, name))
		}
	}
}

// next waits for a step, nil when none came in time.
func (w *worker) next(ctx context.Context) (step *api.AgentStep, err error) {
	err = w.agent.contact.Ask(ctx, func(ctx context.Context, server *client.Client) error {
		step, err = server.WaitForStep(ctx, api.WaitForStep{Session: w.agent.session, WaitSeconds: waitSeconds})
		return err
	})
	return step, err
}

// once carries a step out. One that comes again, because its result got lost, is answered
// from memory: a script must not run twice.
func (w *worker) once(step api.AgentStep, id, name string) api.StepResult {
	if step.ID == w.last {
		return w.result
	}
	result := carryOut(w.hands, w.agent.deployer, w.agent.device(id, name), step)
	w.last, w.result = step.ID, result
	outcome := api.Code("done")
	if result.Failure != nil {
		outcome = result.Failure.Code // its text is for who asked: it may quote what a script printed
	}
	w.agent.config.Log.InfoContext(w.hands, "carried out a step", "step", step.ID, "kind", step.Kind, "outcome", outcome)
	return result
}

// report tells what came of a step until somebody has heard it, or nobody waits for it.
func (w *worker) report(id string, result api.StepResult) {
	for failures := 1; w.hands.Err() == nil; failures++ {
		err := w.agent.contact.Ask(w.hands, func(ctx context.Context, server *client.Client) error {
			return server.ReportStep(ctx, id, result)
		})
		if err == nil || api.Is(err, api.CodeNotFound) {
			return
		}
		if identity.Final(err) && !identity.Refused(err) {
			w.agent.config.Log.ErrorContext(w.hands, "the server does not take the result of a step", "step", id, "error", err.Error())
			return
		}
		identity.Pause(w.hands, w.agent.config.Clock, identity.BackOff(min(failures, soon), identity.FirstInterval))
	}
}
