package engine

import (
	"context"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// CreateDevice records a device that answers. One that is ignored need not.
func (e *Engine) CreateDevice(ctx context.Context, by clm.Principal, device clm.Device) (clm.Device, error) {
	if err := e.acceptable(ctx, device); err != nil {
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
		if err := c.remember(device.ID); err != nil {
			return err
		}
		return c.record(clm.NounDevice, "create", device.ID, device.Name, nil)
	})
	return device, err
}

// acceptable refuses a device that is malformed or does not answer.
func (e *Engine) acceptable(ctx context.Context, device clm.Device) error {
	if err := device.Check(); err != nil {
		return err
	}
	if !device.MayRead() {
		return nil
	}
	return e.Deployer.Check(ctx, device)
}

// UpdateDevice changes how a device is named, treated or reached.
func (e *Engine) UpdateDevice(ctx context.Context, by clm.Principal, ref string, wanted clm.Device) (clm.Device, error) {
	if err := e.acceptable(ctx, wanted); err != nil {
		return wanted, err
	}
	var device clm.Device
	err := e.update(ctx, by, func(c change) (err error) {
		if device, err = c.Device(ref); err != nil {
			return err
		}
		if moved := *device.Local != *wanted.Local; moved {
			if err := c.forgetPushes(device); err != nil {
				return err
			}
		}
		device.Name, device.CertSync, device.Local = wanted.Name, wanted.CertSync, wanted.Local
		device.UpdatedAt = c.now
		if err := c.Tx.UpdateDevice(&device); err != nil {
			return err
		}
		return c.record(clm.NounDevice, "update", device.ID, device.Name, nil)
	})
	return device, err
}

// forgetPushes gives up the files of a device that is another place from now on:
// what lies there under the same names is not ours.
func (c change) forgetPushes(device clm.Device) error {
	connectors, err := c.Connectors(clm.ConnectorFilter{DeviceID: device.ID}, clm.Page{})
	if err != nil {
		return err
	}
	for _, connector := range connectors {
		connector.LastPush, connector.Leftover = nil, nil
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
