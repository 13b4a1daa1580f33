package clm

import (
	"slices"
	"time"
)

// Replacement is one staged change of what a root's slot holds.
type Replacement struct {
	ID          string         `json:"id"`
	Target      TrustAnchor    `json:"target"`          // the new certificate
	Source      RootSource     `json:"source"`          // of the new certificate
	Cross       []byte         `json:"cross,omitempty"` // DER: the new root's key certified by the old; nil where a key is missing
	StartedAt   time.Time      `json:"started_at"`
	StartedBy   string         `json:"started_by"`
	FinalizedAt time.Time      `json:"finalized_at"` // zero before
	RetiringAt  time.Time      `json:"retiring_at"`  // since when the new certificate is in use; zero before
	Halted      bool           `json:"halted,omitempty"`
	Failures    []ChildFailure `json:"failures,omitempty"`
	Overridden  []string       `json:"overridden,omitempty"` // names of connectors and certificates to go on without
	Forced      *Force         `json:"forced,omitempty"`
	Because     string         `json:"because,omitempty"` // why it is rolled back
}

// ChildFailure is one action of an activation that failed.
type ChildFailure struct {
	Child     string    `json:"child"`               // name of the certificate
	Connector string    `json:"connector,omitempty"` // name; "" when issuing failed
	Step      string    `json:"step"`                // issue or push
	Error     string    `json:"error"`
	At        time.Time `json:"at"`
}

// The steps of activating a child.
const (
	StepIssue = "issue"
	StepPush  = "push"
)

// Force is somebody's decision to go past a closed gate.
type Force struct {
	Reason     string      `json:"reason"`
	By         string      `json:"by"`
	At         time.Time   `json:"at"`
	Violations []Violation `json:"violations"` // what was unmet
}

// Declined is a certificate that was to replace the active one and was given up
// by somebody else than the slot's owner. The owner's wish for it is answered:
// it is not staged again until the owner wishes for something else.
type Declined struct {
	Target  TrustAnchor `json:"target"` // without its key
	Source  RootSource  `json:"source"`
	Verb    string      `json:"verb"`              // cancel or roll_back
	Failure string      `json:"failure,omitempty"` // what failed, when nobody asked for it
	By      string      `json:"by"`
	At      time.Time   `json:"at"`
}

// Outcome is how a replacement ended.
type Outcome struct {
	ID         string    `json:"id"`
	Outcome    string    `json:"outcome"` // completed, cancelled or rolled_back
	From       string    `json:"from"`    // fingerprints
	To         string    `json:"to"`
	StartedAt  time.Time `json:"started_at"`
	StartedBy  string    `json:"started_by"`
	EndedAt    time.Time `json:"ended_at"`
	EndedBy    string    `json:"ended_by"`
	Expected   int64     `json:"expected"` // as last counted
	Received   int64     `json:"received"`
	Forced     *Force    `json:"forced,omitempty"`
	Overridden []string  `json:"overridden,omitempty"`
	Because    string    `json:"because,omitempty"`
}

// How replacements end.
const (
	OutcomeCompleted  = "completed"
	OutcomeCancelled  = "cancelled"
	OutcomeRolledBack = "rolled_back"
)

// Overrides tells whether a connector or certificate is gone on without.
func (r Replacement) Overrides(name string) bool { return slices.Contains(r.Overridden, name) }

// Fail records a failed action in place of what was recorded of it before.
func (r *Replacement) Fail(f ChildFailure) {
	r.Forget(f.Child, f.Connector)
	r.Failures = append(r.Failures, f)
}

// Forget drops what is recorded of a failed action: it succeeded since, or is
// tried again.
func (r *Replacement) Forget(child, connector string) {
	r.Failures = slices.DeleteFunc(r.Failures, func(f ChildFailure) bool { return f.Child == child && f.Connector == connector })
}

// ReplacementPolicy is how careful a replacement is.
type ReplacementPolicy struct {
	Finalize               bool          `json:"finalize"`
	MinimumReceivedPercent int64         `json:"minimum_received_percent"`
	HoldDown               time.Duration `json:"hold_down"`
	SilentAfter            time.Duration `json:"silent_after"` // 0: nobody counts as silent
	Overlap                time.Duration `json:"overlap"`
	OnFailure              OnFailure     `json:"on_failure"`
	ChildValidityMonths    int64         `json:"child_validity_months"` // 0: each child's own validity
	OverrideChildren       []string      `json:"override_children,omitempty"`
	Waivers                []Waiver      `json:"waivers,omitempty"`
	ForceReason            string        `json:"force_reason,omitempty"`
}

// OnFailure is what a failing child does to the activation of the others.
type OnFailure string

const (
	// FailureStops: wait for retry, override or roll back.
	FailureStops OnFailure = "stop"
	// FailureContinues: go on with the other children.
	FailureContinues OnFailure = "continue"
	// FailureRollsBack: undo every child.
	FailureRollsBack OnFailure = "roll_back"
)

// Waiver takes a device out of the numbers, by name and for a time.
type Waiver struct {
	DeviceID string    `json:"device_id"`
	Reason   string    `json:"reason"`
	Until    time.Time `json:"until"` // from here on it counts again
}

// DefaultReplacementPolicy waits for everybody and stops at the first failure.
func DefaultReplacementPolicy() ReplacementPolicy {
	return ReplacementPolicy{
		Finalize: true, MinimumReceivedPercent: 100, SilentAfter: 7 * 24 * time.Hour,
		OnFailure: FailureStops,
	}
}

// Check refuses a policy that means nothing.
func (p ReplacementPolicy) Check() error {
	const field = "replacement."
	switch {
	case p.MinimumReceivedPercent < 0 || p.MinimumReceivedPercent > 100:
		return Invalid(field+"minimum_received_percent", "%d is not a share of 0 to 100 percent", p.MinimumReceivedPercent)
	case p.HoldDown < 0:
		return Invalid(field+"hold_down", "%s is negative", p.HoldDown)
	case p.SilentAfter < 0:
		return Invalid(field+"silent_after", "%s is negative", p.SilentAfter)
	case p.Overlap < 0:
		return Invalid(field+"overlap", "%s is negative", p.Overlap)
	case p.ChildValidityMonths < 0:
		return Invalid(field+"child_validity_months", "%d months is no validity", p.ChildValidityMonths)
	}
	switch p.OnFailure {
	case FailureStops, FailureContinues, FailureRollsBack:
	default:
		return Invalid(field+"on_failure", "%q is not a way to treat a failure", p.OnFailure).WithHint("use stop, continue or roll_back")
	}
	return checkWaivers(p.Waivers)
}

func checkWaivers(waivers []Waiver) error {
	seen := map[string]bool{}
	for _, w := range waivers {
		const field = "replacement.waivers"
		switch {
		case w.DeviceID == "":
			return Invalid(field, "a waiver names no device")
		case w.Reason == "":
			return Invalid(field, "the waiver of device %s gives no reason", w.DeviceID).WithHint("whoever reads it later wants to know why the device did not count")
		case w.Until.IsZero():
			return Invalid(field, "the waiver of device %s has no end", w.DeviceID).WithHint("set until to the moment from which the device counts again")
		case seen[w.DeviceID]:
			return Invalid(field, "device %s is waived twice", w.DeviceID)
		}
		seen[w.DeviceID] = true
	}
	return nil
}

// Waives tells whether a device is taken out of the numbers at now.
func (p ReplacementPolicy) Waives(deviceID string, now time.Time) bool {
	for _, w := range p.Waivers {
		if w.DeviceID == deviceID && now.Before(w.Until) {
			return true
		}
	}
	return false
}
