package main_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/postgres"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/servers"
)

// BenchmarkIssuance compares certificates per second, each durable when the answer comes,
// with those of step-ca. Both are processes of their own and do the same: over HTTPS, on a
// connection that stays, a client that shows its certificate sends a request that it made
// before, for an ECDSA key on P-256, and has the next certificate signed by a root of the
// same kind. Nobody makes keys meanwhile. They take turns. Ours also writes an audit row,
// and withdraws the certificate that was asked for before and never shown.
func BenchmarkIssuance(b *testing.B) {
	const most = 64
	theirs := enrolledAt(b, servers.StartStepCA(b, clmtest.Peer(b, "step-ca")), most)
	for name, estate := range map[string]func(*testing.B) string{
		"sqlite":   func(b *testing.B) string { return "CLM_DATA_DIR=" + b.TempDir() },
		"postgres": func(b *testing.B) string { return "CLM_DATABASE_URL=" + postgres.New(b).URL("estate") },
	} {
		b.Run(name, func(b *testing.B) {
			ours := renewing(b, newSwarmOn(b, estate(b), most))
			for _, clients := range []int{10, most} {
				b.Run(fmt.Sprintf("clients=%d", clients), func(b *testing.B) { raceToSign(b, clients, ours, theirs) })
			}
		})
	}
}

// raceToSign lets the two take turns.
func raceToSign(b *testing.B, clients int, ours, theirs func(client int) (int, error)) {
	for client := range clients { // connects
		for _, next := range []func(int) (int, error){ours, theirs} {
			if _, err := next(client); err != nil {
				b.Fatal(err)
			}
		}
	}
	var server, peer clmtest.Turns
	for b.Loop() {
		server.Take(b, clients, ours)
		peer.Take(b, clients, theirs)
	}
	b.ReportMetric(0, "ns/op") // of a turn of both: it says nothing
	b.ReportMetric(server.PerSecond(), "certificates/s")
	b.ReportMetric(peer.PerSecond(), "step-ca/s")
	b.ReportMetric(server.PerSecond()/peer.PerSecond(), "of-step-ca")
}

// renewing has enrolled agents ask for their next certificates.
func renewing(b *testing.B, s *swarm) func(client int) (int, error) {
	b.Helper()
	s.enrol()
	ask := make([]func(context.Context) error, len(s.agents))
	for i, a := range s.agents {
		server, leave := a.connect()
		b.Cleanup(leave)
		ask[i] = func(ctx context.Context) error {
			_, err := server.RenewAgentCertificate(ctx, a.identity.request)
			return err
		}
	}
	return func(client int) (int, error) { return 1, ask[client](b.Context()) }
}

func enrolledAt(b *testing.B, peer *servers.StepCA, clients int) func(client int) (int, error) {
	b.Helper()
	all := make([]*servers.StepCAClient, clients)
	for i := range all {
		all[i] = peer.Enrol(b, fmt.Sprintf("client-%d.example.com", i))
	}
	return func(client int) (int, error) { return 1, all[client].Again() }
}
