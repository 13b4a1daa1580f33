package engine

import (
	"context"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// reaching is the Deployer of an engine. It opens what a device is reached by, for
// the one use, so that nothing else in the engine ever sees a login.
type reaching struct {
	Deployer

	by *Engine
}

// way is how a device is reached: an agent comes by itself.
func (r reaching) way(device clm.Device) Deployer {
	if device.Agent != nil {
		return byAgent{r.by}
	}
	return r.Deployer
}

// ready is the device with its logins.
func (r reaching) ready(ctx context.Context, device clm.Device) (clm.Device, error) {
	if device.SSH == nil {
		return device, nil
	}
	way := *device.SSH
	var err error
	if way.Login, err = r.login(ctx, "ssh.credential_id", way.CredentialID); err != nil {
		return device, err
	}
	if way.JumpHost != nil {
		jump := *way.JumpHost
		if jump.Login, err = r.login(ctx, "ssh.jump_host.credential_id", jump.CredentialID); err != nil {
			return device, err
		}
		way.JumpHost = &jump
	}
	device.SSH = &way
	return device, nil
}

func (r reaching) login(ctx context.Context, field, credentialID string) (*clm.Login, error) {
	credential, secrets, err := r.by.opened(ctx, credentialID)
	if err != nil {
		return nil, asField(field, err)
	}
	return credential.Login(secrets), nil
}

func (r reaching) Check(ctx context.Context, device clm.Device) error {
	device, err := r.ready(ctx, device)
	if err != nil {
		return err
	}
	return r.way(device).Check(ctx, device)
}

func (r reaching) Identify(ctx context.Context, device clm.Device) (string, error) {
	device, err := r.ready(ctx, device)
	if err != nil {
		return "", err
	}
	return r.way(device).Identify(ctx, device)
}

func (r reaching) Observe(ctx context.Context, device clm.Device, set clm.FileSet) ([]clm.ObservedFile, error) {
	device, err := r.ready(ctx, device)
	if err != nil {
		return nil, err
	}
	return r.way(device).Observe(ctx, device, set)
}

func (r reaching) Run(ctx context.Context, device clm.Device, script clm.Script) (clm.ScriptResult, error) {
	device, err := r.ready(ctx, device)
	if err != nil {
		return clm.ScriptResult{}, err
	}
	return r.way(device).Run(ctx, device, script)
}

func (r reaching) Preflight(ctx context.Context, device clm.Device, set clm.FileSet) error {
	return r.with(ctx, device, set, Deployer.Preflight)
}

func (r reaching) Install(ctx context.Context, device clm.Device, set clm.FileSet) error {
	return r.with(ctx, device, set, Deployer.Install)
}

func (r reaching) Restore(ctx context.Context, device clm.Device, set clm.FileSet) error {
	return r.with(ctx, device, set, Deployer.Restore)
}

func (r reaching) Settle(ctx context.Context, device clm.Device, set clm.FileSet) error {
	return r.with(ctx, device, set, Deployer.Settle)
}

func (r reaching) Remove(ctx context.Context, device clm.Device, set clm.FileSet) error {
	return r.with(ctx, device, set, Deployer.Remove)
}

func (r reaching) with(ctx context.Context, device clm.Device, set clm.FileSet, act func(Deployer, context.Context, clm.Device, clm.FileSet) error) error {
	device, err := r.ready(ctx, device)
	if err != nil {
		return err
	}
	return act(r.way(device), ctx, device, set)
}
