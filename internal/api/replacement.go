package api

import "time"

// ReplacementPolicy is how careful a replacement of a root certificate is.
type ReplacementPolicy struct {
	Finalize               bool     `json:"finalize" doc:"go on by itself once the gate opens; false holds in distribution"`
	MinimumReceivedPercent int64    `json:"minimum_received_percent" doc:"share of the expected devices that must have received the new certificate, 0 to 100"`
	HoldDownSeconds        int64    `json:"hold_down_seconds,omitempty" doc:"seconds that must pass after the latest receipt"`
	SilentAfterSeconds     int64    `json:"silent_after_seconds" doc:"seconds after which a device that was not heard of counts as silent; 0: never"`
	OverlapSeconds         int64    `json:"overlap_seconds,omitempty" doc:"seconds the old root stays trusted once the new one is in use"`
	OnFailure              string   `json:"on_failure" doc:"stop, continue or roll_back"`
	ChildValidityMonths    int64    `json:"child_validity_months,omitempty" doc:"months the children are valid under the new root; 0: their own validity"`
	OverrideChildren       []string `json:"override_children,omitempty" doc:"names of connectors to go on without, or of certificates to release"`
	Waivers                []Waiver `json:"waivers,omitempty" doc:"devices that do not count for a time"`
	ForceReason            string   `json:"force_reason,omitempty" doc:"goes past a closed gate; recorded"`
}

// Waiver takes a device out of the numbers for a time.
type Waiver struct {
	DeviceID string    `json:"device_id"`
	Reason   string    `json:"reason"`
	Until    time.Time `json:"until" doc:"from here on the device counts again"`
}

// Replacement is the open replacement of a root certificate, or the one that was
// declined last.
type Replacement struct {
	Phase             string `json:"phase" doc:"distributing, activating, retiring, rolling_back; cancelled or rolled_back when it was declined"`
	FromFingerprint   string `json:"from_fingerprint" doc:"SHA-256 of the old certificate"`
	TargetFingerprint string `json:"target_fingerprint" doc:"SHA-256 of the new certificate"`
	CanAdvance        bool   `json:"can_advance" doc:"whether going on now would change something; only when observed"`
	Reason            string `json:"reason,omitempty" doc:"why it can, or what it waits for"`
	Failure           string `json:"failure,omitempty" doc:"what failed, when it was rolled back because of that"`
}

// RootPreview is what a write to a root certificate would do.
type RootPreview struct {
	Verb            string   `json:"verb,omitempty" doc:"replace, cancel or roll_back; absent when the certificate stays"`
	FromFingerprint string   `json:"from_fingerprint,omitempty" doc:"SHA-256 of the old certificate"`
	ToFingerprint   string   `json:"to_fingerprint,omitempty" doc:"SHA-256 of the new certificate"`
	Devices         int64    `json:"devices" doc:"devices whose trust is concerned"`
	Children        int64    `json:"children" doc:"certificates that are issued again"`
	Gateways        []string `json:"gateways,omitempty" doc:"internet gateways that have to be refreshed by hand"`
}

// Advance drives a replacement on.
type Advance struct {
	Again bool `json:"again,omitempty" doc:"go on after an activation that stopped at a failure"`
}

// AdvanceResult is what came of it.
type AdvanceResult struct {
	RootCertificate RootCertificate `json:"root_certificate"`
	Rollout         Rollout         `json:"rollout"`
	Done            []string        `json:"done,omitempty" doc:"transitions made, in order"`
	Trouble         []DeviceTrouble `json:"trouble,omitempty" doc:"devices that could not be told or served"`
}

// DeviceTrouble is what keeps one device behind.
type DeviceTrouble struct {
	Device    string `json:"device"`
	Connector string `json:"connector,omitempty"`
	Code      Code   `json:"code" doc:"stable name of the condition or kind of problem"`
	Detail    string `json:"detail"`
}

// Transition carries out one verb of a replacement.
type Transition struct {
	Verb     string   `json:"verb" doc:"finalize, cancel, roll_back, retry or override"`
	Children []string `json:"children,omitempty" doc:"for override: names to go on without"`
}

