package clm

import (
	"cmp"
	"errors"
	"time"
)

// Script is a hook that runs on a device around a push: a shell script of ours, or a
// program that is there already.
type Script struct {
	Inline     string        `json:"inline,omitempty"`      // for /bin/sh
	DevicePath string        `json:"device_path,omitempty"` // absolute, run as it is
	Timeout    time.Duration `json:"timeout,omitempty"`     // 0: DefaultScriptTimeout
	// Repeatable: running it twice does no harm, so that a push that died in it is
	// simply made again.
	Repeatable bool              `json:"repeatable,omitempty"`
	Env        map[string]string `json:"-"` // what the push tells it
}

// DefaultScriptTimeout is how long a hook may take.
const DefaultScriptTimeout = time.Minute

// longest is how long a hook may take that may not be there.
func (s *Script) longest() time.Duration {
	if s == nil {
		return 0
	}
	return cmp.Or(s.Timeout, DefaultScriptTimeout)
}

// ScriptResult is what a hook did. A script that ran and failed has an exit code; one
// of which that is not known (the connection broke) is an error instead.
type ScriptResult struct {
	ExitCode int
	Output   string // the last 8 KiB of what it printed, both streams
}

// unknown is an error after which nobody knows what a script did.
type unknown struct{ error }

func (u *unknown) Unwrap() error { return u.error }

// NobodyKnows marks an error as one after which nobody knows what a script did.
func NobodyKnows(err error) error { return &unknown{err} }

// IsUnknown tells whether an error was marked so.
func IsUnknown(err error) bool {
	var u *unknown
	return errors.As(err, &u)
}
