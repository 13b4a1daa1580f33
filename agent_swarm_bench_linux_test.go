package main_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/backend"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/postgres"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/servers"
)

// BenchmarkAgentFleet is a fleet of CLM_FLEET agents, a thousand unless it says more, with
// one server process on PostgreSQL: they enrol, check in, state what they have, and live
// through the replacement of the root that they and the server prove themselves by, from
// stage to retired. It fails when a number of the rollout is not what the agents stated.
//
// Agents are simulated: one process speaks for all of them, by a certificate of each but
// for one key, and installs nothing. Their requests are real, each visit by a handshake
// of its own. Sixteen visit at once, one after the other without a rest: what they wait
// is what they wait when the server has all it can do.
func BenchmarkAgentFleet(b *testing.B) {
	size, err := strconv.Atoi(cmp.Or(os.Getenv("CLM_FLEET"), "1000"))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() { // a story, told once
		s := newSwarm(b, size)
		s.enrol()
		s.visitAll(s.agents)
		s.replace()
		s.report()
	}
}

// visitors is how many agents are at the server at once.
const visitors = 16

// swarm is the fleet and its server.
type swarm struct {
	*testing.B
	server *servers.CLM
	admin  *clmtest.Estate // works on the database itself
	agents []*simulated
	began  time.Time

	enrolled, renewed rate
	waited            waits
}

func newSwarm(b *testing.B, size int) *swarm {
	b.Helper()
	return newSwarmOn(b, "CLM_DATABASE_URL="+postgres.New(b).URL("fleet"), size)
}

// newSwarmOn starts a server of the estate that a setting names.
func newSwarmOn(b *testing.B, estate string, size int) *swarm {
	b.Helper()
	const passphrase = "correct horse battery"
	s := &swarm{B: b, began: time.Now(), server: servers.StartCLMOn(b, clmtest.Binary(b), b.TempDir(),
		[]string{estate, "CLM_PASSPHRASE=" + passphrase}, filepath.Join(b.TempDir(), "server-ca.pem"), "--background-interval", "2s")}
	s.admin = clmtest.NewBackend(b, func(c *backend.Config) {
		c.DataDir, c.DatabaseURL, c.Passphrase, c.Clock = strings.TrimPrefix(estate, "CLM_DATA_DIR="), "", passphrase, nil
		if url, found := strings.CutPrefix(estate, "CLM_DATABASE_URL="); found {
			c.DataDir, c.DatabaseURL = "", url
		}
	})
	s.agents = simulatedAgents(b, s.server, size)
	return s
}

func (s *swarm) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// enrol makes the devices and their tokens first: then enrolling is all that is done.
func (s *swarm) enrol() {
	s.Helper()
	root, err := s.admin.RootCertificate(s.Context(), "clm-server")
	s.must(err)
	profile, err := s.admin.CreateCommunicationProfile(s.Context(), api.WriteCommunicationProfile{
		Name: "fleet", RootCertificateIDs: []string{root.ID}, CheckInIntervalSeconds: 900, TrustStore: api.TrustStore{Directory: "trust", BundleFile: "ca.pem"},
	})
	s.must(err)
	tokens := make([]string, len(s.agents))
	s.each(s.agents, func(ctx context.Context, i int, a *simulated) error {
		device, err := s.admin.CreateDevice(ctx, api.WriteDevice{Name: a.name, CertSync: "managed", Agent: true, CommunicationProfileID: profile.ID})
		if err != nil {
			return err
		}
		token, err := s.admin.CreateEnrolmentToken(ctx, api.CreateEnrolmentToken{DeviceID: device.ID, ExpiresSeconds: 6 * 3600})
		tokens[i] = token.Secret
		return err
	})
	s.Logf("%d devices after %v", len(s.agents), time.Since(s.began).Round(time.Second))
	s.each(s.agents, func(ctx context.Context, i int, a *simulated) error {
		err := a.enrol(ctx, tokens[i])
		s.enrolled.count()
		return err
	})
	s.Logf("enrolled after %v", time.Since(s.began).Round(time.Second))
}

