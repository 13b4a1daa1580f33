package engine_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/engine"
)

var itself = clm.Principal{Name: "server:test"}

// round makes one round, which has to come to its end.
func (s *stage) round(kind clm.RoundKind) clm.Round {
	s.t.Helper()
	r, _, err := s.RunRound(s.t.Context(), itself, engine.Turn{Kind: kind, Every: time.Minute})
	must(s.t, err)
	return r
}

// comesTo holds what a round did, and what it could not do.
func (s *stage) comesTo(r clm.Round, done int, troubles ...string) {
	s.t.Helper()
	var got []string
	for _, t := range r.Troubles {
		got = append(got, fmt.Sprintf("%s %s, %d times", t.Noun, t.Name, t.Times))
	}
	if fmt.Sprint(got) != fmt.Sprint(troubles) || r.Done != done || r.UnderWay() || (r.Outcome == clm.RoundSucceeded) != (len(troubles) == 0) {
		s.t.Fatalf("a round %s did %d things, want %d, with the troubles %+v, want %v", r.Outcome, r.Done, done, r.Troubles, troubles)
	}
}

// renewable is a certificate on a device that is due after 480 hours.
func renewable(t testing.TB) *stage {
	s := newStage(t)
	s.connector("shop", s.certificate("shop", s.root("lab")), s.device("web-1"))
	return s
}

const untilDue = 480 * time.Hour

// What is due is renewed once and is on its device; what its owner never wanted
// renewed, what is revoked and what is on hold is left alone.
func TestARoundRenewsWhatIsDue(t *testing.T) {
	t.Parallel()
	s := renewable(t)
	root := must2(s.Root(t.Context(), "lab"))
	for _, name := range []string{"held", "revoked"} {
		s.certificate(name, root)
	}
	must2(s.RevokeCertificate(t.Context(), alice, "held", clm.ReasonHold))
	must2(s.RevokeCertificate(t.Context(), alice, "revoked", "key_compromise"))
	by := spec("by-hand", root)
	by.EarlyRenewalHours = 0
	must2(s.CreateCertificate(t.Context(), alice, "by-hand", by))
	s.comesTo(s.round(clm.RoundRenewals), 0)
	s.clock.Advance(untilDue)
	s.comesTo(s.round(clm.RoundRenewals), 2) // issued, and pushed
	s.comesTo(s.round(clm.RoundRenewals), 0)
	s.checkPushed()
	s.clock.Advance(240 * time.Hour) // the others have expired
	s.comesTo(s.round(clm.RoundRenewals), 0)
	for name, want := range map[string]int64{"shop": 2, "held": 1, "revoked": 1, "by-hand": 1} {
		if row := must2(s.Certificate(t.Context(), name)); row.Certificate.Current != want {
			t.Errorf("%s is at version %d, want %d", name, row.Certificate.Current, want)
		}
	}
	s.checkTrail()
}

// Whoever renews or revokes while a round is about to renew was first: there is no
// second version, and no trouble.
func TestARoundYields(t *testing.T) {
	t.Parallel()
	for name, meanwhile := range map[string]func(*stage){
		"renewed": func(s *stage) {
			row := must2(s.Certificate(s.t.Context(), "shop"))
			must2(s.UpdateCertificate(s.t.Context(), alice, "shop", "shop", row.Certificate.Spec))
		},
		"revoked": func(s *stage) { must2(s.RevokeCertificate(s.t.Context(), alice, "shop", "key_compromise")) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := renewable(t)
			s.clock.Advance(untilDue)
			s.issuer.meanwhile = func() {
				s.issuer.meanwhile = nil
				meanwhile(s)
			}
			s.comesTo(s.round(clm.RoundRenewals), 0)
			row := must2(s.Certificate(t.Context(), "shop"))
			if want := map[string]int64{"renewed": 2, "revoked": 1}[name]; row.Current.Number != want || len(s.versions(row.Certificate.ID)) != int(want) {
				t.Errorf("it is at version %d of %d, want %d", row.Current.Number, len(s.versions(row.Certificate.ID)), want)
			}
			if name == "revoked" && row.Current.State != clm.VersionRevoked {
				t.Errorf("it is %s", row.Current.State)
			}
			s.checkTrail()
		})
	}
}

