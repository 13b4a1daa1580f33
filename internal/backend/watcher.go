package backend

import (
	"context"
	"crypto/x509"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/probe"
)

// Servers that are told to read their certificate answer before they have: it is
// looked at again for a while. Then old and new processes of a server answer side by
// side, in nginx for 100 ms: one good look proves nothing.
const (
	watchTime  = 15 * time.Second
	watchPause = 200 * time.Millisecond
	watchTimes = 2 // in a row
)

// watcher looks at what servers serve, with probe.
type watcher struct{ prober probe.Prober }

// Watch implements engine.Prober. What it answers is the last look at each address.
func (w *watcher) Watch(ctx context.Context, v clm.Verification, expected clm.Version) []clm.Sighting {
	until, good := time.Now().Add(watchTime), 0
	for {
		sightings := w.Look(ctx, v, expected)
		if good++; !clm.AllInSync(sightings) {
			good = 0
		}
		if good == watchTimes || !time.Now().Before(until) {
			return sightings
		}
		select {
		case <-ctx.Done():
			return sightings
		case <-time.After(watchPause):
		}
	}
}

// Look implements engine.Prober.
func (w *watcher) Look(ctx context.Context, v clm.Verification, expected clm.Version) []clm.Sighting {
	var sightings []clm.Sighting
	wanted := probe.Expected{FingerprintSHA256: expected.FingerprintSHA256, Chain: expected.Chain}
	for _, result := range w.prober.Probe(ctx, requestsOf(v, expected)) {
		for _, v := range probe.Judge(wanted, result) {
			sightings = append(sightings, clm.Sighting{
				Address: v.Address, Status: v.Status, Reason: v.Reason,
				FingerprintSHA256: v.FingerprintSHA256, Detail: v.Detail, At: time.Now().UTC(),
			})
		}
	}
	return sightings
}

func requestsOf(v clm.Verification, expected clm.Version) []probe.Request {
	name := v.ServerName
	if cert, err := x509.ParseCertificate(expected.Certificate); name == "" && err == nil && len(cert.DNSNames) > 0 {
		name = cert.DNSNames[0]
	}
	requests := make([]probe.Request, len(v.Addresses))
	for i, address := range v.Addresses {
		requests[i] = probe.Request{Address: address, ServerName: name, Protocol: v.Protocol}
	}
	return requests
}
