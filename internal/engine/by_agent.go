package engine

import (
	"context"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// byAgent is the Deployer of devices with an agent: what is to be done is queued as a
// step, the agent takes it, and says what came of it. Any process may queue, on any
// server's database; any server the agent asks hands it out.
//
//	queued   the agent has not heard of it: it is taken back, and surely did not begin
//	taken    it may have been done; a later process of the agent makes it lost
//	done     its outcome is on record until it was read
//
// A process that dies while it waits leaves its step behind. Doing it does no harm, as
// with any step that was begun and not seen through; it is swept away with the next one.
type byAgent struct{ *Engine }

// What a device's agent is given before it counts as away, and a step before it counts
// as lost. Nobody waits for an agent that has missed some check-ins.
const (
	defaultAgentPatience = 30 * time.Second
	stepTime             = 2 * time.Minute
	missedCheckIns       = 3
	recheck              = 250 * time.Millisecond // of steps another process is told about
)

// Check tells whether the agent was heard of lately.
func (a byAgent) Check(ctx context.Context, device clm.Device) error {
	if device.ID == "" {
		return nil // its agent enrols later
	}
	return a.present(ctx, device)
}

func (a byAgent) present(ctx context.Context, device clm.Device) error {
	var profile clm.CommunicationProfile
	var receipt clm.Receipt
	err := a.view(ctx, func(tx Tx) (err error) {
		if _, err := tx.Agent(device.ID); err != nil {
			return notEnrolled(device, err)
		}
		if profile, err = tx.Profile(device.ProfileID); err != nil {
			return err
		}
		receipt, err = tx.Receipt(device.ID)
		return err
	})
	if err != nil {
		return err
	}
	patience := max(missedCheckIns*profile.CheckInInterval, a.patience())
	if a.now().Sub(receipt.LastSeen) > patience {
		return away(device, receipt)
	}
	return nil
}

func notEnrolled(device clm.Device, err error) error {
	if clm.KindOf(err) != clm.KindNotFound {
		return err
	}
	return clm.Errorf(clm.KindUnreachable, "the agent of device %q has not enrolled yet", device.Name).
		WithHint("start it there: terraform-provider-clm agent --server … --enrolment-token …")
}

func away(device clm.Device, receipt clm.Receipt) error {
	seen := "has never checked in"
	if !receipt.LastSeen.IsZero() {
		seen = "checked in last at " + receipt.LastSeen.UTC().Format(time.RFC3339)
	}
	return clm.Errorf(clm.KindUnreachable, "the agent of device %q %s", device.Name, seen).
		WithHint("see that it runs and reaches a server")
}

func (a byAgent) patience() time.Duration {
	if a.AgentPatience > 0 {
		return a.AgentPatience
	}
	return defaultAgentPatience
}

// Identify has no meaning: there is no SSH server.
func (a byAgent) Identify(_ context.Context, device clm.Device) (string, error) {
	return "", clm.Invalid("ssh", "device %q has no SSH server", device.Name)
}

// Preflight implements Deployer.
func (a byAgent) Preflight(ctx context.Context, device clm.Device, set clm.FileSet) error {
	_, err := a.do(ctx, device, clm.StepPreflight, Task{Set: set}, stepTime)
	return err
}

// Observe implements Deployer.
func (a byAgent) Observe(ctx context.Context, device clm.Device, set clm.FileSet) ([]clm.ObservedFile, error) {
	outcome, err := a.do(ctx, device, clm.StepObserve, Task{Set: set.Outline()}, stepTime)
	return outcome.Observed, err
}

// Install implements Deployer.
func (a byAgent) Install(ctx context.Context, device clm.Device, set clm.FileSet) error {
	_, err := a.do(ctx, device, clm.StepInstall, Task{Set: set}, stepTime)
	return err
}

// Remove implements Deployer.
func (a byAgent) Remove(ctx context.Context, device clm.Device, set clm.FileSet) error {
	_, err := a.do(ctx, device, clm.StepRemove, Task{Set: set.Outline()}, stepTime)
	return err
}

// Restore implements Deployer.
func (a byAgent) Restore(ctx context.Context, device clm.Device, set clm.FileSet) error {
	_, err := a.do(ctx, device, clm.StepRestore, Task{Set: set.Outline()}, stepTime)
	return err
}

// Settle implements Deployer.
func (a byAgent) Settle(ctx context.Context, device clm.Device, set clm.FileSet) error {
	_, err := a.do(ctx, device, clm.StepSettle, Task{Set: set.Outline()}, stepTime)
	return err
}

// Run implements Deployer.
func (a byAgent) Run(ctx context.Context, device clm.Device, script clm.Script) (clm.ScriptResult, error) {
	limit := script.Timeout
	if limit == 0 {
		limit = clm.DefaultScriptTimeout
	}
	outcome, err := a.do(ctx, device, clm.StepRun, Task{Script: script, Env: script.Env}, limit+stepTime)
	return outcome.Result, err
}

// do has the agent carry out a step, and waits for what comes of it.
func (a byAgent) do(ctx context.Context, device clm.Device, kind clm.StepKind, task Task, limit time.Duration) (outcome StepOutcome, err error) {
	if err := a.present(ctx, device); err != nil {
		return outcome, err
	}
	task.Sync = device.CertSync
	step := clm.Step{ID: clm.NewID(), DeviceID: device.ID, Kind: kind, State: clm.StepQueued}
	if step.Task, err = a.sealed(step.ID, task); err != nil {
		return outcome, err
	}
	// A step that is queued is seen through or taken back, whatever becomes of the caller.
	kept := context.WithoutCancel(ctx)
	if err := a.queue(kept, &step); err != nil {
		return outcome, err
	}
	a.waiting.wake(device.ID)
	last, err := a.awaited(ctx, device, step.ID, limit)
	switch {
	case err != nil:
		return outcome, err
	case last.State != clm.StepDone:
		return outcome, clm.NobodyKnows(clm.Errorf(clm.KindFailed, "the agent of device %q began to %s and did not say what came of it", device.Name, kind).
			WithHint("see the agent's log; what is on the device is looked at next time"))
	}
	if err := a.unsealInto(outcomeID(step.ID), last.Outcome, &outcome); err != nil {
		return outcome, err
	}
	return outcome, outcome.Failure.err()
}

// stepper is on record for steps.
var stepper = clm.Principal{Name: "engine:steps"}

// queue puts a step before its agent, and sweeps away what was left behind.
func (a byAgent) queue(ctx context.Context, step *clm.Step) error {
	return a.update(ctx, stepper, func(c change) error {
		step.CreatedAt = c.now
		old, err := c.StepsOf(step.DeviceID)
		if err != nil {
			return err
		}
		for _, left := range old {
			if c.now.Sub(left.CreatedAt) > 24*time.Hour {
				if err := c.DeleteStep(left); err != nil {
					return err
				}
			}
		}
		return c.InsertStep(step)
	})
}

// awaited waits for the end of a step and takes it off the record.
func (a byAgent) awaited(ctx context.Context, device clm.Device, id string, limit time.Duration) (clm.Step, error) {
	again := time.NewTicker(recheck)
	defer again.Stop()
	began, given := time.Now(), a.patience()
	kept := context.WithoutCancel(ctx)
	for {
		reported := a.reported.wait(id)
		step, err := a.step(kept, id)
		if err != nil {
			return step, err
		}
		passed := time.Since(began)
		switch step.State {
		case clm.StepQueued:
			if passed > given || ctx.Err() != nil || a.isDraining() {
				step, err := a.takeBack(kept, id)
				if err == nil && step.State == clm.StepQueued {
					err = a.notTaken(ctx, device)
				}
				return step, err
			}
		case clm.StepTaken: // what it does is to be known, even when nobody waits any more
			if given = limit + a.patience(); passed > given {
				return a.takeBack(kept, id)
			}
		case clm.StepDone, clm.StepLost:
			return a.takeBack(kept, id)
		}
		select {
		case <-reported:
		case <-again.C:
			a.reported.leave(id, reported)
		}
	}
}

func (a byAgent) step(ctx context.Context, id string) (step clm.Step, err error) {
	err = a.view(ctx, func(tx Tx) error {
		step, err = tx.Step(id)
		return err
	})
	return step, err
}

// takeBack takes a step off the record, and tells how far it had come by then.
func (a byAgent) takeBack(ctx context.Context, id string) (step clm.Step, err error) {
	err = a.update(ctx, stepper, func(c change) error {
		if step, err = c.Step(id); err != nil {
			return err
		}
		return c.DeleteStep(step)
	})
	return step, err
}

func (a byAgent) notTaken(ctx context.Context, device clm.Device) error {
	if err := ctx.Err(); err != nil {
		return clm.Errorf(clm.KindUnreachable, "the time for it was over before the agent of device %q had taken it", device.Name)
	}
	var receipt clm.Receipt
	err := a.view(ctx, func(tx Tx) (err error) {
		receipt, err = tx.Receipt(device.ID)
		return err
	})
	if err != nil {
		return err
	}
	return away(device, receipt)
}
