package engine_test

import (
	"strings"
	"testing"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/engine"
)

var (
	ann = clm.Principal{Name: "test:ann", RequestID: "request-2"}
	bob = clm.Principal{Name: "test:bob", RequestID: "request-3"}
)

// guarded is a certificate whose pushes two people have to agree to. Nothing was pushed.
func guarded(t *testing.T, change ...func(*clm.Connector)) *stage {
	t.Helper()
	s := newStage(t)
	policy := must2(s.CreateApprovalPolicy(t.Context(), alice, clm.ApprovalPolicy{Name: "two", Levels: 2, ExpiresAfter: 72 * time.Hour}))
	in := connectorInput("shop", s.certificate("shop", s.root("lab")), s.device("web-1"))
	settings := clm.DefaultPushSettings()
	settings.ApprovalPolicyID = policy.ID
	in.PushSettings = &settings
	for _, c := range change {
		c(&in)
	}
	out := must2(s.CreateConnector(t.Context(), alice, in))
	s.waits(out.Push.Err)
	return s
}

// waits holds that a push waits, and that nothing is on the device.
func (s *stage) waits(err error) {
	s.t.Helper()
	if clm.KindOf(err) != clm.KindPending || !strings.Contains(err.Error(), s.order().ID) {
		s.t.Fatalf("it does not wait: %v", err)
	}
}

// order is the last work order there is.
func (s *stage) order() clm.WorkOrder {
	s.t.Helper()
	orders := must2(s.WorkOrders(s.t.Context(), clm.WorkOrderFilter{}, clm.Page{}))
	return orders[len(orders)-1]
}

func (s *stage) orders(states ...clm.WorkOrderState) {
	s.t.Helper()
	var got []clm.WorkOrderState
	for _, o := range must2(s.WorkOrders(s.t.Context(), clm.WorkOrderFilter{}, clm.Page{})) {
		got = append(got, o.State)
	}
	if len(got) != len(states) {
		s.t.Fatalf("the orders are %v, want %v", got, states)
	}
	for i := range got {
		if got[i] != states[i] {
			s.t.Fatalf("the orders are %v, want %v", got, states)
		}
	}
}

// agreed has both approve the last order.
func (s *stage) agreed() engine.OrderWrite {
	s.t.Helper()
	id := s.order().ID
	if out := must2(s.ApproveWorkOrder(s.t.Context(), ann, id, "")); out.Push != nil {
		s.t.Fatal("one approval is enough")
	}
	return must2(s.ApproveWorkOrder(s.t.Context(), bob, id, "go"))
}

func (s *stage) push() error { return s.PushConnector(s.t.Context(), alice, "shop").Err }

// Two people agree, and the last one's word has it pushed. Until then asking again
// finds the same order, and the device has nothing.
func TestPushWaitsForApprovals(t *testing.T) {
	t.Parallel()
	s := guarded(t)
	s.waits(s.push())
	s.orders(clm.PendingApproval)
	if files := s.files(); len(files) != 0 {
		t.Fatalf("before anybody agreed the device has %v", files)
	}
	o := s.order()
	if o.Requester != alice.Name || o.RequestID != alice.RequestID || o.Levels != 2 || o.Version != 1 {
		t.Errorf("the order is %+v", o)
	}
	if _, err := s.ApproveWorkOrder(t.Context(), alice, o.ID, ""); clm.KindOf(err) != clm.KindRefused {
		t.Errorf("the requester approves: %v", err)
	}
	out := s.agreed()
	must(t, out.Push.Err)
	if out.Order.State != clm.Completed || len(out.Order.Approvals) != 2 || out.Order.Approvals[1].Comments != "go" {
		t.Errorf("the order is %+v", out.Order)
	}
	s.checkPushed()
	s.checkTrail()

	// The next version is another matter, and overtakes what still waits.
	s.waits(must2(s.renew("shop", "2")).Pushes[0].Err)
	s.waits(must2(s.renew("shop", "3")).Pushes[0].Err)
	s.orders(clm.Completed, clm.Cancelled, clm.PendingApproval)
	must(t, s.agreed().Push.Err)
	s.checkPushed()
}

// A rejection is an error that says why, until somebody asks once more.
func TestRejection(t *testing.T) {
	t.Parallel()
	s := guarded(t)
	must2(s.RejectWorkOrder(t.Context(), ann, s.order().ID, "not on a Friday"))
	if err := s.push(); clm.KindOf(err) != clm.KindDenied || !strings.Contains(err.Error(), "test:ann rejected it: not on a Friday") {
		t.Errorf("pushed after a rejection: %v", err)
	}
	s.orders(clm.Rejected)
	s.waits(s.PushAgain(t.Context(), alice, "shop").Err)
	s.orders(clm.Rejected, clm.PendingApproval)
	must(t, s.agreed().Push.Err)
	s.checkPushed()
}

