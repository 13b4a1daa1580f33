package daemon

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/netip"
	"os"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/backend"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// witness states which certificate of the estate is served here, once it was seen in a
// handshake with the server's own address. A server that does not say so holds back the
// retirement of the root that its earlier certificates are from.
type witness struct {
	backend *backend.Backend
	name    string // of the certificate
	address string // of the listener
	stated  string // fingerprint of what is on record
	at      time.Time
}

// look states what is served, where that is news; again tells that it is to be repeated
// from time to time.
func (w *witness) look(ctx context.Context, expected string, again bool) error {
	now := w.backend.Now()
	if w.stated == expected && !(again && now.Sub(w.at) >= clm.ServingRestated) {
		return nil
	}
	served, err := w.handshake(ctx)
	if err != nil {
		return err
	}
	if served != expected {
		return fmt.Errorf("looking at what %s serves: it is %s, and should be %s", w.address, served, expected)
	}
	host, err := os.Hostname()
	if err != nil {
		return fmt.Errorf("asking how this machine is called: %w", err)
	}
	if err := w.backend.Serves(ctx, self, w.name, host+" "+w.address, served); err != nil {
		return fmt.Errorf("stating what %s serves: %w", w.address, err)
	}
	w.stated, w.at = served, now
	return nil
}

const lookTime = 10 * time.Second

// handshake is the fingerprint of what the listener shows. It is compared with the one
// that should be there, and so need not be trusted.
func (w *witness) handshake(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	dialer := tls.Dialer{Config: &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: true}} //nolint:gosec // see above
	conn, err := dialer.DialContext(ctx, "tcp", reachable(w.address))
	if err != nil {
		return "", fmt.Errorf("looking at what %s serves: %w", w.address, err)
	}
	defer conn.Close()
	secured, _ := conn.(*tls.Conn)
	return clm.FingerprintOf(secured.ConnectionState().PeerCertificates[0].Raw), nil
}

// reachable is an address at which this machine reaches a listener.
func reachable(address string) string {
	at, err := netip.ParseAddrPort(address)
	if err != nil || !at.Addr().IsUnspecified() {
		return address
	}
	loopback := net.IPv6loopback.String()
	if at.Addr().Is4() {
		loopback = "127.0.0.1"
	}
	return net.JoinHostPort(loopback, fmt.Sprint(at.Port()))
}
