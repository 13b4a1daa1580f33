package daemon

import (
	"context"
	"fmt"
	"net"
	"net/http"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/inbound"
)

// listening is a server with the address it has taken.
type listening struct {
	net.Listener
	http *http.Server
}

// listen takes an address; flag is where it comes from.
func listen(ctx context.Context, flag, address string, server *http.Server) (*listening, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listening on %s: %w (is another server there? %s names another address)", address, err, flag)
	}
	return &listening{listener, server}, nil
}

// serve answers until the server is shut down; it never returns nil.
func (l *listening) serve() error {
	var err error
	if l.http.TLSConfig == nil {
		err = l.http.Serve(l)
	} else {
		err = l.http.ServeTLS(l, "", "")
	}
	return fmt.Errorf("serving on %s: %w", l.Addr(), err)
}

// newPublicServer is one for anybody: what it answers is short, so that a client which is
// slow to take it is no relying party.
func newPublicServer(h http.Handler, c Config) *http.Server {
	s := inbound.Server(h, c.Log, nil)
	s.ReadTimeout, s.WriteTimeout = inbound.BodyTime, inbound.BodyTime
	return s
}
