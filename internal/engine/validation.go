package engine

import (
	"context"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// Validation is what is served of what one connector has pushed, at every address it
// is to be seen at.
type Validation struct {
	Connector clm.Connector // with its sightings
	Device    clm.Device
	Row       clm.CertificateRow // with the version that should be served as the current one
	Reasons   []clm.SyncReason   // by sighting, "" where all is well
}

// ValidatePushes looks at what is served after the pushes of the connectors a filter
// leaves, and counts those that say nowhere where to look. It changes nothing.
func (e *Engine) ValidatePushes(ctx context.Context, filter clm.ConnectorFilter) (looked []Validation, blind int, err error) {
	filter, err = e.named(ctx, filter)
	if err != nil {
		return nil, 0, err
	}
	connectors, err := e.Connectors(ctx, filter, clm.Page{})
	if err != nil {
		return nil, 0, err
	}
	var pushed []clm.Connector
	for _, c := range connectors {
		switch {
		case c.State == clm.NeverPushed: // nothing should be served yet
		case c.Verify == nil:
			blind++
		default:
			pushed = append(pushed, c)
		}
	}
	looked = make([]Validation, len(pushed))
	err = e.atOnceEach(ctx, len(pushed), func(ctx context.Context, i int) (err error) {
		looked[i], err = e.validate(ctx, pushed[i].ID)
		return err
	})
	return looked, blind, err
}

func (e *Engine) validate(ctx context.Context, connectorID string) (Validation, error) {
	d, err := e.load(ctx, connectorID)
	if err != nil {
		return Validation{}, err
	}
	if err := e.view(ctx, d.served); err != nil {
		return Validation{}, err
	}
	out := Validation{Connector: d.connector, Device: d.device, Row: d.row}
	out.Connector.Sightings = nil
	if d.row.Current == nil || !d.device.MayRead() {
		return out, nil // there is nothing to look at, or nobody may
	}
	out.Connector.Sightings = e.Prober.Look(ctx, *d.connector.Verify, *d.row.Current)
	for _, s := range out.Connector.Sightings {
		reason := clm.SyncReason("")
		if s.Status != clm.InSync {
			owner, err := e.ownerOf(ctx, d, s.FingerprintSHA256)
			if err != nil {
				return out, err
			}
			reason = clm.JudgeServed(s, owner, s.At).Reason
		}
		out.Reasons = append(out.Reasons, reason)
	}
	return out, nil
}

// served puts the version that was pushed last in the place of the current one, which
// may wait for somebody. After a push that failed it is the current one all the same.
func (d *delivery) served(tx Tx) error {
	if d.row.Current == nil || d.connector.State != clm.Pushed || d.connector.LastPush == nil {
		return nil
	}
	versions, err := tx.Versions(d.row.Certificate.ID)
	if err != nil {
		return err
	}
	for i, v := range versions {
		if v.FingerprintSHA256 == d.connector.LastPush.FingerprintSHA256 {
			d.row.Current = &versions[i]
		}
	}
	return nil
}

// named finds what a filter names, by id or name, and refuses what is not there: a
// report on nothing would look like a good one.
func (e *Engine) named(ctx context.Context, filter clm.ConnectorFilter) (clm.ConnectorFilter, error) {
	err := e.view(ctx, func(tx Tx) error {
		if filter.CertificateID != "" {
			row, err := tx.Certificate(filter.CertificateID)
			if err != nil {
				return asField("certificate_id", err)
			}
			filter.CertificateID = row.Certificate.ID
		}
		if filter.DeviceID == "" {
			return nil
		}
		device, err := tx.Device(filter.DeviceID)
		filter.DeviceID = device.ID
		return asField("device_id", err)
	})
	return filter, err
}
