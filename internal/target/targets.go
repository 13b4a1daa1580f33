package target

import (
	"context"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// Targets reaches devices, each in the way its entity says. It holds no state
// and may be used from many goroutines and processes at once.
type Targets struct {
	open opener
}

// New makes a Targets for the machine it runs on.
func New() *Targets { return &Targets{open: openRoot} }

// Check asks whether the device answers. clm.KindUnreachable: it is not there
// (it may come back); clm.KindFailed: it is there and cannot be used.
func (t *Targets) Check(ctx context.Context, d clm.Device) error {
	l, err := t.reach(ctx, d)
	if err != nil {
		return err
	}
	return l.check()
}

// Preflight asks whether Install would work, really trying to write, and
// leaves nothing behind. Besides the errors of Check: clm.KindExists names a
// file that is not ours, clm.KindRefused a place that must not be used.
func (t *Targets) Preflight(ctx context.Context, d clm.Device, set clm.FileSet) error {
	l, err := t.reach(ctx, d)
	if err != nil {
		return err
	}
	return l.preflight(ctx, set)
}

// Observe reads what is at the set's names, one answer for each file and in
// the same order. The Content of the set's files is not used. A name that
// holds something other than a readable file of at most 1 MiB inside the
// device's root directory is present, with no digest.
func (t *Targets) Observe(ctx context.Context, d clm.Device, set clm.FileSet) ([]clm.ObservedFile, error) {
	l, err := t.reach(ctx, d)
	if err != nil {
		return nil, err
	}
	return l.observe(ctx, set)
}

// Install makes the set what the device serves, in one atomic step. Installing
// what is there already changes nothing. After an error the device serves
// wholly what it did before, or wholly the new files; the hint says which, and
// installing again is always safe.
func (t *Targets) Install(ctx context.Context, d clm.Device, set clm.FileSet) error {
	l, err := t.reach(ctx, d)
	if err != nil {
		return err
	}
	return l.install(ctx, set)
}

// Remove takes away every file of the set's owner in the set's directory, the
// names in set.Claimed even where they were replaced by hand, and the folders
// we made that are empty by then. What is gone already is no error; what is
// not ours stays.
func (t *Targets) Remove(ctx context.Context, d clm.Device, set clm.FileSet) error {
	l, err := t.reach(ctx, d)
	if err != nil {
		return err
	}
	return l.remove(ctx, set)
}

// reach picks the way to the device.
func (t *Targets) reach(ctx context.Context, d clm.Device) (*local, error) {
	if err := ctx.Err(); err != nil {
		return nil, clm.Errorf(clm.KindFailed, "reaching device %q", d.Name).Because(err)
	}
	switch {
	case d.Local != nil:
		return newLocal(d, t.open)
	default:
		return nil, clm.Invalid("local", "device %q has no way to be reached", d.Name).WithHint("set local = { root_directory = … }")
	}
}

// Identify tells the host key that the device's SSH server shows.
func (t *Targets) Identify(context.Context, clm.Device) (string, error) {
	return "", clm.Errorf(clm.KindFailed, "not there yet")
}

// Restore puts back what the last Install of the set replaced.
func (t *Targets) Restore(context.Context, clm.Device, clm.FileSet) error {
	return clm.Errorf(clm.KindFailed, "not there yet")
}

// Settle forgets what the last Install of the set replaced.
func (t *Targets) Settle(context.Context, clm.Device, clm.FileSet) error { return nil }

// Run runs a hook.
func (t *Targets) Run(context.Context, clm.Device, clm.Script) (clm.ScriptResult, error) {
	return clm.ScriptResult{}, clm.Errorf(clm.KindFailed, "not there yet")
}