// Rollout is where the replacement of a root certificate stands.
type Rollout struct {
	RootCertificateID string           `json:"root_certificate_id"`
	Name              string           `json:"name"`
	Phase             string           `json:"phase" doc:"active, distributing, activating, retiring or rolling_back"`
	Halted            bool             `json:"halted" doc:"whether activation stopped at a failure"`
	StartedAt         *time.Time       `json:"started_at,omitempty"`
	StartedBy         string           `json:"started_by,omitempty" doc:"who staged it"`
	FromFingerprint   string           `json:"from_fingerprint" doc:"SHA-256 of the old certificate"`
	ToFingerprint     string           `json:"to_fingerprint,omitempty" doc:"SHA-256 of the new certificate"`
	Expected          int64            `json:"expected" doc:"devices whose latest statement holds the old certificate"`
	Received          int64            `json:"received" doc:"those of them that hold the new one too"`
	PercentReceived   int64            `json:"percent_received" doc:"rounded down"`
	Classes           map[string]int64 `json:"classes" doc:"every device concerned, in exactly one class"`
	TrustsNew         int64            `json:"trusts_new" doc:"devices that hold the new certificate"`
	HoldsNewLeaf      int64            `json:"holds_new_leaf" doc:"devices with a certificate of the new root"`
	ServesNew         int64            `json:"serves_new" doc:"connectors that were seen to hold one"`
	Laggards          []Laggard        `json:"laggards" doc:"the first devices without the new certificate"`
	Gateways          []GatewayState   `json:"gateways" doc:"internet gateways concerned"`
	Violations        []Violation      `json:"violations" doc:"what is unmet for the next step"`
	WouldCutOff       []CutOff         `json:"would_cut_off" doc:"connections that would fail if it went on now"`
	Failures          []ChildFailure   `json:"failures" doc:"actions of the activation that failed"`
	ChildrenLeft      int64            `json:"children_left" doc:"certificates still to be issued again or put in place"`
	Forced            string           `json:"forced,omitempty" doc:"why a closed gate was passed"`
	History           []Outcome        `json:"history" doc:"how earlier replacements ended, oldest first"`
	NextStep          string           `json:"next_step,omitempty" doc:"the verb that leads on"`
	Message           string           `json:"message" doc:"the same in a sentence"`
}

// Laggard is a device without the new certificate.
type Laggard struct {
	DeviceID string     `json:"device_id"`
	Name     string     `json:"name"`
	Class    string     `json:"class" doc:"received, pending, failed, silent, never_reported or waived"`
	Reason   string     `json:"reason,omitempty"`
	LastSeen *time.Time `json:"last_seen,omitempty" doc:"when it was last heard of"`
}

// GatewayState tells whether an internet gateway was refreshed since it had to be.
type GatewayState struct {
	Name      string `json:"name"`
	Refreshed bool   `json:"refreshed" doc:"whether it was refreshed since it had to be"`
	Required  bool   `json:"required" doc:"whether somebody has to refresh it by hand"`
}

// Violation is one unmet condition.
type Violation struct {
	Code       string     `json:"code" doc:"stable name of the condition or kind of problem"`
	Message    string     `json:"message" doc:"the condition in a sentence"`
	Devices    []string   `json:"devices,omitempty" doc:"names it is about"`
	Mitigation string     `json:"mitigation" doc:"what to do"`
	Until      *time.Time `json:"until,omitempty" doc:"when it ends by itself; absent: never"`
}

// CutOff is a connection that would fail.
type CutOff struct {
	From   string `json:"from" doc:"who serves"`
	To     string `json:"to" doc:"who would not verify it"`
	Reason string `json:"reason"`
}

// ChildFailure is an action of an activation that failed.
type ChildFailure struct {
	Child     string    `json:"child" doc:"name of the certificate"`
	Connector string    `json:"connector,omitempty"`
	Step      string    `json:"step" doc:"issue or push"`
	Error     string    `json:"error" doc:"what happened"`
	At        time.Time `json:"at"`
}

// Outcome is how a replacement ended.
type Outcome struct {
	Outcome         string    `json:"outcome" doc:"completed, cancelled or rolled_back"`
	FromFingerprint string    `json:"from_fingerprint" doc:"SHA-256 of the old certificate"`
	ToFingerprint   string    `json:"to_fingerprint" doc:"SHA-256 of the new certificate"`
	StartedAt       time.Time `json:"started_at"`
	StartedBy       string    `json:"started_by" doc:"who staged it"`
	EndedAt         time.Time `json:"ended_at"`
	EndedBy         string    `json:"ended_by" doc:"who ended it"`
	Expected        int64     `json:"expected" doc:"devices that held the old certificate, as last counted"`
	Received        int64     `json:"received" doc:"those of them that held the new one too"`
	Forced          string    `json:"forced,omitempty" doc:"why a closed gate was passed"`
	Because         string    `json:"because,omitempty" doc:"why it was rolled back"`
}
