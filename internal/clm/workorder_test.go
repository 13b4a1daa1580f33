package clm_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

var everyWorkOrderState = []clm.WorkOrderState{
	"", clm.PendingApproval, clm.Approved, clm.Scheduled, clm.AwaitingImplementation, clm.InProgress, clm.Completed,
	clm.WorkOrderFailed, clm.Unknown, clm.RolledBack, clm.Rejected, clm.Cancelled,
}

// Every verb from every state of a work order.
func TestWorkOrderTransitions(t *testing.T) {
	t.Parallel()
	waiting := []clm.WorkOrderState{clm.PendingApproval, clm.Approved, clm.Scheduled, clm.AwaitingImplementation}
	pending, running := []clm.WorkOrderState{clm.PendingApproval}, []clm.WorkOrderState{clm.InProgress}
	for verb, legal := range map[string]struct {
		from []clm.WorkOrderState
		to   clm.WorkOrderState
	}{
		"request":   {[]clm.WorkOrderState{""}, clm.PendingApproval},
		"approve":   {pending, clm.PendingApproval},
		"settle":    {pending, clm.Approved},
		"schedule":  {pending, clm.Scheduled},
		"await":     {pending, clm.AwaitingImplementation},
		"reject":    {pending, clm.Rejected},
		"implement": {[]clm.WorkOrderState{clm.Approved, clm.Scheduled, clm.AwaitingImplementation, clm.WorkOrderFailed, clm.Unknown, clm.InProgress}, clm.InProgress},
		"complete":  {[]clm.WorkOrderState{clm.InProgress, clm.Unknown}, clm.Completed},
		"fail":      {running, clm.WorkOrderFailed},
		"lose":      {running, clm.Unknown},
		"roll_back": {[]clm.WorkOrderState{clm.Completed}, clm.RolledBack},
		"cancel":    {append(slices.Clone(waiting), clm.WorkOrderFailed, clm.Unknown), clm.Cancelled},
		"overtake":  {append(slices.Clone(waiting), clm.WorkOrderFailed, clm.Unknown, clm.InProgress), clm.Cancelled},
	} {
		for _, from := range everyWorkOrderState {
			w := clm.WorkOrder{ID: "w1", State: from}
			err := w.Apply(verb)
			switch may := slices.Contains(legal.from, from); {
			case may && (err != nil || w.State != legal.to):
				t.Errorf("%s from %q: %q, %v", verb, from, w.State, err)
			case !may && (clm.KindOf(err) != clm.KindRefused || w.State != from):
				t.Errorf("%s from %q leads to %q: %v", verb, from, w.State, err)
			}
		}
	}
}

// order is one that two have to approve within a day.
func order(change ...func(*clm.WorkOrder)) *clm.WorkOrder {
	w := &clm.WorkOrder{
		ID: "w1", State: clm.PendingApproval, Requester: "ci", Digest: "d", Levels: 2, CreatedAt: noon, ExpiresAt: noon.Add(24 * time.Hour),
	}
	for _, c := range change {
		c(w)
	}
	return w
}

func approvedBy(names ...string) func(*clm.WorkOrder) {
	return func(w *clm.WorkOrder) {
		for _, name := range names {
			if err := w.Approve(clm.Principal{Name: name}, "d", "", noon); err != nil {
				panic(err)
			}
		}
	}
}

func TestApprovalsAreRefused(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		w      *clm.WorkOrder
		by     string
		digest string
		after  time.Duration
		err    string
	}{
		"the requester":       {order(), "ci", "d", 0, "ci asked for it, and cannot approve it"},
		"the same again":      {order(approvedBy("ann")), "ann", "d", 0, "ann has approved level 1 of it already"},
		"after its time":      {order(), "ann", "d", 24 * time.Hour, "it expired at 2026-11-23T12:00:00Z"},
		"something else":      {order(), "ann", "e", 0, "what would be pushed is not what it was made for"},
		"when all have":       {order(approvedBy("ann", "bob")), "cy", "d", 0, "it is approved"},
		"after it was ended":  {order(func(w *clm.WorkOrder) { w.State = clm.Rejected }), "ann", "d", 0, "it is rejected"},
		"an instant in time":  {order(), "ann", "d", 24*time.Hour - 1, ""},
		"the first of two":    {order(), "ann", "d", 0, ""},
		"another as a second": {order(approvedBy("ann")), "bob", "d", 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before := len(tt.w.Approvals)
			err := tt.w.Approve(clm.Principal{Name: tt.by}, tt.digest, "fine", noon.Add(tt.after))
			if tt.err == "" {
				want := clm.Approval{Level: before + 1, Principal: tt.by, Comments: "fine", At: noon.Add(tt.after)}
				if err != nil || len(tt.w.Approvals) != before+1 || tt.w.Approvals[before] != want {
					t.Errorf("%v, approved by %+v", err, tt.w.Approvals)
				}
				return
			}
			if clm.KindOf(err) != clm.KindRefused || !strings.Contains(err.Error(), tt.err) || len(tt.w.Approvals) != before {
				t.Errorf("got %v, approved by %+v", err, tt.w.Approvals)
			}
		})
	}
}

