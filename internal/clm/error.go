package clm

import (
	"errors"
	"fmt"
	"strings"
)

// Kind sorts errors by what the caller can do about them. Package api maps
// each kind to a wire code and an HTTP status, and back.
type Kind string

const (
	// KindInvalid: the request itself is wrong; Field names the culprit.
	KindInvalid Kind = "invalid"
	// KindNotFound: the thing named does not exist.
	KindNotFound Kind = "not_found"
	// KindExists: something with that name, file or identity exists already.
	KindExists Kind = "already_exists"
	// KindConflict: somebody else changed the thing first; read again and retry.
	KindConflict Kind = "conflict"
	// KindRefused: legal in form, refused by a rule in the present state.
	KindRefused Kind = "refused"
	// KindPending: nothing is wrong; somebody has to agree first.
	KindPending Kind = "pending"
	// KindDenied: the principal may not do this.
	KindDenied Kind = "denied"
	// KindUnreachable: a device or an outside party does not answer; it may later.
	KindUnreachable Kind = "unreachable"
	// KindFailed: an outside act was tried and failed (disk full, read-only, …).
	KindFailed Kind = "failed"
	// KindUnavailable: the backend's own storage cannot serve (locked, corrupt, …).
	KindUnavailable Kind = "unavailable"
	// KindInternal: a defect. Its text is logged, never shown.
	KindInternal Kind = "internal"
)

// Error is what every use case returns. Message says what happened, Hint what
// to do about it. Neither ever holds a secret.
type Error struct {
	Kind    Kind
	Field   string // snake_case path of the input at fault, "" when none is
	Message string
	Hint    string
	Err     error
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Message)
	if e.Err != nil {
		fmt.Fprintf(&b, ": %v", e.Err)
	}
	if e.Hint != "" {
		fmt.Fprintf(&b, " (%s)", e.Hint)
	}
	return b.String()
}

// WithoutHint is the error's text where the hint travels on its own.
func (e *Error) WithoutHint() string {
	bare := *e
	bare.Hint = ""
	return bare.Error()
}

func (e *Error) Unwrap() error { return e.Err }

// KindOf tells the kind of err; an error that is not ours is internal.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return KindInternal
}

// Errorf makes an error of the given kind.
func Errorf(kind Kind, format string, args ...any) *Error {
	return &Error{Kind: kind, Message: fmt.Sprintf(format, args...)}
}

// Invalid makes the error for one wrong input.
func Invalid(field, format string, args ...any) *Error {
	return &Error{Kind: KindInvalid, Field: field, Message: fmt.Sprintf(format, args...)}
}

// WithHint adds what the user can do.
func (e *Error) WithHint(format string, args ...any) *Error {
	e.Hint = fmt.Sprintf(format, args...)
	return e
}

// Because adds the cause.
func (e *Error) Because(err error) *Error {
	e.Err = err
	return e
}
