package daemon

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"sync"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/backend"
)

// fresh is how long the authorities of agents are taken to be the same: while the root
// certificate of the servers is being replaced there are two.
const fresh = time.Second

// authorities are whose client certificates are let in: those of a file, which stay as
// long as the server runs, and those of agents, which are the estate's.
type authorities struct {
	backend *backend.Backend
	log     *slog.Logger
	file    *x509.CertPool
	agents  bool // whether they are let in: by the root that the server itself proves itself by

	mu     sync.Mutex
	config *tls.Config // of handshakes now
	looked time.Time
}

// into has each handshake ask for a certificate that one of them has made.
func (a *authorities) into(config *tls.Config) {
	config.ClientAuth, config.ClientCAs = tls.VerifyClientCertIfGiven, a.file
	a.config = config.Clone()
	config.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		return a.now(hello.Context()), nil
	}
}

// now is how a handshake is to be made at this moment: anew only where the authorities are
// others than before, so that sessions can be resumed. While the store does not answer
// they are those of before.
func (a *authorities) now(ctx context.Context) *tls.Config {
	a.mu.Lock()
	defer a.mu.Unlock()
	if time.Since(a.looked) < fresh {
		return a.config
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	pool, err := a.load(ctx)
	switch {
	case err != nil:
		a.log.ErrorContext(ctx, "the authorities of agents cannot be read: those of before are believed on", "error", err.Error())
	case !pool.Equal(a.config.ClientCAs):
		a.config = a.config.Clone()
		a.config.ClientCAs = pool
	}
	a.looked = time.Now()
	return a.config
}

func (a *authorities) load(ctx context.Context) (*x509.CertPool, error) {
	pool := a.file.Clone()
	if !a.agents {
		return pool, nil
	}
	ders, err := a.backend.AgentAuthorities(ctx)
	if err != nil {
		return nil, err
	}
	for _, der := range ders {
		certificate, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, err
		}
		pool.AddCert(certificate)
	}
	return pool, nil
}
