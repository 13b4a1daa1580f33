package engine

import (
	"context"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

// CreateDevice records a device that answers. One that is ignored need not.
func (e *Engine) CreateDevice(ctx context.Context, by clm.Principal, device clm.Device) (clm.Device, error) {
	if err := e.acceptable(ctx, &device); err != nil {
		return device, err
	}
	device.ID = clm.NewID()
	err := e.update(ctx, by, func(c change) error {
		earlier, err := repeated(c, c.Device)
		if earlier != nil {
			device = *earlier
		}
		if earlier != nil || err != nil {
			return err
		}
		device.CreatedAt, device.UpdatedAt = c.now, c.now
		if err := c.InsertDevice(&device); err != nil {
			return err
		}
		if err := c.join(device); err != nil {
			return err
		}
		if err := c.remember(device.ID); err != nil {
			return err
		}
		return c.record(clm.NounDevice, "create", device.ID, device.Name, nil)
	})
	return device, err
}

// acceptable refuses a device that is malformed or does not answer, and completes
// what is found out about it: the host key that is trusted on first use.
func (e *Engine) acceptable(ctx context.Context, device *clm.Device) error {
	if err := device.Check(); err != nil {
		return err
	}
	if err := readHostKeys(device); err != nil {
		return err
	}
	if !device.MayRead() {
		return nil
	}
	if way := device.SSH; way != nil && way.HostKey == "" {
		key, err := e.Deployer.Identify(ctx, *device)
		if err != nil {
			return err
		}
		way.HostKey = key
	}
	return e.Deployer.Check(ctx, *device)
}

// readHostKeys brings host keys into the form in which they are compared.
func readHostKeys(device *clm.Device) (err error) {
	if device.SSH == nil {
		return nil
	}
	if key := &device.SSH.HostKey; *key != "" {
		if *key, err = pki.SSHHostKey(*key); err != nil {
			return inField("ssh", invalid("", err))
		}
	}
	if jump := device.SSH.JumpHost; jump != nil {
		if jump.HostKey, err = pki.SSHHostKey(jump.HostKey); err != nil {
			return inField("ssh.jump_host", invalid("", err))
		}
	}
	return nil
}

// acceptableFor refuses what a device must not become. One that is reached as
// before need not answer: else nobody could take a dead device off a profile.
func (e *Engine) acceptableFor(ctx context.Context, ref string, wanted *clm.Device) error {
	device, err := e.Device(ctx, ref)
	if err != nil || !device.SamePlace(*wanted) || device.CertSync != wanted.CertSync {
		return e.acceptable(ctx, wanted)
	}
	if way := wanted.SSH; way != nil && way.HostKey == "" && way.HostKeyPolicy == clm.HostKeyOnFirstUse {
		way.HostKey = device.SSH.HostKey // the first use was long ago
	}
	if err := wanted.Check(); err != nil {
		return err
	}
	return readHostKeys(wanted)
}

// UpdateDevice changes how a device is named, treated or reached.
func (e *Engine) UpdateDevice(ctx context.Context, by clm.Principal, ref string, wanted clm.Device) (clm.Device, error) {
	if err := e.acceptableFor(ctx, ref, &wanted); err != nil {
		return wanted, err
	}
	var device clm.Device
	err := e.update(ctx, by, func(c change) (err error) {
		if device, err = c.Device(ref); err != nil {
			return err
		}
		return c.becomes(&device, wanted)
	})
	return device, err
}

// becomes makes a device what is wanted of it.
func (c change) becomes(device *clm.Device, wanted clm.Device) error {
	moves := !device.SamePlace(wanted)
	joins := moves || device.ProfileID != wanted.ProfileID
	if moves {
		if err := c.forgetPushes(*device); err != nil {
			return err
		}
	}
	wanted.ID, wanted.CreatedAt, wanted.UpdatedAt, wanted.Revision = device.ID, device.CreatedAt, c.now, device.Revision
	*device = wanted
	if err := c.Tx.UpdateDevice(device); err != nil {
		return err
	}
	if joins {
		if err := c.join(*device); err != nil {
			return err
		}
	}
	if err := c.agentFollows(*device); err != nil {
		return err
	}
	return c.record(clm.NounDevice, "update", device.ID, device.Name, nil)
}

// agentFollows keeps the agent of a device in step: a device that is reached otherwise
// has none.
func (c change) agentFollows(device clm.Device) error {
	if device.Agent == nil {
		return c.deleteAgent(device.ID)
	}
	return c.renameAgent(device.ID, device.Name)
}

// join begins a device's record with its profile: what it stated about another
// profile, or at another place, says nothing any more.
func (c change) join(device clm.Device) error {
	if device.ProfileID == "" {
		return c.DeleteReceipt(device.ID)
	}
	receipt := clm.Receipt{DeviceID: device.ID, ProfileID: device.ProfileID}
	receipt.Follow(device)
	return c.PutReceipt(receipt)
}

// forgetPushes gives up the files of a device that is another place from now on:
// what lies there under the same names is not ours.
func (c change) forgetPushes(device clm.Device) error {
	connectors, err := c.Connectors(clm.ConnectorFilter{DeviceID: device.ID}, clm.Page{})
	if err != nil {
		return err
	}
	for _, connector := range connectors {
		connector.LastPush, connector.Previous, connector.RolledBack, connector.Leftover = nil, nil, nil, nil
		if err := c.Tx.UpdateConnector(&connector); err != nil {
			return err
		}
	}
	return nil
}

// DeleteDevice forgets a device. What lies on it stays there; a device that
// still has connectors is refused.
func (e *Engine) DeleteDevice(ctx context.Context, by clm.Principal, ref string) error {
	return e.update(ctx, by, func(c change) error {
		device, err := c.Device(ref)
		if err != nil {
			return err
		}
		if err := c.Tx.DeleteDevice(device); err != nil {
			return err
		}
		if err := c.deleteAgent(device.ID); err != nil {
			return err
		}
		return c.record(clm.NounDevice, "delete", device.ID, device.Name, nil)
	})
}

// Device reads one device, by id or name.
func (e *Engine) Device(ctx context.Context, ref string) (device clm.Device, err error) {
	err = e.view(ctx, func(tx Tx) error {
		device, err = tx.Device(ref)
		return err
	})
	return device, err
}

// Devices lists devices by name.
func (e *Engine) Devices(ctx context.Context, page clm.Page) (devices []clm.Device, err error) {
	err = e.view(ctx, func(tx Tx) error {
		devices, err = tx.Devices(page)
		return err
	})
	return devices, err
}

// Ask tells whether a device answers now; nil when nobody may look.
func (e *Engine) Ask(ctx context.Context, device clm.Device) error {
	if !device.MayRead() {
		return nil
	}
	return e.Deployer.Check(ctx, device)
}

// Trust is what a device states to trust, and what it should.
type Trust struct {
	Receipt clm.Receipt
	Wanted  string // digest of the bundle its profile publishes
	Pending bool   // it answers, and telling it would change something
}

// Trust looks at a device that has a profile. It records nothing.
func (e *Engine) Trust(ctx context.Context, device clm.Device) (Trust, error) {
	b, err := e.brief(ctx, device)
	if err != nil {
		return Trust{}, err
	}
	t := Trust{Receipt: b.receipt, Wanted: b.bundle.Digest}
	if !device.Reached() {
		return t, nil
	}
	stated, err := e.installed(ctx, b)
	if err != nil {
		return t, nil //nolint:nilerr // a device in trouble is an observation; it is not told anything now
	}
	if stated, err = e.knownDigest(ctx, b.profile.ID, stated); err != nil {
		return t, err
	}
	outdated := b.receipt.Digest != stated || (stated == t.Wanted && b.receipt.Failure != "")
	t.Pending = b.calls(stated) || outdated
	return t, nil
}

// CheckInDevice tells a device what its profile publishes, and records what it
// then states.
func (e *Engine) CheckInDevice(ctx context.Context, by clm.Principal, ref string) (CheckIn, error) {
	if err := known(by); err != nil {
		return CheckIn{}, err
	}
	device, err := e.Device(ctx, ref)
	if err != nil {
		return CheckIn{}, err
	}
	trouble, err := e.tellEach(ctx, by, []clm.Device{device})
	if err != nil || len(trouble) == 0 {
		return CheckIn{Device: device}, err
	}
	return trouble[0], nil
}