// What nobody agreed to in time, and what has changed meanwhile, is asked for again.
func TestApprovalsAreBound(t *testing.T) {
	t.Parallel()
	for name, meanwhile := range map[string]func(*stage){
		"its time is over":           func(s *stage) { s.clock.Advance(72 * time.Hour) },
		"the script is another":      func(s *stage) { s.waits(s.changed(after("true"))) },
		"another version is current": func(s *stage) { s.waits(must2(s.renew("shop", "2")).Pushes[0].Err) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := guarded(t)
			first := s.order().ID
			must2(s.ApproveWorkOrder(t.Context(), ann, first, ""))
			meanwhile(s)
			if _, err := s.ApproveWorkOrder(t.Context(), bob, first, ""); clm.KindOf(err) != clm.KindRefused {
				t.Errorf("approved all the same: %v", err)
			}
			s.waits(s.push())
			s.orders(clm.Cancelled, clm.PendingApproval)
			must(t, s.agreed().Push.Err)
			s.checkPushed()
		})
	}
}

// A certificate that is revoked while its push waits goes nowhere.
func TestRevokedWhileItsPushWaits(t *testing.T) {
	t.Parallel()
	s := guarded(t)
	must2(s.RevokeCertificate(t.Context(), alice, "shop", "key_compromise"))
	if _, err := s.ApproveWorkOrder(t.Context(), ann, s.order().ID, ""); clm.KindOf(err) != clm.KindRefused || !strings.Contains(err.Error(), `certificate "shop" is revoked`) {
		t.Errorf("approved: %v", err)
	}
	if err := s.push(); clm.KindOf(err) != clm.KindRefused || len(s.files()) != 0 {
		t.Errorf("pushed: %v, the device has %v", err, s.files())
	}
}

// Orders that wait for somebody, or for their hour.
func TestOrdersThatWait(t *testing.T) {
	t.Parallel()
	t.Run("for somebody", func(t *testing.T) {
		t.Parallel()
		s := guarded(t, func(c *clm.Connector) { c.PushSettings.Manual = true })
		if out := s.agreed(); out.Push != nil || out.Order.State != clm.AwaitingImplementation {
			t.Fatalf("it is %s, pushed: %v", out.Order.State, out.Push)
		}
		s.waits(s.push())
		must(t, must2(s.ImplementWorkOrder(t.Context(), alice, s.order().ID)).Push.Err)
		s.orders(clm.Completed)
		s.checkPushed()
	})
	t.Run("for their hour", func(t *testing.T) {
		t.Parallel()
		hour := clmtest.NewClock().Now().Add(time.Hour)
		s := guarded(t, func(c *clm.Connector) { c.PushSettings.ScheduledAt = &hour })
		if out := s.agreed(); out.Push != nil || out.Order.State != clm.Scheduled {
			t.Fatalf("it is %s, pushed: %v", out.Order.State, out.Push)
		}
		s.waits(s.push())
		s.clock.Advance(time.Hour)
		must(t, s.push())
		s.orders(clm.Completed)
		s.checkPushed()
	})
	t.Run("for what is said meanwhile", func(t *testing.T) {
		t.Parallel()
		hour := clmtest.NewClock().Now().Add(time.Hour)
		for what, say := range map[string]func(*clm.PushSettings){
			"scheduled":               func(p *clm.PushSettings) { p.ScheduledAt = &hour },
			"awaiting_implementation": func(p *clm.PushSettings) { p.Manual = true },
		} {
			s := guarded(t)
			must2(s.ApproveWorkOrder(t.Context(), ann, s.order().ID, ""))
			s.waits(s.changed(func(c *clm.Connector) { say(c.PushSettings); c.PushSettings.Comments = "CHG-2" }))
			s.orders(clm.Cancelled, clm.PendingApproval)
			s.waits(s.push())
			s.orders(clm.Cancelled, clm.PendingApproval)
			if out := s.agreed(); out.Push != nil || string(out.Order.State) != what || out.Order.Comments != "CHG-2" {
				t.Errorf("the order is %+v, want it %s", out.Order, what)
			}
		}
	})
	t.Run("for nothing, with one approval", func(t *testing.T) {
		t.Parallel()
		s := guarded(t)
		must2(s.ApproveWorkOrder(t.Context(), ann, s.order().ID, ""))
		if _, err := s.ImplementWorkOrder(t.Context(), ann, s.order().ID); clm.KindOf(err) != clm.KindRefused || len(s.files()) != 0 {
			t.Errorf("implemented with one of two approvals: %v", err)
		}
	})
}

