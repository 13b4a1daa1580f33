package clmtest

import (
	"context"
	"sync"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/engine"
)

// Deployer wraps another and fails on demand, before or after the other has done
// its work: a call that fails may have taken effect.
type Deployer struct {
	engine.Deployer

	mu     sync.Mutex
	faults map[string]Fault
	calls  []string
}

// Fault is how a call fails.
type Fault struct {
	Err     error
	Applied bool   // the work was done all the same
	Device  string // name of the only device that is concerned, "" for all
	once    bool
}

// Fail makes the named method ("check", "preflight", "observe", "install",
// "remove", "identify", "restore", "settle", "run") fail until it is given a zero
// Fault.
func (d *Deployer) Fail(method string, f Fault) { d.fail(method, f) }

// FailOnce makes it fail the next time, and then no more.
func (d *Deployer) FailOnce(method string, f Fault) {
	f.once = true
	d.fail(method, f)
}

func (d *Deployer) fail(method string, f Fault) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.faults == nil {
		d.faults = map[string]Fault{}
	}
	d.faults[method] = f
}

// Calls lists the methods called so far, each with the device's name.
func (d *Deployer) Calls() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]string(nil), d.calls...)
}

func (d *Deployer) call(method string, device clm.Device, work func() error) error {
	fault := d.faultOf(method, device)
	if fault.Err == nil {
		return work()
	}
	if fault.Applied {
		if err := work(); err != nil {
			return err
		}
	}
	return fault.Err
}

// faultOf notes a call and tells how it fails, if it does.
func (d *Deployer) faultOf(method string, device clm.Device) Fault {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.calls = append(d.calls, method+" "+device.Name)
	fault := d.faults[method]
	if fault.Device != "" && fault.Device != device.Name {
		return Fault{}
	}
	if fault.once {
		delete(d.faults, method)
	}
	return fault
}

// Check implements engine.Deployer.
func (d *Deployer) Check(ctx context.Context, device clm.Device) error {
	return d.call("check", device, func() error { return d.Deployer.Check(ctx, device) })
}

// Preflight implements engine.Deployer.
func (d *Deployer) Preflight(ctx context.Context, device clm.Device, set clm.FileSet) error {
	return d.call("preflight", device, func() error { return d.Deployer.Preflight(ctx, device, set) })
}

// Observe implements engine.Deployer.
func (d *Deployer) Observe(ctx context.Context, device clm.Device, set clm.FileSet) (files []clm.ObservedFile, err error) {
	err = d.call("observe", device, func() error {
		files, err = d.Deployer.Observe(ctx, device, set)
		return err
	})
	return files, err
}

// Install implements engine.Deployer.
func (d *Deployer) Install(ctx context.Context, device clm.Device, set clm.FileSet) error {
	return d.call("install", device, func() error { return d.Deployer.Install(ctx, device, set) })
}

// Remove implements engine.Deployer.
func (d *Deployer) Remove(ctx context.Context, device clm.Device, set clm.FileSet) error {
	return d.call("remove", device, func() error { return d.Deployer.Remove(ctx, device, set) })
}

// Identify implements engine.Deployer.
func (d *Deployer) Identify(ctx context.Context, device clm.Device) (key string, err error) {
	err = d.call("identify", device, func() error {
		key, err = d.Deployer.Identify(ctx, device)
		return err
	})
	return key, err
}

// Restore implements engine.Deployer.
func (d *Deployer) Restore(ctx context.Context, device clm.Device, set clm.FileSet) error {
	return d.call("restore", device, func() error { return d.Deployer.Restore(ctx, device, set) })
}

// Settle implements engine.Deployer.
func (d *Deployer) Settle(ctx context.Context, device clm.Device, set clm.FileSet) error {
	return d.call("settle", device, func() error { return d.Deployer.Settle(ctx, device, set) })
}

// Run implements engine.Deployer.
func (d *Deployer) Run(ctx context.Context, device clm.Device, script clm.Script) (result clm.ScriptResult, err error) {
	err = d.call("run", device, func() error {
		result, err = d.Deployer.Run(ctx, device, script)
		return err
	})
	return result, err
}
