package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
)

// report is what came of a simulation.
type report struct {
	rollout    api.Rollout
	counted    count
	enrolled   time.Duration
	staged     time.Duration
	api, bulk  rate
	refused    int // statements of nobody we know
	status     time.Duration
	database   int64 // bytes
	peakMemory int64 // bytes; 0 where the system does not tell
}

// rate is how many were done in which time.
type rate struct {
	done int
	took time.Duration
}

func (r rate) perSecond() float64 {
	if r.took == 0 {
		return 0
	}
	return float64(r.done) / r.took.Seconds()
}

// simulate runs the whole story.
func simulate(ctx context.Context, o settings) (r report, err error) {
	if o.received > o.devices {
		return r, fmt.Errorf("%d of %d devices cannot have received", o.received, o.devices)
	}
	folder, remove, err := scratch(o.folder)
	if err != nil {
		return r, err
	}
	defer remove()
	e, err := openEstate(ctx, folder)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, e.close()) }()
	f := newFleet(o)
	for _, step := range []func(context.Context, *estate, *fleet, *report) error{enrol, stage, distribute, look, check} {
		if err := step(ctx, e, f, &r); err != nil {
			return r, err
		}
	}
	return r, nil
}

func scratch(folder string) (string, func(), error) {
	if folder != "" {
		return folder, func() {}, nil
	}
	folder, err := os.MkdirTemp("", "fleet")
	return folder, func() { _ = os.RemoveAll(folder) }, err // it is in a temporary folder
}

// enrol makes the fleet known, with what each device stated last before the
// replacement.
func enrol(ctx context.Context, e *estate, f *fleet, r *report) error {
	start := time.Now()
	profile, err := e.found(ctx)
	if err != nil {
		return fmt.Errorf("founding the estate: %w", err)
	}
	f.says[old] = profile.BundleDigest
	if err := e.enrol(ctx, f); err != nil {
		return fmt.Errorf("enrolling the fleet: %w", err)
	}
	r.enrolled = time.Since(start)
	return nil
}

func stage(ctx context.Context, e *estate, f *fleet, r *report) error {
	start := time.Now()
	profile, err := e.stage(ctx)
	if err != nil {
		return fmt.Errorf("staging the replacement: %w", err)
	}
	f.says[both] = profile.BundleDigest
	r.staged = time.Since(start)
	return nil
}

// distribute delivers what the fleet states, in the order of time.
func distribute(ctx context.Context, e *estate, f *fleet, r *report) error {
	statements := f.statements()
	first := min(f.api, len(statements))
	if err := e.deliver(ctx, f, statements[:first], r); err != nil {
		return fmt.Errorf("delivering through the API: %w", err)
	}
	if err := e.write(ctx, f, statements[first:], r); err != nil {
		return fmt.Errorf("delivering in bulk: %w", err)
	}
	e.clock.advance(began.Add(window))
	return nil
}

// look asks for the rollout a few times and takes the time in between.
func look(ctx context.Context, e *estate, _ *fleet, r *report) (err error) {
	const looks = 21
	var took []time.Duration
	for range looks {
		start := time.Now()
		if r.rollout, err = e.client.Rollout(ctx, rootName); err != nil {
			return fmt.Errorf("reading the rollout: %w", err)
		}
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	r.status = took[looks/2]
	r.database, r.peakMemory = e.size(), peakMemory()
	return nil
}

// check holds the rollout to what the devices were told to state, and to a count of
// every single receipt.
func check(ctx context.Context, e *estate, f *fleet, r *report) (err error) {
	if r.counted, err = e.count(ctx, f); err != nil {
		return fmt.Errorf("counting the receipts: %w", err)
	}
	want := fmt.Sprintf("%d of %d agents received the new certificate", f.received, f.devices)
	if r.rollout.Message != want {
		return fmt.Errorf("the rollout says %q, not %q", r.rollout.Message, want)
	}
	return r.counted.agrees(r.rollout)
}
