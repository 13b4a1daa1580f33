package main

import (
	"testing"
)

// The numbers of a rollout are those the devices were told to state, whatever they
// said in between, and those of a count of every receipt.
func TestFleet(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]settings{
		"2076 of 2393": {devices: 2393, received: 2076, never: 23, api: 1 << 30, callers: 64},
		"in bulk":      {devices: 2393, received: 2076, never: 23},
		"nobody":       {devices: 100, never: 1, api: 20, callers: 4},
		"everybody":    {devices: 100, received: 100, api: 20, callers: 4},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o.callers, o.seed, o.folder = max(1, o.callers), 7, t.TempDir()
			r, err := simulate(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			if r.rollout.Expected != int64(o.devices) || r.rollout.Received != int64(o.received) || r.rollout.Classes["never_reported"] != int64(o.never) {
				t.Errorf("%d of %d received, %v", r.rollout.Received, r.rollout.Expected, r.rollout.Classes)
			}
			if o.api > len(newFleet(o).statements()) && r.refused != o.devices/100 {
				t.Errorf("%d strangers were refused", r.refused)
			}
		})
	}
}

// The same seed tells the same story.
func TestTheSameSeed(t *testing.T) {
	t.Parallel()
	o := settings{devices: 500, received: 400, never: 5, seed: 3}
	first, second := newFleet(o).statements(), newFleet(o).statements()
	if len(first) != len(second) {
		t.Fatalf("%d statements, then %d", len(first), len(second))
	}
	for i := range first {
		if first[i] != second[i] {
			t.Fatalf("statement %d is %v, then %v", i, first[i], second[i])
		}
	}
}
