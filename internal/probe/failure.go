package probe

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// ReasonResolutionFailed: the name of the address does not resolve.
const ReasonResolutionFailed clm.SyncReason = "resolution_failed"

// Cause is what kept a look from seeing a certificate.
type Cause string

const (
	// CauseUnresolved: the name has no address, or no DNS server says so.
	CauseUnresolved Cause = "unresolved"
	// CauseUnreachable: nothing accepts connections at the address.
	CauseUnreachable Cause = "unreachable"
	// CauseTimedOut: the server does not answer, or not to the end.
	CauseTimedOut Cause = "timed_out"
	// CauseClosed: the server closed the connection in the middle.
	CauseClosed Cause = "closed"
	// CauseNotTLS: what answers to a TLS ClientHello is not TLS.
	CauseNotTLS Cause = "not_tls"
	// CauseNotSpoken: what answers does not speak the protocol asked for.
	CauseNotSpoken Cause = "protocol_not_spoken"
	// CauseNoUpgrade: the protocol is spoken, and an upgrade to TLS refused.
	CauseNoUpgrade Cause = "upgrade_not_offered"
	// CauseEndless: more came before TLS than any server has to say.
	CauseEndless Cause = "endless_answer"
	// CauseAlert: the server ended the handshake with a TLS alert.
	CauseAlert Cause = "alert"
	// CauseHandshake: the handshake failed on our side.
	CauseHandshake Cause = "handshake_failed"
	// CauseCalledOff: the caller's context ended. It says nothing about the server.
	CauseCalledOff Cause = "called_off"
)

// Failure says why a look saw no certificate.
type Failure struct {
	Cause Cause
	Err   *clm.Error // names the address and the server name
}

func (f *Failure) Error() string { return f.Err.Error() }

func (f *Failure) Unwrap() error { return f.Err }

// Reason is the failure as a reason to be out of sync; "" when it is no news about
// the server.
func (f *Failure) Reason() clm.SyncReason {
	switch f.Cause {
	case CauseUnresolved:
		return ReasonResolutionFailed
	case CauseCalledOff:
		return ""
	}
	return clm.ReasonConnectionFailed
}

// failed says what became of an attempt. The end of ctx, the caller's, is not the
// end of an attempt's own time.
func (a attempt) failed(ctx context.Context, timeout time.Duration, err error) *Failure {
	if ctx.Err() != nil {
		return a.calledOff(ctx)
	}
	doing := "probing"
	var s *step
	if errors.As(err, &s) {
		doing, err = s.doing, s.err
	}
	cause := causeOf(err)
	if doing == connecting && cause != CauseTimedOut {
		cause = CauseUnreachable
	}
	what, hint := a.account(cause, timeout, err)
	e := clm.Errorf(clm.KindUnreachable, "%s: %s: %s", a, doing, what)
	if hint != "" {
		e = e.WithHint("%s", hint)
	}
	return &Failure{cause, e}
}

func (a attempt) calledOff(ctx context.Context) *Failure {
	return &Failure{CauseCalledOff, clm.Errorf(clm.KindUnavailable, "%s: called off", a).Because(context.Cause(ctx)).
		WithHint("it tells nothing about the server; probe again")}
}

// unresolved says what became of a search for the addresses of host.
func (a attempt) unresolved(ctx context.Context, host string, err error) *Failure {
	if ctx.Err() != nil {
		return a.calledOff(ctx)
	}
	var dns *net.DNSError
	if !errors.As(err, &dns) || dns.IsNotFound {
		return &Failure{CauseUnresolved, clm.Errorf(clm.KindUnreachable, "%s: the name %s has no address", a, host).
			WithHint("check its spelling, and that the DNS server used here knows it")}
	}
	return &Failure{CauseUnresolved, clm.Errorf(clm.KindUnreachable, "%s: looking up %s: the DNS server does not say: %s", a, host, dns.Err).
		WithHint("check the DNS settings of this machine, or try again")}
}

// String names the address and what is asked for there.
func (a attempt) String() string {
	return fmt.Sprintf("looking at %s over %s for server name %q", a.address, a.request.protocol(), a.request.serverName())
}