// How an order goes on once everybody has agreed, and what it says it waits for.
func TestApprovedOrders(t *testing.T) {
	t.Parallel()
	hour := noon.Add(time.Hour)
	for name, tt := range map[string]struct {
		change func(*clm.WorkOrder)
		state  clm.WorkOrderState
		due    []time.Duration // when it is, and when not
		notYet []time.Duration
		waits  string
	}{
		"at once": {func(*clm.WorkOrder) {}, clm.Approved, []time.Duration{0, 23 * time.Hour}, []time.Duration{24 * time.Hour}, ""},
		"later": {func(w *clm.WorkOrder) { w.ScheduledAt = &hour }, clm.Scheduled,
			[]time.Duration{time.Hour, 2 * time.Hour}, []time.Duration{0, time.Hour - 1, 24 * time.Hour}, "its hour, 2026-11-22T13:00:00Z"},
		"its hour is past": {func(w *clm.WorkOrder) { w.ScheduledAt = &w.CreatedAt }, clm.Approved, []time.Duration{0}, nil, ""},
		"by hand": {func(w *clm.WorkOrder) { w.Manual = true }, clm.AwaitingImplementation, nil,
			[]time.Duration{0, time.Hour}, "somebody to implement it"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := order(tt.change)
			if said := w.WaitsFor(noon); said != "approval 1 of 2" || w.Due(noon) {
				t.Errorf("it waits for %q, and is due: %v", said, w.Due(noon))
			}
			approvedBy("ann", "bob")(w)
			if w.State != tt.state || w.WaitsFor(noon) != tt.waits {
				t.Errorf("it is %s and waits for %q", w.State, w.WaitsFor(noon))
			}
			for _, after := range tt.due {
				if !w.Due(noon.Add(after)) {
					t.Errorf("after %s it is not due", after)
				}
			}
			for _, after := range tt.notYet {
				if w.Due(noon.Add(after)) {
					t.Errorf("after %s it is due", after)
				}
			}
		})
	}
}

// No push begins without enough approvals of just that, in time; one that has begun
// may be brought to its end later.
func TestImplementIsGuarded(t *testing.T) {
	t.Parallel()
	in := func(state clm.WorkOrderState) *clm.WorkOrder {
		return order(approvedBy("ann", "bob"), func(w *clm.WorkOrder) { w.State = state })
	}
	for _, tt := range []struct {
		w      *clm.WorkOrder
		digest string
		after  time.Duration
		err    string
	}{
		{order(approvedBy("ann", "bob")), "d", 0, ""},
		{order(approvedBy("ann", "bob")), "e", 0, "what would be pushed is not what it was made for"},
		{order(approvedBy("ann", "bob")), "d", 24 * time.Hour, "it expired at"},
		{order(approvedBy("ann")), "d", 0, "1 of 2 levels have approved it"},
		{order(func(w *clm.WorkOrder) { w.State = clm.Approved }), "d", 0, "0 of 2 levels have approved it"},
		{in(clm.WorkOrderFailed), "d", 0, ""},
		{in(clm.WorkOrderFailed), "d", 24 * time.Hour, "it expired at"},
		{in(clm.InProgress), "d", 24 * time.Hour, ""},
		{in(clm.Unknown), "d", 24 * time.Hour, ""},
		{in(clm.Completed), "d", 0, "it is completed"},
		{in(clm.Rejected), "d", 0, "it is rejected"},
	} {
		t.Run(fmt.Sprintf("%s %s after %s", tt.w.State, tt.digest, tt.after), func(t *testing.T) {
			t.Parallel()
			before := tt.w.State
			err := tt.w.Implement(tt.digest, noon.Add(tt.after))
			if tt.err == "" && (err != nil || tt.w.State != clm.InProgress) {
				t.Errorf("%s: %v", tt.w.State, err)
			}
			if tt.err != "" && (clm.KindOf(err) != clm.KindRefused || !strings.Contains(err.Error(), tt.err) || tt.w.State != before) {
				t.Errorf("%s: %v", tt.w.State, err)
			}
		})
	}
}

func TestApprovalPolicyCheck(t *testing.T) {
	t.Parallel()
	good := clm.ApprovalPolicy{Name: "two", Levels: clm.DefaultLevels, ExpiresAfter: clm.DefaultExpiresAfter}
	if err := good.Check(); err != nil {
		t.Error(err)
	}
	for field, change := range map[string]func(*clm.ApprovalPolicy){
		"name":          func(p *clm.ApprovalPolicy) { p.Name = "" },
		"levels":        func(p *clm.ApprovalPolicy) { p.Levels = 6 },
		"expires_after": func(p *clm.ApprovalPolicy) { p.ExpiresAfter = time.Second },
	} {
		bad := good
		change(&bad)
		var told *clm.Error
		if err := bad.Check(); !errors.As(err, &told) || told.Kind != clm.KindInvalid || told.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
}
