package clm

import (
	"slices"
	"strconv"
	"time"
)

// WorkOrderState is where a request to push stands.
type WorkOrderState string

const (
	// PendingApproval: fewer people than the policy asks for have agreed. Approve
	// adds one; reject and cancel end it, and so does its time (Due tells).
	PendingApproval WorkOrderState = "pending_approval"
	// Approved: everybody has agreed, and nothing keeps it from being carried out.
	Approved WorkOrderState = "approved"
	// Scheduled: everybody has agreed, and it waits for its hour.
	Scheduled WorkOrderState = "scheduled"
	// AwaitingImplementation: everybody has agreed, and it waits for somebody to say
	// when.
	AwaitingImplementation WorkOrderState = "awaiting_implementation"
	// InProgress: the push has begun. Found at rest, the push died; what became of it
	// is the connector's to say.
	InProgress WorkOrderState = "in_progress"
	// Completed: the push was verified. For good.
	Completed WorkOrderState = "completed"
	// WorkOrderFailed: the push failed, and the device has what it had. Implement tries again.
	WorkOrderFailed WorkOrderState = "failed"
	// Unknown: the push died in the middle of a script; somebody has to look.
	Unknown WorkOrderState = "unknown"
	// RolledBack: what the push put there was taken back. For good.
	RolledBack WorkOrderState = "rolled_back"
	// Rejected: somebody refused. For good.
	Rejected WorkOrderState = "rejected"
	// Cancelled: withdrawn, expired, or overtaken by another request. For good.
	Cancelled WorkOrderState = "cancelled"
)

// waiting are the states before anything was touched.
var waiting = []WorkOrderState{PendingApproval, Approved, Scheduled, AwaitingImplementation}

var workOrderTable = table[WorkOrderState]{
	"request":   {from: []WorkOrderState{""}, to: PendingApproval},
	"approve":   {from: []WorkOrderState{PendingApproval}, to: PendingApproval}, // the last approval settles it
	"settle":    {from: []WorkOrderState{PendingApproval}, to: Approved},
	"schedule":  {from: []WorkOrderState{PendingApproval}, to: Scheduled},
	"await":     {from: []WorkOrderState{PendingApproval}, to: AwaitingImplementation},
	"implement": {from: []WorkOrderState{Approved, Scheduled, AwaitingImplementation, WorkOrderFailed, Unknown, InProgress}, to: InProgress},
	"complete":  {from: []WorkOrderState{InProgress, Unknown}, to: Completed}, // what is served may tell it
	"fail":      {from: []WorkOrderState{InProgress}, to: WorkOrderFailed},
	"lose":      {from: []WorkOrderState{InProgress}, to: Unknown},
	"roll_back": {from: []WorkOrderState{Completed}, to: RolledBack},
	"reject":    {from: []WorkOrderState{PendingApproval}, to: Rejected},
	"cancel":    {from: append(slices.Clone(waiting), WorkOrderFailed, Unknown), to: Cancelled},
	"overtake":  {from: append(slices.Clone(waiting), WorkOrderFailed, Unknown, InProgress), to: Cancelled}, // by another push of the connector
}

// WorkOrder is one request to push a certificate's version by a connector, with who
// agreed to it. What it is about is fixed by its digest: whatever changes makes
// another request.
type WorkOrder struct {
	ID            string         `json:"id"`
	RequestID     string         `json:"request_id"` // of the request that asked for it
	ConnectorID   string         `json:"connector_id"`
	CertificateID string         `json:"certificate_id"`
	Version       int64          `json:"version"`
	Digest        string         `json:"digest"` // of certificate, place and scripts
	State         WorkOrderState `json:"state"`
	Requester     string         `json:"requester"`
	Comments      string         `json:"comments,omitempty"`
	Levels        int            `json:"levels"`
	Approvals     []Approval     `json:"approvals,omitempty"`
	// Manual and ScheduledAt say when it is carried out once everybody has agreed;
	// neither: at once.
	Manual      bool       `json:"manual,omitempty"`
	ScheduledAt *time.Time `json:"scheduled_at,omitempty"`
	ExpiresAt   time.Time  `json:"expires_at"` // approvals are worth nothing from then on, and it is not begun any more
	EndedBy     string     `json:"ended_by,omitempty"`
	Reason      string     `json:"reason,omitempty"` // why it ended as it did
	CreatedAt   time.Time  `json:"created_at"`
	UpdatedAt   time.Time  `json:"updated_at"`
	Revision    int64      `json:"-"`
}

// Apply moves the work order on; the error names the legal predecessors.
func (w *WorkOrder) Apply(verb string) error {
	next, err := workOrderTable.next(NounWorkOrder, w.ID, verb, w.State)
	if err != nil {
		return err
	}
	w.State = next
	return nil
}

// Waiting tells whether nothing was touched yet, and something may still be.
func (w WorkOrder) Waiting() bool { return slices.Contains(waiting, w.State) }

// Asks tells whether the order says what a connector says by now of when it is to be
// carried out, and what for. People agree to that as well.
func (w WorkOrder) Asks(s PushSettings) bool {
	hour := w.ScheduledAt == s.ScheduledAt || w.ScheduledAt != nil && s.ScheduledAt != nil && w.ScheduledAt.Equal(*s.ScheduledAt)
	return hour && w.Manual == s.Manual && w.Comments == s.Comments
}

