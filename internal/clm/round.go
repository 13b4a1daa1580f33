package clm

import (
	"slices"
	"time"
)

// RoundKind is a kind of work that a server does by itself, round after round.
type RoundKind string

const (
	// RoundReplacements drives open replacements of root certificates on.
	RoundReplacements RoundKind = "advance_replacements"
	// RoundRenewals renews certificates that are due, and pushes what it renewed.
	RoundRenewals RoundKind = "renew_certificates"
	// RoundPushes carries out work orders whose time has come, and makes pushes good
	// that a new version waits for.
	RoundPushes RoundKind = "push_certificates"
	// RoundLists signs revocation lists ahead of need.
	RoundLists RoundKind = "sign_revocation_lists"
	// RoundVerification looks at devices, and at what servers serve.
	RoundVerification RoundKind = "verify_connectors"
)

// RoundKinds are all there are.
func RoundKinds() []RoundKind {
	return []RoundKind{RoundReplacements, RoundRenewals, RoundPushes, RoundLists, RoundVerification}
}

// RoundOutcome is how the last round that ended did.
type RoundOutcome string

const (
	// RoundSucceeded: everything that was due is done.
	RoundSucceeded RoundOutcome = "succeeded"
	// RoundTroubled: some things are in trouble; the others were done.
	RoundTroubled RoundOutcome = "troubled"
	// RoundFailed: what is due could not even be found out.
	RoundFailed RoundOutcome = "failed"
)

// Round is what is known of the rounds of one kind. It is an observation, as a device's
// receipt is: it takes the place of the one before.
type Round struct {
	Kind        RoundKind    `json:"kind"`
	BegunAt     time.Time    `json:"begun_at"`
	EndedAt     time.Time    `json:"ended_at"` // of the last that came to its end
	SucceededAt time.Time    `json:"succeeded_at"`
	NextAt      time.Time    `json:"next_at"`
	Outcome     RoundOutcome `json:"outcome,omitempty"` // "" before the first has ended
	Error       string       `json:"error,omitempty"`   // why it failed
	Done        int          `json:"done"`              // things done by the last one
	After       string       `json:"after,omitempty"`   // name after which the next one goes on, "" for the first
	Troubles    []Trouble    `json:"troubles,omitempty"`
}

// Trouble is something that a round could not do, and tries again later and later.
type Trouble struct {
	Handled
	Error   string    `json:"error"`
	Since   time.Time `json:"since"`
	Times   int       `json:"times"` // in a row
	RetryAt time.Time `json:"retry_at"`
}

// Handled is one thing that a round is about.
type Handled struct {
	Noun Noun   `json:"noun"`
	Name string `json:"name"`
}

// firstRetry is how long something in trouble rests at first; each time it does so
// twice as long.
const firstRetry = time.Minute

// longestRetry is where that ends. A push that fails runs its owner's scripts each time.
func (k RoundKind) longestRetry() time.Duration {
	switch k {
	case RoundPushes:
		return 6 * time.Hour
	case RoundRenewals:
		return time.Hour
	}
	return 10 * time.Minute
}

// Every is how often a round of the kind is made, where the server's interval is this.
// Looking at every device costs them something.
func (k RoundKind) Every(interval time.Duration) time.Duration {
	if k == RoundVerification {
		return 15 * interval
	}
	return interval
}

// maxTroubles bounds what is remembered; what is beyond is tried in every round.
const maxTroubles = 500

// Begin is recorded before anything is done.
func (r *Round) Begin(now time.Time, every time.Duration) {
	r.BegunAt, r.NextAt = now, now.Add(every)
}

// Rests tells whether something is in trouble and not to be tried yet.
func (r Round) Rests(what Handled, now time.Time) bool {
	i := r.trouble(what)
	return i >= 0 && now.Before(r.Troubles[i].RetryAt)
}

// Fail remembers that something could not be done.
func (r *Round) Fail(what Handled, why string, now time.Time) {
	i := r.trouble(what)
	if i < 0 {
		if len(r.Troubles) == maxTroubles {
			return
		}
		i = len(r.Troubles)
		r.Troubles = append(r.Troubles, Trouble{Handled: what, Since: now})
	}
	t := &r.Troubles[i]
	t.Error, t.Times = why, t.Times+1
	t.RetryAt = now.Add(r.Kind.retryAfter(t.Times))
}

func (k RoundKind) retryAfter(times int) time.Duration {
	after, longest := firstRetry, k.longestRetry()
	for ; times > 1 && after < longest; times-- {
		after *= 2
	}
	return min(after, longest)
}

// Forget drops the troubles of what is in trouble no more.
func (r *Round) Forget(isPast func(Handled) bool) {
	r.Troubles = slices.DeleteFunc(r.Troubles, func(t Trouble) bool { return isPast(t.Handled) })
}

// End is recorded when everything is done that could be, or nothing could.
func (r *Round) End(failure string, now time.Time) {
	r.EndedAt, r.Error = now, failure
	switch {
	case failure != "":
		r.Outcome = RoundFailed
	case len(r.Troubles) > 0:
		r.Outcome = RoundTroubled
	default:
		r.Outcome, r.SucceededAt = RoundSucceeded, now
	}
}

// UnderWay tells whether one has begun and not ended: it is being made, or died.
func (r Round) UnderWay() bool { return r.BegunAt.After(r.EndedAt) }

func (r Round) trouble(what Handled) int {
	return slices.IndexFunc(r.Troubles, func(t Trouble) bool { return t.Handled == what })
}
