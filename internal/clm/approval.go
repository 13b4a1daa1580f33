package clm

import "time"

// ApprovalPolicy says how many people have to agree before something is pushed.
type ApprovalPolicy struct {
	ID           string        `json:"id"`
	Name         string        `json:"name"`
	Levels       int           `json:"levels"`
	ExpiresAfter time.Duration `json:"expires_after"` // how long a work order waits for approvals
	CreatedAt    time.Time     `json:"created_at"`
	UpdatedAt    time.Time     `json:"updated_at"`
	Revision     int64         `json:"-"`
}

// Limits of an approval policy, and what it is where nothing is said.
const (
	DefaultLevels       = 2
	MaxLevels           = 5
	DefaultExpiresAfter = 72 * time.Hour
	MaxExpiresAfter     = 90 * 24 * time.Hour
)

// Check says whether the policy is well formed.
func (p ApprovalPolicy) Check() error {
	if err := CheckName(p.Name); err != nil {
		return err
	}
	if p.Levels < 1 || p.Levels > MaxLevels {
		return Invalid("levels", "%d is not a number of levels", p.Levels).WithHint("use 1 to %d", MaxLevels)
	}
	if p.ExpiresAfter < time.Minute || p.ExpiresAfter > MaxExpiresAfter {
		return Invalid("expires_after", "%s is not a time to wait for approvals", p.ExpiresAfter).WithHint("use 1m to %s", MaxExpiresAfter)
	}
	return nil
}

// Approval is one person's agreement to a work order.
type Approval struct {
	Level     int       `json:"level"` // from 1
	Principal string    `json:"principal"`
	Comments  string    `json:"comments,omitempty"`
	At        time.Time `json:"at"`
}

// Untouched tells whether its owner never changed it since it was made.
func (p ApprovalPolicy) Untouched() bool { return p.UpdatedAt.Equal(p.CreatedAt) }

// Admits refuses an hour that a work order of now would not live to see.
func (p ApprovalPolicy) Admits(hour *time.Time, now time.Time) error {
	until := now.Add(p.ExpiresAfter)
	if hour == nil || hour.Before(until) {
		return nil
	}
	return Invalid("push.scheduled_at", "approval policy %q lets a push wait until %s, which is before its hour, %s",
		p.Name, until.UTC().Format(time.RFC3339), hour.UTC().Format(time.RFC3339)).
		WithHint("choose an earlier hour, or give the policy a longer expires_after")
}