// What fails is told, rests longer and longer, and keeps nobody else from anything.
func TestTroubleRestsAndIsTriedAgain(t *testing.T) {
	t.Parallel()
	s := renewable(t)
	root := must2(s.Root(t.Context(), "lab"))
	long := spec("too-long", root)
	long.ValidityPeriodHours, long.EarlyRenewalHours = 8700, 8500
	must2(s.CreateCertificate(t.Context(), alice, "too-long", long))
	s.clock.Advance(untilDue)
	const inTrouble = "certificate too-long, "
	s.comesTo(s.round(clm.RoundRenewals), 2, inTrouble+"1 times")
	s.comesTo(s.round(clm.RoundRenewals), 0, inTrouble+"1 times") // it rests
	for _, want := range []struct {
		after time.Duration
		times int
	}{{time.Minute, 2}, {time.Minute, 2}, {time.Minute, 3}, {4 * time.Minute, 4}} {
		s.clock.Advance(want.after)
		s.comesTo(s.round(clm.RoundRenewals), 0, fmt.Sprint(inTrouble, want.times, " times"))
	}
	all := must2(s.Rounds(t.Context()))
	if told := all[1].Troubles[0]; all[1].Kind != clm.RoundRenewals || !strings.Contains(told.Error, "would outlive its issuer") || !told.RetryAt.Equal(s.now().Add(8*time.Minute)) {
		t.Errorf("what is told is %+v", all[1])
	}
	long.EarlyRenewalHours = 100
	must2(s.UpdateCertificate(t.Context(), alice, "too-long", "too-long", long))
	s.comesTo(s.round(clm.RoundRenewals), 0)
}

// More than a round does is done by the next ones, and each thing once.
func TestRoundsAreCapped(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	root := s.root("lab")
	for n := range 130 {
		s.certificate(fmt.Sprintf("shop-%03d", n), root)
	}
	s.clock.Advance(untilDue)
	first := s.round(clm.RoundRenewals)
	s.comesTo(first, 100)
	if first.After != "shop-099" {
		t.Errorf("the next round goes on after %q", first.After)
	}
	s.comesTo(s.round(clm.RoundRenewals), 30)
	s.comesTo(s.round(clm.RoundRenewals), 0)
	for n := range 130 {
		if row := must2(s.Certificate(t.Context(), fmt.Sprintf("shop-%03d", n))); row.Certificate.Current != 2 {
			t.Errorf("%s is at version %d", row.Certificate.Name, row.Certificate.Current)
		}
	}
}

// When it is enough nothing more is begun, and it is still due the next time.
func TestARoundIsCutShort(t *testing.T) {
	t.Parallel()
	s := renewable(t)
	s.clock.Advance(untilDue)
	enough := make(chan struct{})
	close(enough)
	r, _, err := s.RunRound(t.Context(), itself, engine.Turn{Kind: clm.RoundRenewals, Every: time.Minute, Enough: enough})
	must(t, err)
	s.comesTo(r, 0)
	s.comesTo(s.round(clm.RoundRenewals), 2)
}

// A work order is carried out once, at its hour and not before.
func TestARoundCarriesOutWorkOrders(t *testing.T) {
	t.Parallel()
	var hour time.Time
	s := guarded(t, func(c *clm.Connector) {
		hour = time.Now().Add(48 * time.Hour)
		c.PushSettings.ScheduledAt = &hour
	})
	s.agreed()
	s.comesTo(s.round(clm.RoundPushes), 0)
	s.clock.Advance(47 * time.Hour)
	s.comesTo(s.round(clm.RoundPushes), 0)
	s.orders(clm.Scheduled)
	s.clock.Advance(2 * time.Hour)
	s.comesTo(s.round(clm.RoundPushes), 1)
	s.orders(clm.Completed)
	s.checkPushed()
	s.comesTo(s.round(clm.RoundPushes), 0)
}

