package target

import (
	"context"
	"net"
	"net/netip"
	"syscall"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// direct dials from this machine. Where it may lead to is decided by the address that a
// name has come to, at the moment of the connection: a name can be made to mean another
// one later.
func (l limits) direct() *net.Dialer {
	d := &net.Dialer{Timeout: l.connect}
	if l.elsewhere {
		d.ControlContext = func(_ context.Context, _, address string, _ syscall.RawConn) error { return leadsElsewhere(address) }
	}
	return d
}

// leadsElsewhere refuses the addresses that this machine alone answers at.
func leadsElsewhere(address string) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	if ip := to.Addr().Unmap(); ip.IsLoopback() || ip.IsUnspecified() {
		return thisMachine("ssh.host", "%s is the server's own machine", to)
	}
	return nil
}

func thisMachine(field, format string, args ...any) error {
	e := clm.Errorf(clm.KindRefused, format, args...)
	e.Field = field
	return e.WithHint("name a device elsewhere; who runs the server may let it work on its own machine with --allow-local-devices")
}
