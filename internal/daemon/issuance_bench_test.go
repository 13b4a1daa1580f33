package daemon_test

import (
	"fmt"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/servers"
)

// BenchmarkIssuance compares certificates per second, each durable when the answer comes,
// with those of step-ca. Both do the same: over HTTPS, on a connection that stays, a client
// that shows its certificate sends a request that it made before, for an ECDSA key on P-256,
// and has the next certificate signed by a root of the same kind. Nobody makes keys
// meanwhile. They take turns. Ours also writes an audit row, and withdraws the certificate
// that was asked for before and never shown.
func BenchmarkIssuance(b *testing.B) {
	peer := servers.StartStepCA(b, clmtest.Peer(b, "step-ca"))
	for name, open := range estates {
		b.Run(name, func(b *testing.B) {
			ours, theirs := newCrew(b, open(b), together).renewing(b), enrolledAt(b, peer, together)
			for _, clients := range []int{10, together} {
				b.Run(fmt.Sprintf("clients=%d", clients), func(b *testing.B) { race(b, clients, ours, theirs) })
			}
		})
	}
}

func race(b *testing.B, clients int, ours, theirs func(client int) (int, error)) {
	for client := range clients { // connects
		for _, next := range []func(int) (int, error){ours, theirs} {
			_, err := next(client)
			must(b, err)
		}
	}
	var server, peer load
	for b.Loop() {
		server.take(b, clients, ours)
		peer.take(b, clients, theirs)
	}
	b.ReportMetric(0, "ns/op") // of a turn of both: it says nothing
	b.ReportMetric(server.perSecond(), "certificates/s")
	b.ReportMetric(peer.perSecond(), "step-ca/s")
	b.ReportMetric(server.perSecond()/peer.perSecond(), "of-step-ca")
}

// renewing has agents ask for their next certificates.
func (c *crew) renewing(b *testing.B) func(client int) (int, error) {
	b.Helper()
	agents := c.callers(b, "https://"+c.Address(), "kept")
	requests := make([]string, len(agents))
	for i := range requests {
		requests[i], _ = certificateRequest(b)
	}
	return func(client int) (int, error) {
		_, err := agents[client].RenewAgentCertificate(b.Context(), requests[client])
		return 1, err
	}
}

func enrolledAt(b *testing.B, peer *servers.StepCA, clients int) func(client int) (int, error) {
	b.Helper()
	all := make([]*servers.StepCAClient, clients)
	for i := range all {
		all[i] = peer.Enrol(b, fmt.Sprintf("client-%d.example.com", i))
	}
	return func(client int) (int, error) { return 1, all[client].Again() }
}