// A push that fails, or whose process dies, goes on under the approvals it has.
func TestApprovedPushIsRepeated(t *testing.T) {
	t.Parallel()
	t.Run("it failed", func(t *testing.T) {
		t.Parallel()
		s := guarded(t)
		s.deployer.FailOnce("install", full("web-1"))
		if s.agreed().Push.Err == nil {
			t.Fatal("nothing failed")
		}
		s.orders(clm.WorkOrderFailed)
		must(t, s.push())
		s.orders(clm.Completed)
		s.checkPushed()
	})
	t.Run("it failed, and its time is over", func(t *testing.T) {
		t.Parallel()
		s := guarded(t)
		s.deployer.FailOnce("install", full("web-1"))
		s.agreed()
		s.clock.Advance(72 * time.Hour)
		s.waits(s.push())
		s.orders(clm.Cancelled, clm.PendingApproval)
	})
	t.Run("it died", func(t *testing.T) {
		t.Parallel()
		s := guarded(t)
		id := s.order().ID
		must2(s.ApproveWorkOrder(t.Context(), ann, id, ""))
		s.store.failNext(2, true, true) // approved, begun
		if out, err := s.ApproveWorkOrder(t.Context(), bob, id, ""); err == nil && out.Push.Err == nil {
			t.Fatal("nothing failed")
		}
		next := openStage(t, s.folder, s.clock)
		next.orders(clm.InProgress)
		next.clock.Advance(100 * time.Hour)
		must(t, next.push())
		next.orders(clm.Completed)
		next.checkPushed()
	})
}

// A push that died in the middle of a script is not made again by approvals: somebody
// looks at the device and says so.
func TestLostOrder(t *testing.T) {
	t.Parallel()
	s := guarded(t, after("exit 0"))
	id := s.order().ID
	must2(s.ApproveWorkOrder(t.Context(), ann, id, ""))
	s.store.failNext(3, true, true) // approved, begun, the script begun
	s.deployer.Fail("run", full("web-1"))
	s.deployer.Fail("restore", full("web-1"))
	if out, err := s.ApproveWorkOrder(t.Context(), bob, id, ""); err == nil && out.Push.Err == nil {
		t.Fatal("nothing failed")
	}
	next := openStage(t, s.folder, s.clock)
	if err := next.push(); clm.KindOf(err) != clm.KindRefused {
		t.Fatalf("it was run again: %v", err)
	}
	next.orders(clm.Unknown)
	must(t, must2(next.ImplementWorkOrder(t.Context(), alice, id)).Push.Err)
	next.orders(clm.Completed)
	next.checkPushed()
}

// A plan has nothing to do while an order waits, and something as soon as it may go on.
func TestAWaitingOrderIsQuiet(t *testing.T) {
	t.Parallel()
	s := guarded(t)
	held := func() error { return must2(s.ObserveConnector(t.Context(), "shop")).Held }
	s.waits(held())
	must2(s.RejectWorkOrder(t.Context(), ann, s.order().ID, "no"))
	if err := held(); err != nil {
		t.Errorf("a rejection is quiet: %v", err)
	}
	s.waits(s.PushAgain(t.Context(), alice, "shop").Err)
	s.clock.Advance(72 * time.Hour)
	if err := held(); err != nil {
		t.Errorf("an order whose time is over is quiet: %v", err)
	}
}

// Without a policy the push is made at once, and nobody is asked any more.
func TestPolicyIsTakenAway(t *testing.T) {
	t.Parallel()
	s := guarded(t)
	must(t, s.changed(func(c *clm.Connector) { c.PushSettings.ApprovalPolicyID = "" }))
	s.checkPushed()
	s.orders(clm.Cancelled)
	if o := s.order(); o.Reason != "pushes need no approval any more" || o.EndedBy != alice.Name {
		t.Errorf("the order is %+v", o)
	}
	if _, err := s.ApproveWorkOrder(t.Context(), ann, s.order().ID, ""); clm.KindOf(err) != clm.KindRefused {
		t.Errorf("it can still be approved: %v", err)
	}
}

