package probe

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"time"
)

// attempt is one look at one IP:port.
type attempt struct {
	request Request
	address string
}

// observe looks. A certificate that cannot be parsed here ends the handshake, and
// TLS 1.3 hides it from everybody else; so such a server is looked at a second
// time, with at most TLS 1.2, where the certificates pass in the clear.
func (a attempt) observe(ctx context.Context, timeout time.Duration) (*Served, error) {
	served, err := a.connect(ctx, timeout, tls.VersionTLS13)
	var failed *Failure
	if errors.As(err, &failed) && failed.Cause == CauseHandshake {
		if again, err := a.connect(ctx, timeout, tls.VersionTLS12); err == nil {
			return again, nil
		}
	}
	if err != nil {
		return nil, err
	}
	return served, nil
}

// connect dials, upgrades and shakes hands, within the time-out.
func (a attempt) connect(ctx context.Context, timeout time.Duration, maxVersion uint16) (*Served, error) {
	within, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(within, "tcp", a.address)
	if err != nil {
		return nil, a.failed(ctx, timeout, during("connecting", err))
	}
	defer conn.Close()
	defer interrupt(within, conn)()
	served, err := a.talk(conn, maxVersion)
	if err != nil {
		return nil, a.failed(ctx, timeout, err)
	}
	served.Address = a.address
	return served, nil
}

func (a attempt) talk(conn net.Conn, maxVersion uint16) (*Served, error) {
	if err := upgrade(conn, a.request.protocol()); err != nil {
		return nil, err
	}
	return shake(conn, a.request.serverName(), maxVersion)
}

// interrupt makes every read and write of conn fail once ctx is done. The caller
// calls what it returns; after that nothing touches conn any more.
func interrupt(ctx context.Context, conn net.Conn) (release func()) {
	done := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(done)
		_ = conn.SetDeadline(time.Unix(1, 0)) // it fails only on a closed connection
	})
	return func() {
		if !stop() {
			<-done
		}
	}
}
