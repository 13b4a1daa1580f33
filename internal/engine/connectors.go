package engine

import (
	"context"
	"strings"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// ConnectorWrite is what came of a write to a connector.
type ConnectorWrite struct {
	Connector clm.Connector
	Push      PushOutcome
}

// CreateConnector records where a certificate is to live and pushes it there.
// What would certainly fail is refused before anything is recorded; a device
// that does not answer is not a failure: the outcome says so and the connector
// stays to be pushed later.
func (e *Engine) CreateConnector(ctx context.Context, by clm.Principal, connector clm.Connector) (ConnectorWrite, error) {
	earlier, err := e.earlierConnector(ctx, by)
	if err != nil {
		return ConnectorWrite{Connector: connector}, err
	}
	switch {
	case earlier != nil && connector.Secrets != nil: // no request's key tells what they were
		return e.UpdateConnector(ctx, by, earlier.ID, connector)
	case earlier != nil:
		return e.pushed(ctx, by, *earlier)
	}
	connector.ID, connector.State = clm.NewID(), clm.NeverPushed
	if err := e.preflight(ctx, trialOf(connector)); err != nil && clm.KindOf(err) != clm.KindUnreachable {
		return ConnectorWrite{Connector: connector}, err
	}
	secret, err := e.sealPasswords(ctx, &connector)
	if err != nil {
		return ConnectorWrite{Connector: connector}, err
	}
	err = e.update(ctx, by, func(c change) error {
		earlier, err := repeated(c, c.Connector)
		if earlier != nil {
			connector = *earlier
		}
		if earlier != nil || err != nil {
			return err
		}
		return c.insertConnector(&connector, secret)
	})
	if err != nil {
		return ConnectorWrite{Connector: connector}, err
	}
	return e.pushed(ctx, by, connector)
}

// trialOf is the connector under an id that follows from its place alone. A
// process that dies in the preflight leaves something behind under that id;
// whoever asks for the same place again finds it and takes it away.
func trialOf(connector clm.Connector) clm.Connector {
	place := strings.Join(append([]string{connector.DeviceID, connector.FileSystem.Directory}, connector.FileSystem.FileNames()...), "\x00")
	connector.ID = "trial-" + digestOf([]byte(place))[:16]
	return connector
}

// earlierConnector finds what this very request made before. Its files may lie
// on the device already, where a preflight for a new connector would refuse them.
func (e *Engine) earlierConnector(ctx context.Context, by clm.Principal) (earlier *clm.Connector, err error) {
	err = e.view(ctx, func(tx Tx) error {
		earlier, err = repeated(change{Tx: tx, by: by, now: e.now()}, tx.Connector)
		return err
	})
	return earlier, err
}

func (c change) insertConnector(connector *clm.Connector, secret *clm.PrivateKey) error {
	if err := c.mayChange(connector.CertificateID); err != nil { // its key goes along
		return err
	}
	if err := c.insertSecret(secret); err != nil {
		return err
	}
	connector.CreatedAt, connector.UpdatedAt = c.now, c.now
	if err := c.InsertConnector(connector); err != nil {
		return err
	}
	if err := c.remember(connector.ID); err != nil {
		return err
	}
	return c.record(clm.NounConnector, "create", connector.ID, connector.Name, nil)
}

// UpdateConnector changes what is wanted at a place and pushes again, unless nothing
// changes and the place has it.
func (e *Engine) UpdateConnector(ctx context.Context, by clm.Principal, ref string, wanted clm.Connector) (ConnectorWrite, error) {
	current, err := e.Connector(ctx, ref)
	if err != nil {
		return ConnectorWrite{}, err
	}
	if seen, done := e.fulfilled(ctx, by, current, wanted); done {
		return ConnectorWrite{Connector: seen.Connector, Push: PushOutcome{Connector: seen.Connector, Device: seen.Device}}, nil
	}
	if current.DeviceID != wanted.DeviceID {
		return ConnectorWrite{}, clm.Invalid("device_id", "connector %q cannot move to another device", current.Name).
			WithHint("make a new connector on that device")
	}
	proposal := current
	proposal.Name, proposal.CertificateID, proposal.RemoveOnDestroy = wanted.Name, wanted.CertificateID, wanted.RemoveOnDestroy
	proposal.RequireDistribution, proposal.PushSettings, proposal.Verify = wanted.RequireDistribution, wanted.PushSettings, wanted.Verify
	proposal.Secrets = wanted.Secrets
	if proposal.CertificateID != current.CertificateID {
		proposal.RolledBack = nil
	}
	proposal.MoveTo(wanted.FileSystem)
	if err := e.preflight(ctx, proposal); err != nil && clm.KindOf(err) != clm.KindUnreachable {
		return ConnectorWrite{}, err
	}
	secret, err := e.sealPasswords(ctx, &proposal)
	if err != nil {
		return ConnectorWrite{}, err
	}
	err = e.update(ctx, by, func(c change) error {
		if err := c.mayMake(current, proposal); err != nil {
			return err
		}
		proposal.UpdatedAt = c.now
		if err := c.insertSecret(secret); err != nil {
			return err
		}
		if err := c.Tx.UpdateConnector(&proposal); err != nil {
			return err
		}
		if err := c.letGo(current, proposal); err != nil {
			return err
		}
		if current.SecretID != "" && current.SecretID != proposal.SecretID {
			if err := c.DeleteKey(current.SecretID); err != nil {
				return err
			}
		}
		return c.record(clm.NounConnector, "update", proposal.ID, proposal.Name, nil)
	})
	if err != nil {
		return ConnectorWrite{}, err
	}
	return e.pushed(ctx, by, proposal)
}

// fulfilled tells whether a wish is on record and the device was seen to have what it
// asks for. A server then takes nothing in twice: where a renewal has pushed already,
// the connector's own update finds nothing to do.
func (e *Engine) fulfilled(ctx context.Context, by clm.Principal, current, wanted clm.Connector) (Observation, bool) {
	if known(by) != nil || !current.AsksFor(wanted) || current.State != clm.Pushed {
		return Observation{}, false
	}
	seen, err := e.ObserveConnector(ctx, current.ID)
	return seen, err == nil && seen.Sync.Status == clm.InSync && !seen.Connector.WantsPush(seen.Sync)
}

// pushed pushes a connector that was just written and reads it back.
func (e *Engine) pushed(ctx context.Context, by clm.Principal, connector clm.Connector) (ConnectorWrite, error) {
	outcome := e.PushConnector(ctx, by, connector.ID)
	after, err := e.Connector(context.WithoutCancel(ctx), connector.ID) // it is recorded: the caller has to know
	return ConnectorWrite{Connector: after, Push: outcome}, err
}

// DeleteConnector forgets a connector and, where it asks for that, takes its
// files off the device first. A device that does not answer keeps them: that is
// an error unless the connector leaves its files anyway.
func (e *Engine) DeleteConnector(ctx context.Context, by clm.Principal, ref string) error {
	if err := known(by); err != nil {
		return err
	}
	connector, err := e.Connector(ctx, ref)
	if err != nil {
		return err
	}
	if err := by.MayLoosen(connector, nil); err != nil {
		return err
	}
	if connector.RemoveOnDestroy {
		if err := e.removeFiles(ctx, connector); err != nil {
			return err
		}
	}
	// A push that began since the connector was read puts its files back: then the
	// connector has changed, and deleting it is refused.
	return e.update(ctx, by, func(c change) error {
		if err := c.Tx.DeleteConnector(connector); err != nil {
			return err
		}
		return c.record(clm.NounConnector, "delete", connector.ID, connector.Name, nil)
	})
}

func (e *Engine) removeFiles(ctx context.Context, connector clm.Connector) error {
	device, err := e.Device(ctx, connector.DeviceID)
	if err != nil {
		return err
	}
	if device.CertSync != clm.SyncManaged {
		return nil // what may not be written is not taken away either
	}
	for _, place := range append(connector.Leftover, connector.FileSystem) {
		if err := e.Deployer.Remove(ctx, device, placeOf(connector, place)); err != nil {
			return err
		}
	}
	return nil
}

// Connector reads one connector, by id or name.
func (e *Engine) Connector(ctx context.Context, ref string) (connector clm.Connector, err error) {
	err = e.view(ctx, func(tx Tx) error {
		connector, err = tx.Connector(ref)
		return err
	})
	return connector, err
}

// Connectors lists connectors by name.
func (e *Engine) Connectors(ctx context.Context, filter clm.ConnectorFilter, page clm.Page) (connectors []clm.Connector, err error) {
	err = e.view(ctx, func(tx Tx) error {
		connectors, err = tx.Connectors(filter, page)
		return err
	})
	return connectors, err
}
