package engine

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// put is what a push does on the device. Where it fails after the files are in place,
// what was there before is put back.
func (e *Engine) put(ctx context.Context, by clm.Principal, d *delivery) error {
	if err := e.runBefore(ctx, d); err != nil {
		return err
	}
	d.changed = true
	if err := e.Deployer.Install(ctx, d.device, d.set); err != nil {
		return err
	}
	err := e.readBack(ctx, d)
	if !d.set.Restorable {
		return err
	}
	if err == nil {
		err = e.reload(ctx, by, d)
	}
	if err == nil {
		err = e.watch(ctx, d)
	}
	if err != nil {
		return e.restore(ctx, d, err)
	}
	return e.Deployer.Settle(ctx, d.device, d.set)
}

// readBack looks at what the device has after it was switched.
func (e *Engine) readBack(ctx context.Context, d *delivery) error {
	found, err := e.Deployer.Observe(ctx, d.device, d.set)
	if err != nil {
		return err
	}
	return verify(d.device, d.set, found)
}

// watch waits until every address serves the new certificate.
func (e *Engine) watch(ctx context.Context, d *delivery) error {
	if d.connector.Verify == nil {
		return nil
	}
	d.sightings = e.Prober.Watch(ctx, *d.connector.Verify, *d.row.Current)
	if clm.AllInSync(d.sightings) {
		return nil
	}
	var wrong []string
	for _, s := range d.sightings {
		if s.Status != clm.InSync {
			wrong = append(wrong, s.Address+": "+s.Detail)
		}
	}
	return clm.Errorf(clm.KindFailed, "device %q has the certificate of connector %q, and does not serve it:\n%s",
		d.device.Name, d.connector.Name, strings.Join(wrong, "\n"))
}

// restoreTime is how long putting things back may take, however little the caller has
// left.
const restoreTime = time.Minute

// restore puts back what was there and has it taken in again. The cause is what the
// caller gets, with what became of that.
func (e *Engine) restore(ctx context.Context, d *delivery, cause error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), restoreTime)
	defer cancel()
	err := e.Deployer.Restore(ctx, d.device, d.set)
	switch {
	case clm.KindOf(err) == clm.KindUnreachable && clm.KindOf(cause) == clm.KindUnreachable:
		return clm.Errorf(clm.KindUnreachable, "%s", cause.Error()).
			WithHint("the new files are in place, and may not be taken in yet: the next push goes on from there")
	case err != nil:
		failed := clm.Errorf(clm.KindFailed, "%s; what was there before could not be put back: %s", cause.Error(), err.Error()).
			WithHint("the new files are in place: see to the device, then push again")
		if clm.IsUnknown(cause) {
			return clm.NobodyKnows(failed)
		}
		return failed
	}
	d.changed = false
	script := d.connector.Reload(d.device)
	if script == nil || d.connector.LastPush == nil && !e.anyThere(ctx, d) { // there is nothing to take in
		return clm.Errorf(clm.KindFailed, "%s", cause.Error()).WithHint("what was there before is back")
	}
	if err := e.run(ctx, d, "restore", *script); err != nil {
		failed := clm.Errorf(clm.KindFailed, "%s; the files of before are back, and having them taken in failed too: %s", cause.Error(), err.Error()).
			WithHint("see to the server on the device, then push again")
		if clm.IsUnknown(err) {
			return clm.NobodyKnows(failed)
		}
		return failed
	}
	return clm.Errorf(clm.KindFailed, "%s", cause.Error()).WithHint("what was there before is back, and was taken in")
}

// anyThere tells whether files that are not ours are back at the place of a push.
// Where nobody can tell, having them taken in does no harm.
func (e *Engine) anyThere(ctx context.Context, d *delivery) bool {
	found, err := e.Deployer.Observe(ctx, d.device, d.set)
	return err != nil || slices.ContainsFunc(found, func(f clm.ObservedFile) bool { return f.Present })
}

// resolve finds out how a push ended that died in the middle of a script: what is
// served tells. Where nothing does, somebody has to look.
func (e *Engine) resolve(ctx context.Context, by clm.Principal, d *delivery) error {
	refusal := d.connector.Interrupted()
	if d.connector.Running != clm.StepPostScript || d.connector.Verify == nil {
		return refusal
	}
	if err := e.watch(ctx, d); err != nil {
		return refusal.Because(err)
	}
	if d.order != nil && d.order.State != clm.InProgress && d.order.State != clm.Unknown {
		return refusal // it was another order's push
	}
	found, err := e.Deployer.Observe(ctx, d.device, d.set)
	if err != nil {
		return err
	}
	files := map[string]string{}
	for i, file := range d.set.Files {
		files[file.Name] = found[i].SHA256
		if !file.Secret && found[i].SHA256 != digestOf(file.Content) { // a key store is never rendered the same twice
			return refusal
		}
	}
	if err := e.Deployer.Settle(ctx, d.device, d.set); err != nil {
		return err
	}
	return e.complete(ctx, by, d, files)
}
