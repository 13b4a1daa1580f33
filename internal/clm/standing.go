package clm

import (
	"fmt"
	"time"
)

// Standing is everything a decision about an open replacement rests on, read in
// the transaction that decides.
type Standing struct {
	Root      RootCertificate
	Census    Census
	Gateways  []GatewayRefresh
	ToIssue   int64    // children the signer has not issued again
	ToPush    int64    // children that some connector does not have yet
	UsesOld   []string // names of children with a leaf in use that only the old root vouches for
	UsesNew   []string // likewise, only the new root
	AgentsOld Shown    // agents with a certificate in use that only the old root vouches for
	AgentsNew Shown    // likewise, only the new root
	CutOff    []CutOff // who could not verify whom, if the replacement went on now
}

// Shown is a number of things, and the names of the first of them.
type Shown struct {
	Count int64
	Names []string
}

// Count takes a child into account.
func (s *Standing) Count(child Child) {
	switch child.State(s.Root.Signer(), s.Root.Replacement.Overrides) {
	case ChildToIssue:
		s.ToIssue++
	case ChildToPush:
		s.ToPush++
	}
}

// Use takes a version of a child into account that has not expired.
func (s *Standing) Use(child Child, v Version, now time.Time) {
	if !child.Uses(v, now, s.Root.Replacement.Overrides) {
		return
	}
	name := child.Row.Certificate.Name
	switch v.IssuedBy() {
	case s.Root.Active.FingerprintSHA256:
		s.UsesOld = append(s.UsesOld, name)
	case s.Root.Replacement.Target.FingerprintSHA256:
		s.UsesNew = append(s.UsesNew, name)
	}
}

// The guards besides those of the distribution gate.
const (
	ViolationCutOff       ViolationCode = "would_cut_off"
	ViolationHalted       ViolationCode = "halted"
	ViolationChildrenLeft ViolationCode = "children_left"
	ViolationOverlap      ViolationCode = "overlap"
	ViolationOldInUse     ViolationCode = "old_root_in_use"
	ViolationNewInUse     ViolationCode = "new_root_in_use"
	ViolationAgentsBehind ViolationCode = "agents_behind"
)

// Next is the verb that leads on from where the replacement stands, and what is
// unmet for it. A transition may be made only while nothing is unmet, or where
// somebody forces the distribution gate.
func (s Standing) Next(now time.Time) (verb string, unmet []Violation) {
	switch s.Root.State {
	case RootDistributing:
		return VerbFinalize, s.distribution(now)
	case RootActivating:
		if s.ToIssue+s.ToPush > 0 {
			return VerbActivateChild, s.halted()
		}
		return VerbCompleteActivation, nil
	case RootRetiring:
		return VerbRetire, s.retirement(now)
	case RootRollingBack:
		// A device that never got a leaf of the new root need not be put right first.
		if s.ToIssue > 0 || s.ToPush > 0 && len(s.UsesNew) > 0 {
			return VerbRestoreChild, nil
		}
		return VerbRestore, s.restoration()
	}
	return "", nil
}

// May refuses a transition that is not the next one, or whose guards are unmet.
func (s Standing) May(verb string, now time.Time) error {
	next, unmet := s.Next(now)
	if next != verb {
		probe := s.Root
		if err := probe.Apply(verb); err != nil {
			return err
		}
		return Errorf(KindRefused, "cannot %s root certificate %q yet: children are left", verbWords(verb), s.Root.Name).
			WithHint("apply again once their devices can be reached, or override them by name")
	}
	if len(unmet) == 0 || verb == VerbFinalize && s.Root.Settings().ForceReason != "" {
		return nil
	}
	return Refusal(verb, s.Root.Name, unmet)
}

// Refusal is the error of a closed gate. It says everything that is unmet.
func Refusal(verb, name string, unmet []Violation) error {
	text, hint := "", ""
	for i, v := range unmet {
		if i > 0 {
			text, hint = text+"; ", hint+"; "
		}
		text, hint = text+v.String(), hint+v.Mitigation
	}
	return Errorf(KindRefused, "cannot %s root certificate %q: %s", verbWords(verb), name, text).WithHint("%s", hint)
}