// visitAll has each of some agents visit the server once.
func (s *swarm) visitAll(some []*simulated) {
	s.Helper()
	s.each(some, func(ctx context.Context, _ int, a *simulated) error {
		renewed, err := a.visit(ctx, &s.waited)
		if renewed {
			s.renewed.count()
		}
		return err
	})
}

// each lets as many work at once as there are visitors. What fails for one ends it all.
func (s *swarm) each(some []*simulated, work func(ctx context.Context, i int, a *simulated) error) {
	s.Helper()
	var next atomic.Int64
	var failed atomic.Pointer[error]
	var all sync.WaitGroup
	for range visitors {
		all.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(some)) && failed.Load() == nil; i = next.Add(1) - 1 {
				if err := work(s.Context(), int(i), some[i]); err != nil {
					err = fmt.Errorf("the agent of %s: %w", some[i].name, err)
					failed.Store(&err)
				}
			}
		})
	}
	all.Wait()
	if err := failed.Load(); err != nil {
		s.Fatal(*err)
	}
}

// replace goes from stage to retired, and counts on the way.
func (s *swarm) replace() {
	s.Helper()
	root, err := s.admin.RootCertificate(s.Context(), "clm-server")
	s.must(err)
	_, err = s.admin.UpdateRootCertificate(s.Context(), root.ID, api.WriteRootCertificate{
		Name: root.Name, DeletionProtection: true, Source: api.RootSource{Kind: "self_signed", SelfSigned: &api.SelfSigned{
			Subject: api.Subject{CommonName: "CLM server 2"}, ValidityPeriodHours: 24 * 365,
		}},
		Policy: &api.ReplacementPolicy{MinimumReceivedPercent: 100, OverlapSeconds: int64(max(20, len(s.agents)/100)), OnFailure: "stop"},
	})
	s.must(err)
	half := len(s.agents) / 2
	s.received(0)
	s.visitAll(s.agents[:half])
	s.received(half)
	s.visitAll(s.agents[half:])
	s.received(len(s.agents))
	s.Logf("distributed after %v", time.Since(s.began).Round(time.Second))
	_, err = s.admin.TransitRootCertificate(s.Context(), root.ID, api.Transition{Verb: "finalize"})
	s.must(err)
	for s.rollout().Phase != "active" {
		s.visitAll(s.agents)
	}
	s.visitAll(s.agents) // who was away when the old root went
	s.Logf("retired after %v", time.Since(s.began).Round(time.Second))
	s.ended()
}

func (s *swarm) rollout() api.Rollout {
	s.Helper()
	rollout, err := s.admin.Rollout(s.Context(), "clm-server")
	s.must(err)
	return rollout
}

// received holds the rollout to what the agents stated.
func (s *swarm) received(want int) {
	s.Helper()
	if r := s.rollout(); r.Received != int64(want) || r.Expected != int64(len(s.agents)) {
		s.Fatalf("a wrong count: %d of %d have received, and %d of %d have said so", r.Received, r.Expected, want, len(s.agents))
	}
}

// ended tells whether every agent has a certificate by the new root, and trusts that alone.
func (s *swarm) ended() {
	s.Helper()
	profile, err := s.admin.CommunicationProfile(s.Context(), "fleet")
	s.must(err)
	wrong := 0
	for _, a := range s.agents {
		if leaf := a.shown.Leaf; leaf.Issuer.CommonName != "CLM server 2" || a.digest != profile.BundleDigest {
			wrong++
		}
	}
	if wrong > 0 {
		s.Fatal(errors.New(strconv.Itoa(wrong) + " agents have the certificate or the trust of before"))
	}
}

func (s *swarm) report() {
	s.Helper()
	s.ReportMetric(0, "ns/op") // of the story: it says nothing
	s.ReportMetric(s.waited.share(0.50), "p50-ms")
	s.ReportMetric(s.waited.share(0.99), "p99-ms")
	s.ReportMetric(float64(s.enrolled.peak()), "peak-enrolments/s")
	s.ReportMetric(float64(s.renewed.peak()), "peak-renewals/s")
	s.ReportMetric(peakMegabytes(s.B, s.server.PID()), "server-MB")
	s.ReportMetric(0, "wrong") // it fails otherwise
}