// One that fails at its hour waits for a person: another hour is not what was agreed to.
func TestAWorkOrderThatFailedIsNotCarriedOutAgain(t *testing.T) {
	t.Parallel()
	hour := time.Now().Add(time.Hour)
	s := guarded(t, func(c *clm.Connector) { c.PushSettings.ScheduledAt = &hour })
	s.agreed()
	s.clock.Advance(2 * time.Hour)
	s.deployer.FailOnce("install", full("web-1"))
	s.comesTo(s.round(clm.RoundPushes), 0, "work_order "+s.order().ID+", 1 times")
	s.orders(clm.WorkOrderFailed)
	s.clock.Advance(24 * time.Hour)
	s.comesTo(s.round(clm.RoundPushes), 0)
	s.orders(clm.WorkOrderFailed)
	must(t, must2(s.ImplementWorkOrder(t.Context(), alice, s.order().ID)).Push.Err)
	s.checkPushed()
}

// A device that was away when its certificate was renewed gets it when it is back. Who
// is in the middle of a push is left to it.
func TestARoundMakesPushesGood(t *testing.T) {
	t.Parallel()
	s := renewable(t)
	s.clock.Advance(untilDue)
	s.deployer.Fail("preflight", clmtest.Fault{Err: clm.Errorf(clm.KindUnreachable, "nobody answers")})
	s.comesTo(s.round(clm.RoundRenewals), 1, "connector shop, 1 times")
	s.comesTo(s.round(clm.RoundRenewals), 0) // from here on it is another round's
	s.comesTo(s.round(clm.RoundPushes), 0)   // whoever has renewed it is given a while
	s.clock.Advance(2 * time.Minute)
	s.comesTo(s.round(clm.RoundPushes), 0, "connector shop, 1 times")
	s.deployer.Fail("preflight", clmtest.Fault{})
	s.comesTo(s.round(clm.RoundPushes), 0, "connector shop, 1 times")
	s.clock.Advance(time.Minute)
	s.comesTo(s.round(clm.RoundPushes), 1)
	s.checkPushed()
}

// A server may die at any write of a renewal and of its push: with the next one there
// is one new version, and it is on the device.
func TestAServerDiesInARound(t *testing.T) {
	t.Parallel()
	for n := 1; ; n++ {
		s := renewable(t)
		s.clock.Advance(untilDue)
		s.store.failNext(n, n%2 == 0, true)
		_, _, err := s.RunRound(t.Context(), itself, engine.Turn{Kind: clm.RoundRenewals, Every: time.Minute})
		if s.store.count() < n {
			must(t, err)
			if n < 5 {
				t.Errorf("a renewal with its push is only %d writes", n-1)
			}
			return
		}
		next := openStage(t, s.folder, s.clock)
		next.round(clm.RoundRenewals)
		next.clock.Advance(time.Hour)
		next.round(clm.RoundPushes)
		if row := must2(next.Certificate(t.Context(), "shop")); row.Certificate.Current != 2 {
			t.Errorf("died at write %d: the certificate is at version %d", n, row.Certificate.Current)
		}
		if sync := next.sync("shop"); sync.Status != clm.InSync {
			t.Errorf("died at write %d: the device is %s: %s", n, sync.Status, sync.Reason)
		}
		next.checkTrail()
	}
}

// A push under way is nobody else's, for as long as it may take.
func TestAPushUnderWayIsLeftAlone(t *testing.T) {
	t.Parallel()
	s := renewable(t)
	s.clock.Advance(untilDue)
	s.store.failNext(3, true, true) // begun, and dead
	_, _, err := s.RunRound(t.Context(), itself, engine.Turn{Kind: clm.RoundRenewals, Every: time.Minute})
	if err == nil {
		t.Fatal("it did not die")
	}
	next := openStage(t, s.folder, s.clock)
	if c := must2(next.Connector(t.Context(), "shop")); c.State != clm.Pushing {
		t.Fatalf("the connector is %s", c.State)
	}
	next.clock.Advance(9 * time.Minute)
	next.comesTo(next.round(clm.RoundPushes), 0)
	next.clock.Advance(2 * time.Minute)
	next.comesTo(next.round(clm.RoundPushes), 1)
	next.checkPushed()
}