// An hour that the approvals would not live to see is refused before anything is
// recorded, and so is a policy nobody knows.
func TestHourBeyondThePolicy(t *testing.T) {
	t.Parallel()
	s := guarded(t)
	c := s.settled()
	settings := c.Settings()
	hour := s.now().Add(73 * time.Hour)
	settings.ScheduledAt, c.PushSettings = &hour, &settings
	_, err := s.UpdateConnector(t.Context(), alice, "shop", c)
	mustBe(t, err, clm.KindInvalid, "push.scheduled_at", `approval policy "two" lets a push wait until `+rfc(s.now().Add(72*time.Hour))+", which is before its hour, "+rfc(hour)+
		" (choose an earlier hour, or give the policy a longer expires_after)")
	settings.ScheduledAt, settings.ApprovalPolicyID = nil, "nobody's"
	_, err = s.UpdateConnector(t.Context(), alice, "shop", c)
	mustBe(t, err, clm.KindInvalid, "push.approval_policy_id", `there is no approval policy "nobody's"`)
	s.orders(clm.PendingApproval)
}

// What was agreed to once, and overtaken by another push, is never carried out again:
// not by the script that is put back long after, and not by name.
func TestBegunOrderIsOvertaken(t *testing.T) {
	t.Parallel()
	s := guarded(t)
	first := s.order().ID
	must2(s.ApproveWorkOrder(t.Context(), ann, first, ""))
	s.store.failNext(2, true, true) // approved, begun
	if out, err := s.ApproveWorkOrder(t.Context(), bob, first, ""); err == nil && out.Push.Err == nil {
		t.Fatal("nothing failed")
	}
	next := openStage(t, s.folder, s.clock)
	script := &clm.Script{Inline: "true"}
	next.waits(next.changed(func(c *clm.Connector) { c.PushSettings.PostScript = script }))
	must(t, next.agreed().Push.Err)
	next.orders(clm.Cancelled, clm.Completed)
	next.waits(next.changed(func(c *clm.Connector) { c.PushSettings.PostScript = nil }))
	next.orders(clm.Cancelled, clm.Completed, clm.PendingApproval)
	if _, err := next.ImplementWorkOrder(t.Context(), alice, first); clm.KindOf(err) != clm.KindRefused {
		t.Errorf("it is carried out by name: %v", err)
	}
}

// Approvals are of the order that was named. Where what is wanted has changed, nobody
// agrees to something else by it, nor asks for it.
func TestOnlyWhatWasNamed(t *testing.T) {
	t.Parallel()
	s := guarded(t)
	id := s.order().ID
	must2(s.ApproveWorkOrder(t.Context(), ann, id, ""))
	if again := must2(s.ApproveWorkOrder(t.Context(), ann, id, "")); len(again.Order.Approvals) != 1 || again.Order.State != clm.PendingApproval {
		t.Errorf("approved twice by one: %+v", again.Order)
	}
	s.deployer.Fail("preflight", clmtest.Fault{Err: clm.Errorf(clm.KindUnreachable, "web-1 is out")})
	hour := s.now().Add(time.Hour)
	if err := s.changed(func(c *clm.Connector) { c.PushSettings.ScheduledAt = &hour }); clm.KindOf(err) != clm.KindUnreachable {
		t.Fatalf("it is asked for: %v", err)
	}
	s.deployer.Fail("preflight", clmtest.Fault{})
	_, err := s.ApproveWorkOrder(t.Context(), bob, id, "")
	if clm.KindOf(err) != clm.KindRefused || !strings.Contains(err.Error(), "has changed since it was made") {
		t.Errorf("the last approval: %v", err)
	}
	s.orders(clm.PendingApproval)
	s.waits(s.push())
	s.orders(clm.Cancelled, clm.PendingApproval)
	if o := s.order(); o.Requester != alice.Name {
		t.Errorf("%s asked for it", o.Requester)
	}
}

// There is something to wait for only where people have to agree, and one thing.
func TestSettingsThatWait(t *testing.T) {
	t.Parallel()
	hour := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	for field, p := range map[string]clm.PushSettings{
		"push.scheduled_at":          {ScheduledAt: &hour},
		"push.manual_implementation": {Manual: true},
		"push.scheduled_at ":         {ScheduledAt: &hour, Manual: true, ApprovalPolicyID: "p"},
	} {
		if err := p.Check(); clm.KindOf(err) != clm.KindInvalid || fieldOf(err) != strings.TrimSpace(field) {
			t.Errorf("%+v: %v", p, err)
		}
	}
}
