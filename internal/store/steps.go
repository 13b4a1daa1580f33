package store

import "github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"

var steps = &table[clm.Step]{
	noun:    clm.NounStep,
	name:    "steps",
	columns: []string{"device_id", "state"},
	header:  func(s *clm.Step) (string, string, *int64) { return s.ID, s.ID, &s.Revision },
	values:  func(s *clm.Step) []any { return []any{s.DeviceID, string(s.State)} },
	refers: func(s *clm.Step) []reference {
		return []reference{{clm.NounDevice, "devices", s.DeviceID, "device_id"}}
	},
}

// Step finds a step by its id.
func (tx *Tx) Step(id string) (clm.Step, error) { return steps.get(tx, id) }

// StepsOf lists the steps of a device, in the order in which they were asked for.
func (tx *Tx) StepsOf(deviceID string) ([]clm.Step, error) {
	var w where
	w.and("device_id = ?", deviceID)
	return steps.list(tx, w, clm.Page{})
}

// QueuedFor lists the devices for whose agents steps are queued.
func (tx *Tx) QueuedFor() ([]string, error) {
	return tx.texts("SELECT DISTINCT device_id FROM steps WHERE state = ? ORDER BY device_id", string(clm.StepQueued))
}

// InsertStep adds a step of a device.
func (tx *Tx) InsertStep(s *clm.Step) error { return steps.insert(tx, s) }

// UpdateStep replaces what is stored of a step.
func (tx *Tx) UpdateStep(s *clm.Step) error { return steps.update(tx, s) }

// DeleteStep removes a step.
func (tx *Tx) DeleteStep(s clm.Step) error { return steps.remove(tx, &s) }