// Begun tells whether its push has begun, and has not come to a good end.
func (w WorkOrder) Begun() bool {
	return w.State == InProgress || w.State == Unknown || w.State == WorkOrderFailed
}

// Open tells whether anything may still come of it.
func (w WorkOrder) Open() bool { return w.Waiting() || w.Begun() }

// Expired tells whether it has waited too long to be begun, or begun again. What is in
// the middle of its push may be brought to its end.
func (w WorkOrder) Expired(now time.Time) bool {
	return (w.Waiting() || w.State == WorkOrderFailed) && !now.Before(w.ExpiresAt)
}

// Due tells whether it is to be carried out now, without anybody saying so.
func (w WorkOrder) Due(now time.Time) bool {
	if w.Expired(now) {
		return false
	}
	return w.State == Approved || w.State == Scheduled && !now.Before(*w.ScheduledAt)
}

// Approve adds somebody's agreement. The digest is of what would be pushed now; the
// order is good for nothing else.
func (w *WorkOrder) Approve(by Principal, digest, comments string, now time.Time) error {
	if err := w.open(digest, now); err != nil {
		return err
	}
	if err := w.Apply("approve"); err != nil {
		return err
	}
	if by.Name == w.Requester {
		return w.refused("%s asked for it, and cannot approve it", by.Name).WithHint("another person has to")
	}
	for _, earlier := range w.Approvals {
		if earlier.Principal == by.Name {
			return w.refused("%s has approved level %d of it already", by.Name, earlier.Level).WithHint("level %d is another person's", len(w.Approvals)+1)
		}
	}
	w.Approvals = append(slices.Clip(w.Approvals), Approval{Level: len(w.Approvals) + 1, Principal: by.Name, Comments: comments, At: now})
	if len(w.Approvals) < w.Levels {
		return nil
	}
	return w.Apply(w.settling(now))
}

// ApprovedBy tells whether somebody has agreed already.
func (w WorkOrder) ApprovedBy(by Principal) bool {
	return slices.ContainsFunc(w.Approvals, func(a Approval) bool { return a.Principal == by.Name })
}

// Matches refuses an order that is not, or not any more, about what would be pushed now,
// and when.
func (w WorkOrder) Matches(digest string, s PushSettings, now time.Time) error {
	if err := w.open(digest, now); err != nil {
		return err
	}
	if w.Waiting() && !w.Asks(s) {
		return w.refused("when it is to be carried out, or what for, has changed since it was made").WithHint("apply the connector: that makes another work order")
	}
	return nil
}

// settling is the verb for an order that everybody has agreed to.
func (w *WorkOrder) settling(now time.Time) string {
	switch {
	case w.Manual:
		return "await"
	case w.ScheduledAt != nil && now.Before(*w.ScheduledAt):
		return "schedule"
	}
	return "settle"
}

// Implement is recorded before the push begins. It is where approvals count: enough of
// them, of this very thing, and not too old.
func (w *WorkOrder) Implement(digest string, now time.Time) error {
	if err := w.open(digest, now); err != nil {
		return err
	}
	if len(w.Approvals) < w.Levels {
		return w.refused("%d of %d levels have approved it", len(w.Approvals), w.Levels)
	}
	return w.Apply("implement")
}

// open refuses an order whose time is over, or that is about something else.
func (w *WorkOrder) open(digest string, now time.Time) error {
	switch {
	case w.Expired(now):
		return w.refused("it expired at %s", w.ExpiresAt.UTC().Format(time.RFC3339)).WithHint("apply again: that makes another work order")
	case w.Digest != digest:
		return w.refused("what would be pushed is not what it was made for").WithHint("apply again: that makes another work order")
	}
	return nil
}

// End rejects or cancels an order.
func (w *WorkOrder) End(verb string, by Principal, reason string) error {
	if err := w.Apply(verb); err != nil {
		return err
	}
	w.EndedBy, w.Reason = by.Name, reason
	return nil
}

// WaitsFor says in a sentence what the order waits for, "" when for nothing.
func (w WorkOrder) WaitsFor(now time.Time) string {
	switch {
	case w.Expired(now):
		return "it has expired"
	case w.State == PendingApproval:
		return "approval " + strconv.Itoa(len(w.Approvals)+1) + " of " + strconv.Itoa(w.Levels)
	case w.State == Scheduled:
		return "its hour, " + w.ScheduledAt.UTC().Format(time.RFC3339)
	case w.State == AwaitingImplementation:
		return "somebody to implement it"
	}
	return ""
}

// Refusal is why nothing is pushed after a rejection.
func (w WorkOrder) Refusal() *Error {
	return Errorf(KindDenied, "work order %s: %s rejected it: %s", w.ID, w.EndedBy, w.Reason).WithHint("change what is to be pushed, or ask once more by the action clm_push")
}

func (w WorkOrder) refused(format string, args ...any) *Error {
	return Errorf(KindRefused, "work order %s: "+format, append([]any{w.ID}, args...)...)
}
