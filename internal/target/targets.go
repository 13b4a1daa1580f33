package target

import (
	"context"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// Targets reaches devices, each in the way its entity says. It holds nothing but
// connections, and may be used from many goroutines and processes at once.
type Targets struct {
	wrap func(disk) disk // every disk that is opened
	pool *pool
}

// New makes a Targets for the machine it runs on.
func New() *Targets { return newTargets(usual) }

// NewElsewhere makes one for whom no device is the machine it runs on: nothing is
// written there, and nobody logs in there.
func NewElsewhere() *Targets {
	l := usual
	l.elsewhere = true
	return newTargets(l)
}

func newTargets(l limits) *Targets {
	return &Targets{wrap: func(d disk) disk { return d }, pool: newPool(l)}
}

// Close closes the connections. What is still at work with one fails.
func (t *Targets) Close() { t.pool.close() }

// Check asks whether the device answers. clm.KindUnreachable: it is not there
// (it may come back); clm.KindFailed: it is there and cannot be used.
func (t *Targets) Check(ctx context.Context, d clm.Device) error {
	w, err := t.reach(ctx, d)
	if err != nil {
		return err
	}
	return w.check(ctx)
}

// Preflight asks whether Install would work, really trying to write, and
// leaves nothing behind. Besides the errors of Check: clm.KindExists names a
// file that is not ours, clm.KindRefused a place that must not be used.
func (t *Targets) Preflight(ctx context.Context, d clm.Device, set clm.FileSet) error {
	w, err := t.reach(ctx, d)
	if err != nil {
		return err
	}
	return w.preflight(ctx, set)
}

// Observe reads what is at the set's names, one answer for each file and in
// the same order. The Content of the set's files is not used. A name that
// holds something other than a readable file of at most 1 MiB inside the
// device's root directory is present, with no digest.
func (t *Targets) Observe(ctx context.Context, d clm.Device, set clm.FileSet) ([]clm.ObservedFile, error) {
	w, err := t.reach(ctx, d)
	if err != nil {
		return nil, err
	}
	return w.observe(ctx, set)
}

// Install makes the set what the device serves, in one atomic step. Installing
// what is there already changes nothing. After an error the device serves
// wholly what it did before, or wholly the new files; the hint says which, and
// installing again is always safe.
func (t *Targets) Install(ctx context.Context, d clm.Device, set clm.FileSet) error {
	w, err := t.reach(ctx, d)
	if err != nil {
		return err
	}
	return w.install(ctx, set)
}

// Remove takes away every file of the set's owner in the set's directory, the
// names in set.Claimed even where they were replaced by hand, and the folders
// we made that are empty by then. What is gone already is no error; what is
// not ours stays.
func (t *Targets) Remove(ctx context.Context, d clm.Device, set clm.FileSet) error {
	w, err := t.reach(ctx, d)
	if err != nil {
		return err
	}
	return w.remove(ctx, set)
}

// Restore puts back what the last Install of the set replaced, in one atomic
// step, files of others included; nothing, when nothing was replaced since the
// set was settled. It may be repeated.
func (t *Targets) Restore(ctx context.Context, d clm.Device, set clm.FileSet) error {
	w, err := t.reach(ctx, d)
	if err != nil {
		return err
	}
	return w.restore(ctx, set)
}

// Settle forgets what Restore would put back. It may be repeated.
func (t *Targets) Settle(ctx context.Context, d clm.Device, set clm.FileSet) error {
	w, err := t.reach(ctx, d)
	if err != nil {
		return err
	}
	return w.settle(ctx, set)
}

// Run runs a hook on the device. A hook that ran to its end is no error,
// whatever its exit code. clm.KindUnreachable: it surely did not begin;
// clm.KindFailed: it did not begin, or nobody knows what it did, and the error
// says which.
func (t *Targets) Run(ctx context.Context, d clm.Device, s clm.Script) (clm.ScriptResult, error) {
	w, err := t.reach(ctx, d)
	if err != nil {
		return clm.ScriptResult{}, err
	}
	if err := checkScript(s); err != nil {
		return clm.ScriptResult{}, err
	}
	return w.run(ctx, s)
}

// Identify tells the host key that the device's SSH server shows, as in
// authorized_keys(5). Nothing proves that it is the right one.
func (t *Targets) Identify(ctx context.Context, d clm.Device) (string, error) {
	if d.SSH == nil {
		return "", clm.Invalid("ssh", "device %q has no SSH server", d.Name)
	}
	r := &remote{device: d.Name, ssh: *d.SSH}
	key, err := identify(ctx, *d.SSH, t.pool.limits)
	if err != nil {
		return "", r.unusable(err)
	}
	return key, nil
}

// reach picks the way to the device.
func (t *Targets) reach(ctx context.Context, d clm.Device) (*way, error) {
	if err := ctx.Err(); err != nil {
		return nil, clm.Errorf(clm.KindFailed, "reaching device %q", d.Name).Because(err)
	}
	switch {
	case d.SSH != nil:
		return newRemote(d, t.pool, t.wrap), nil
	case d.Local != nil && t.pool.limits.elsewhere:
		return nil, thisMachine("local", "device %q is a folder of the server's own machine", d.Name)
	case d.Local != nil:
		return newLocal(d, t.wrap)
	default:
		return nil, clm.Invalid("local", "device %q has no way to be reached", d.Name).WithHint("set local = { root_directory = … }")
	}
}
