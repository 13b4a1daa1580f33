package identity

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// Visits are the check-ins of a program, from its enrolment for as long as it works. They
// belong to one goroutine.
type Visits struct {
	Contact  *Contact
	Clock    Clock
	Log      *slog.Logger
	Who      string                          // such as "agent", for the log
	Interval func() time.Duration            // between two that go well
	CheckIn  func(ctx context.Context) error // is one of them

	told string // the trouble that was logged last
}

// Enrol waits until the program is somebody. A token that is refused is for a person to
// replace.
func (v *Visits) Enrol(ctx context.Context) error {
	for failures := 1; v.Contact.Certificate() == nil; failures++ {
		err := v.Contact.Enrol(ctx)
		switch {
		case ctx.Err() != nil:
			return nil //nolint:nilerr // a stop is what was asked for
		case err == nil:
			return nil
		case Final(err), errors.Is(err, ErrNoToken):
			return fmt.Errorf("enrolling at the server: %w", err)
		}
		v.tell(ctx, fmt.Errorf("enrolling at the server: %w", err))
		Pause(ctx, v.Clock, BackOff(failures, v.Interval()))
	}
	return nil
}

// Forever ends with ctx.
func (v *Visits) Forever(ctx context.Context) {
	for failures := 0; ctx.Err() == nil; {
		err := v.CheckIn(ctx)
		if ctx.Err() != nil {
			return
		}
		v.tell(ctx, err)
		wait := steady(v.Interval())
		if err != nil {
			failures++
			wait = BackOff(failures, v.Interval())
			if v.enrolAgain(ctx, err) {
				failures, wait = 0, 0
			}
		} else {
			failures = 0
		}
		Pause(ctx, v.Clock, wait)
	}
}

// enrolAgain is the way back in that an operator allows with a new token: for a program
// that the server refuses, or that does not know the server any more.
func (v *Visits) enrolAgain(ctx context.Context, err error) bool {
	if !Refused(err) && !Distrusted(err) {
		return false
	}
	return v.Contact.Enrol(ctx) == nil // why not is told by the next check-in
}

// tell logs trouble once, and once that it is over.
func (v *Visits) tell(ctx context.Context, err error) {
	text := ""
	if err != nil {
		text = err.Error()
	}
	switch {
	case text == v.told:
		return
	case err == nil:
		v.Log.InfoContext(ctx, "in contact with the server again")
	case Refused(err):
		v.Log.ErrorContext(ctx, "the server refuses this "+v.Who+": it is tried again, and with a new enrolment token once there is one", "error", text)
	case Distrusted(err):
		v.Log.ErrorContext(ctx, "the server cannot prove who it is: it is not spoken to; give its CA certificate with --ca-file and a new enrolment token if it is the right one", "error", text)
	default:
		v.Log.WarnContext(ctx, "trouble: it is tried again", "error", text)
	}
	v.told = text
}
