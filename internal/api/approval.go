package api

import "time"

// WriteApprovalPolicy creates or changes an approval policy.
type WriteApprovalPolicy struct {
	Name           string `json:"name"`
	Levels         int    `json:"levels" doc:"how many people have to agree, 1 to 5"`
	ExpiresSeconds int64  `json:"expires_seconds" doc:"how long a work order waits for them"`
}

// ApprovalPolicy says how many people have to agree before something is pushed.
type ApprovalPolicy struct {
	ID             string    `json:"id"`
	Name           string    `json:"name"`
	Levels         int       `json:"levels" doc:"how many people have to agree"`
	ExpiresSeconds int64     `json:"expires_seconds" doc:"how long a work order waits for them"`
	CreatedAt      time.Time `json:"created_at"`
	UpdatedAt      time.Time `json:"updated_at"`
}

// WorkOrder is one request to push.
type WorkOrder struct {
	ID            string     `json:"id"`
	RequestID     string     `json:"request_id" doc:"of the request that asked for it"`
	ConnectorID   string     `json:"connector_id"`
	CertificateID string     `json:"certificate_id"`
	Version       int64      `json:"version" doc:"of the certificate"`
	Digest        string     `json:"digest" doc:"of certificate, place and scripts, lower-case hex SHA-256; approvals are for nothing else"`
	Status        string     `json:"status" doc:"pending_approval, approved, scheduled, awaiting_implementation, in_progress, completed, failed, unknown, rolled_back, rejected or cancelled"`
	WaitsFor      string     `json:"waits_for,omitempty" doc:"in a sentence"`
	Requester     string     `json:"requester" doc:"who asked for it, and cannot approve it"`
	Comments      string     `json:"comments,omitempty" doc:"what was said about it"`
	Levels        int        `json:"levels" doc:"how many people have to agree"`
	Approvals     []Approval `json:"approvals" doc:"by level"`
	Manual        bool       `json:"manual_implementation" doc:"whether it waits until somebody implements it"`
	ScheduledAt   *time.Time `json:"scheduled_at,omitempty"`
	ExpiresAt     time.Time  `json:"expires_at"`
	EndedBy       string     `json:"ended_by,omitempty" doc:"who rejected or cancelled it"`
	Reason        string     `json:"reason,omitempty" doc:"why"`
	CreatedAt     time.Time  `json:"created_at"`
	UpdatedAt     time.Time  `json:"updated_at"`
}

// Approval is one person's agreement.
type Approval struct {
	Level     int       `json:"level" doc:"from 1"`
	Principal string    `json:"principal"`
	Comments  string    `json:"comments,omitempty" doc:"what was said about it"`
	At        time.Time `json:"at"`
}

// Decision is one person's word on a work order.
type Decision struct {
	Verb     string `json:"verb" enum:"approve,reject,implement,cancel" doc:"what is decided"`
	Comments string `json:"comments,omitempty" doc:"for reject and cancel: the reason"`
}

// WorkOrderResult is what came of a decision.
type WorkOrderResult struct {
	WorkOrder WorkOrder   `json:"work_order"`
	Push      *PushResult `json:"push,omitempty" doc:"the push, when the decision had it made"`
	Principal string      `json:"principal" doc:"who decided"`
}

// Approval is that of who decided, the last one where there is none.
func (r WorkOrderResult) Approval() (approval Approval) {
	for _, approval = range r.WorkOrder.Approvals {
		if approval.Principal == r.Principal {
			return approval
		}
	}
	return approval
}
