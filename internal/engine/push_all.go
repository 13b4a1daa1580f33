package engine

import (
	"context"
	"slices"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// pushAll pushes a new version to every connector of its certificate, and tells what
// became of each, in the order of the connectors. One device's trouble is its own: it
// is reported and the rest go on. Devices are served at the same time. On one device a
// push follows the other: their scripts may be about the same server.
func (e *Engine) pushAll(ctx context.Context, by clm.Principal, certificateID string) ([]PushOutcome, error) {
	// The new version exists, whatever becomes of the caller's patience: it has to
	// be told.
	connectors, err := e.Connectors(context.WithoutCancel(ctx), clm.ConnectorFilter{CertificateID: certificateID}, clm.Page{})
	if err != nil {
		return nil, err
	}
	connectors = slices.DeleteFunc(connectors, func(c clm.Connector) bool { return !c.Settings().Automatic })
	outcomes, turns := make([]PushOutcome, len(connectors)), byDevice(connectors)
	err = e.atOnceEach(ctx, len(turns), func(ctx context.Context, i int) error {
		for _, n := range turns[i] {
			outcomes[n] = e.PushConnector(ctx, by, connectors[n].ID)
		}
		return nil // an outcome has its own error
	})
	return outcomes, err
}

// byDevice groups the indices of connectors by device, in their order.
func byDevice(connectors []clm.Connector) (groups [][]int) {
	at := map[string]int{}
	for n, c := range connectors {
		i, known := at[c.DeviceID]
		if !known {
			i = len(groups)
			at[c.DeviceID], groups = i, append(groups, nil)
		}
		groups[i] = append(groups[i], n)
	}
	return groups
}
