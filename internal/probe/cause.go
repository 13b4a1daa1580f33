package probe

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"time"
)

const connecting = "connecting"

// step is an error with what was being done, as a gerund.
type step struct {
	doing string
	err   error
}

func (s *step) Error() string { return s.doing + ": " + s.err.Error() }

func (s *step) Unwrap() error { return s.err }

func during(doing string, err error) error {
	if err == nil {
		return nil
	}
	return &step{doing, err}
}

// finding is what an upgrade found wrong, with its cause.
type finding struct {
	cause Cause
	what  string
}

func (f *finding) Error() string { return f.what }

func found(cause Cause, format string, args ...any) error {
	return &finding{cause, fmt.Sprintf(format, args...)}
}

// causeOf sorts the errors of a connection that was made.
func causeOf(err error) Cause {
	var f *finding
	var header tls.RecordHeaderError
	switch {
	case errors.As(err, &f):
		return f.cause
	case isTimeout(err):
		return CauseTimedOut
	case alert(err) != "":
		return CauseAlert
	case errors.As(err, &header):
		return CauseNotTLS
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return CauseClosed
	}
	return CauseHandshake
}

// account tells a failure in words, and what to do about it.
func (a attempt) account(cause Cause, timeout time.Duration, err error) (what, hint string) {
	switch cause {
	case CauseUnreachable:
		return innermost(err), "check that the server runs and listens at this address, and that a firewall lets this machine connect"
	case CauseTimedOut:
		return fmt.Sprintf("no answer within %v", timeout), a.silenceHint()
	case CauseClosed:
		return "the server closed the connection", "its log should tell why; check that the protocol is " + a.request.protocol()
	case CauseNotTLS:
		return notTLS(err), "if the server upgrades a plaintext connection, name its protocol: " + strings.Join(Protocols[1:], ", ")
	case CauseAlert:
		return "the server refused: " + alert(err), a.alertHint(err)
	case CauseNoUpgrade:
		return err.Error(), "switch TLS on in the server, or name the address of a service that has it"
	case CauseNotSpoken, CauseEndless:
		return err.Error(), "check that the protocol there is " + a.request.protocol()
	}
	return innermost(err), "the server cannot agree with this probe on how to speak TLS"
}

func (a attempt) silenceHint() string {
	if a.request.protocol() == TLS {
		return "check the address, and that a firewall lets this machine connect"
	}
	return "check the address; a server that expects TLS at once says nothing: if this is one, set the protocol to tls"
}

func (a attempt) alertHint(err error) string {
	if strings.Contains(alert(err), "unrecognized name") {
		return fmt.Sprintf("it has no certificate for %q; check the server name", a.request.serverName())
	}
	return "its log should tell why"
}

// alert is the text of the TLS alert a server sent, or "". Package crypto/tls
// marks such errors by their Op alone.
func alert(err error) string {
	var remote *net.OpError
	if errors.As(err, &remote) && remote.Op == "remote error" {
		return remote.Err.Error()
	}
	return ""
}

func notTLS(err error) string {
	var header tls.RecordHeaderError
	if errors.As(err, &header) && header.RecordHeader[0] != 0 {
		return fmt.Sprintf("the answer is not TLS: it begins with %q", header.RecordHeader[:])
	}
	return "the answer is not TLS"
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout()
}

// innermost is the cause without the addresses that package net repeats.
func innermost(err error) string {
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(err) {
		err = inner
	}
	return err.Error()
}
