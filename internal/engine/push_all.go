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
	connectors, err := e.automatic(context.WithoutCancel(ctx), certificateID)
	if err != nil {
		return nil, err
	}
	outcomes, turns := make([]PushOutcome, len(connectors)), byDevice(connectors, func(c clm.Connector) string { return c.DeviceID })
	err = e.atOnceEach(ctx, len(turns), func(ctx context.Context, i int) error {
		for _, n := range turns[i] {
			outcomes[n] = e.PushConnector(ctx, by, connectors[n].ID)
		}
		return nil // an outcome has its own error
	})
	return outcomes, err
}

// automatic are the connectors of a certificate to which a new version is pushed by
// itself.
func (e *Engine) automatic(ctx context.Context, certificateID string) ([]clm.Connector, error) {
	connectors, err := e.Connectors(ctx, clm.ConnectorFilter{CertificateID: certificateID}, clm.Page{})
	return slices.DeleteFunc(connectors, func(c clm.Connector) bool { return !c.Settings().Automatic }), err
}

// byDevice groups the indices of what is about devices, in order. What is about none
// is a group of its own.
func byDevice[T any](all []T, deviceOf func(T) string) (groups [][]int) {
	at := map[string]int{}
	for n, one := range all {
		device := deviceOf(one)
		i, known := at[device]
		if !known || device == "" {
			i = len(groups)
			at[device], groups = i, append(groups, nil)
		}
		groups[i] = append(groups[i], n)
	}
	return groups
}