// String is the violation with the names it is about.
func (v Violation) String() string {
	if len(v.Devices) == 0 {
		return v.Message
	}
	return v.Message + " (" + firstOf(v.Devices) + ")"
}

// shownNames bounds how many names a sentence lists.
const shownNames = 10

func firstOf(names []string) string {
	if len(names) <= shownNames {
		return listed(names)
	}
	return fmt.Sprintf("%s and %d more", listed(names[:shownNames]), len(names)-shownNames)
}

func (s Standing) distribution(now time.Time) []Violation {
	gate := DistributionGate{Policy: s.Root.Settings(), StartedAt: s.Root.Replacement.StartedAt, Census: s.Census, Gateways: s.Gateways}
	return append(gate.Violations(now), s.cutOff()...)
}

func (s Standing) cutOff() []Violation {
	if len(s.CutOff) == 0 {
		return nil
	}
	return []Violation{{
		Code: ViolationCutOff, Message: "devices would not verify what is served to them", Devices: cutOffNames(s.CutOff),
		Mitigation: "bring these devices up to date first, or use a new root whose key the old one can certify",
	}}
}

func (s Standing) halted() []Violation {
	if !s.Root.Replacement.Halted {
		return nil
	}
	v := Violation{
		Code: ViolationHalted, Message: "activation stopped at a failure",
		Mitigation: "remove the cause and apply again, name what to go on without in override_children, or set the old certificate back",
	}
	for _, f := range s.Root.Replacement.Failures {
		v.Devices = append(v.Devices, f.Name())
	}
	return []Violation{v}
}

// Name is what failed: the connector, or the certificate that could not be issued.
func (f ChildFailure) Name() string {
	if f.Connector == "" {
		return f.Child
	}
	return f.Connector
}

func (s Standing) retirement(now time.Time) []Violation {
	var unmet []Violation
	r := s.Root.Replacement
	if end := r.RetiringAt.Add(s.Root.Settings().Overlap); now.Before(end) {
		unmet = append(unmet, Violation{
			Code: ViolationOverlap, Message: "the old root stays trusted until " + end.UTC().Format(time.RFC3339),
			Mitigation: "wait, or shorten overlap", Until: end,
		})
	}
	if len(s.UsesOld) > 0 {
		unmet = append(unmet, Violation{
			Code: ViolationOldInUse, Message: "certificates of the old root may still be in use", Devices: s.UsesOld,
			Mitigation: "wait until they expire, revoke them, or release them by name in override_children",
		})
	}
	unmet = append(unmet, s.agentsBehind(s.AgentsOld)...)
	if stale := Stale(s.Gateways, r.FinalizedAt); len(stale) > 0 {
		unmet = append(unmet, Violation{
			Code: ViolationStaleGateways, Message: "internet gateways were not refreshed since the replacement was finalized", Devices: stale,
			Mitigation: refreshGateways,
		})
	}
	return append(unmet, s.cutOff()...)
}

func (s Standing) restoration() []Violation {
	unmet := s.agentsBehind(s.AgentsNew)
	if len(s.UsesNew) == 0 {
		return unmet
	}
	return append([]Violation{{
		Code: ViolationNewInUse, Message: "certificates of the new root may still be in use", Devices: s.UsesNew,
		Mitigation: "wait until they expire, revoke them, or release them by name in override_children",
	}}, unmet...)
}

func (s Standing) agentsBehind(behind Shown) []Violation {
	if behind.Count == 0 {
		return nil
	}
	return []Violation{{
		Code: ViolationAgentsBehind, Message: fmt.Sprintf("%d %s not renewed yet", behind.Count, map[bool]string{true: "agent has", false: "agents have"}[behind.Count == 1]),
		Devices: behind.Names, Mitigation: "wait until they check in, or revoke those that will not come back",
	}}
}

// CanAdvance tells whether going on would change something now: the next verb's
// guards are met, and nobody holds it in distribution.
func (s Standing) CanAdvance(now time.Time) bool {
	verb, unmet := s.Next(now)
	settings := s.Root.Settings()
	switch verb {
	case "", VerbActivateChild, VerbRestoreChild:
		return false // whether a child can go on is for its devices to tell
	case VerbFinalize:
		return settings.Finalize && (len(unmet) == 0 || settings.ForceReason != "")
	}
	return len(unmet) == 0
}
