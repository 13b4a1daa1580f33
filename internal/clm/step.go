package clm

import "time"

// Step is one thing an agent is to do on its device. What it is about, and what came of
// it, may be secret: both are sealed under the step's id.
type Step struct {
	ID        string     `json:"id"`
	DeviceID  string     `json:"device_id"`
	Kind      StepKind   `json:"kind"`
	State     StepState  `json:"state"`
	Task      []byte     `json:"task"`              // sealed
	Outcome   []byte     `json:"outcome,omitempty"` // sealed, once it is done
	Session   string     `json:"session,omitempty"` // of the agent's process that took it
	CreatedAt time.Time  `json:"created_at"`
	TakenAt   *time.Time `json:"taken_at,omitempty"`
	Revision  int64      `json:"-"`
}

// StepKind is what is to be done.
type StepKind string

// The kinds of steps.
const (
	StepPreflight StepKind = "preflight"
	StepObserve   StepKind = "observe"
	StepInstall   StepKind = "install"
	StepRemove    StepKind = "remove"
	StepRestore   StepKind = "restore"
	StepSettle    StepKind = "settle"
	StepRun       StepKind = "run"
)

// StepState is how far a step has come. Whoever asked for it takes it back as long as it
// is queued, and forgets it once it is done or lost.
type StepState string

const (
	// StepQueued: no agent has it. Its agent moves it on to taken.
	StepQueued StepState = "queued"
	// StepTaken: it may have begun. Its agent moves it on to done, or a later process of
	// the same agent to lost.
	StepTaken StepState = "taken"
	// StepDone: there is an outcome.
	StepDone StepState = "done"
	// StepLost: the process that took it died. Nobody knows how far it came.
	StepLost StepState = "lost"
)

// Take gives the step to a process of its agent.
func (s *Step) Take(session string, now time.Time) {
	s.State, s.Session, s.TakenAt = StepTaken, session, &now
}

// LoseTo tells whether the step is lost now that a process of its agent asks, and
// records that.
func (s *Step) LoseTo(session string) bool {
	if s.State != StepTaken || s.Session == session {
		return false
	}
	s.State = StepLost
	return true
}

// Finish records the outcome of a step that was taken. One that came in already, or that
// was given up, keeps what it has.
func (s *Step) Finish(outcome []byte) bool {
	if s.State != StepTaken && s.State != StepLost {
		return false
	}
	s.State, s.Outcome = StepDone, outcome
	return true
}
