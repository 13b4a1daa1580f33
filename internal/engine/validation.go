package engine

import (
	"context"

	"golang.org/x/sync/errgroup"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// atOnce is how many devices or servers are looked at at the same time.
const atOnce = 16

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
	err = atOnceEach(ctx, len(pushed), func(ctx context.Context, i int) (err error) {
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
	out := Validation{Connector: d.connector, Device: d.device, Row: d.row}
	if d.row.Current == nil {
		return out, nil
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

// atOnceEach calls do for 0 ≤ i < n, some at the same time, and returns the first error.
func atOnceEach(ctx context.Context, n int, do func(ctx context.Context, i int) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for i := range n {
		group.Go(func() error { return do(ctx, i) })
	}
	return group.Wait()
}