// A renewal does not break into a push either: what it made waits for another round.
func TestARenewalYieldsToAPush(t *testing.T) {
	t.Parallel()
	s := renewable(t)
	s.clock.Advance(untilDue)
	s.store.failNext(1, true, true) // begun, and dead
	if err := s.push(); err == nil {
		t.Fatal("it did not die")
	}
	next := openStage(t, s.folder, s.clock)
	next.comesTo(next.round(clm.RoundRenewals), 1)
	if c := must2(next.Connector(t.Context(), "shop")); c.State != clm.Pushing || c.LastPush.Version != 1 {
		t.Errorf("the connector is %s at version %d", c.State, c.LastPush.Version)
	}
	next.clock.Advance(11 * time.Minute)
	next.comesTo(next.round(clm.RoundPushes), 1)
	next.checkPushed()
}

// Rounds that overlap, as they should not, still have every effect once.
func TestOverlappingRounds(t *testing.T) {
	t.Parallel()
	s := renewable(t)
	s.clock.Advance(untilDue)
	s.deployer.Fail("preflight", clmtest.Fault{Err: clm.Errorf(clm.KindUnreachable, "nobody answers")})
	s.overlapping(clm.RoundRenewals)
	s.deployer.Fail("preflight", clmtest.Fault{})
	s.clock.Advance(10 * time.Minute)
	s.overlapping(clm.RoundPushes)
	done := map[string]int{}
	for _, e := range s.trail() {
		done[e.Action]++
	}
	if done["certificate.renew"] != 1 || done["connector.complete_push"] != 2 { // the first is the connector's own
		t.Errorf("what was done is %v", done)
	}
	s.checkPushed()
}

func (s *stage) overlapping(kind clm.RoundKind) {
	var all sync.WaitGroup
	for range 5 {
		all.Go(func() {
			if _, _, err := s.RunRound(s.t.Context(), itself, engine.Turn{Kind: kind, Every: time.Minute}); err != nil {
				s.t.Error(err)
			}
		})
	}
	all.Wait()
}

// A replacement goes on by itself as soon as it can, and where it stops that is told.
func TestARoundDrivesReplacementsOn(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 2, 1)
	f.away("agent-1")
	f.clock.Advance(time.Minute)
	f.want(wish("corp 2027"))
	f.comesTo(f.round(clm.RoundReplacements), 1)
	f.is(clm.RootDistributing)
	f.back("agent-1")
	f.clock.Advance(time.Minute)
	f.comesTo(f.round(clm.RoundReplacements), 1)
	f.is(clm.RootActive)
	f.comesTo(f.round(clm.RoundReplacements), 0)
	f.checkServed()
	f.deployer.Fail("install", full("server-0"))
	f.want(wish("corp 2028"))
	f.comesTo(f.round(clm.RoundReplacements), 0, "root_certificate corp, 1 times")
}

// What is not served as it should be is told until it is.
func TestARoundVerifies(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	in := connectorInput("shop", s.certificate("shop", s.root("lab")), s.device("web-1"))
	in.Verify = &clm.Verification{Addresses: []string{"192.0.2.1:443"}, Protocol: "tls"}
	must(t, must2(s.CreateConnector(t.Context(), alice, in)).Push.Err)
	s.comesTo(s.round(clm.RoundVerification), 1)
	s.watcher.wrong = "it serves the one of before"
	r := s.round(clm.RoundVerification)
	s.comesTo(r, 0, "connector shop, 1 times")
	if said := r.Troubles[0].Error; !strings.Contains(said, "web-1") || !strings.Contains(said, "previous_certificate") {
		t.Errorf("it says %q", said)
	}
	s.watcher.wrong = ""
	s.clock.Advance(time.Minute)
	s.comesTo(s.round(clm.RoundVerification), 1)
}
