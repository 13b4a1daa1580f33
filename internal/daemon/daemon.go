// Package daemon serves an estate's API on the network: it listens, speaks TLS, lets in
// who is known, watches over health, counts and logs, and stops without breaking off
// what is under way.
//
// It decides nothing about certificates: its own is one of the estate's, asked for
// through the API like any other.
package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/backend"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// Config says how an estate is served.
type Config struct {
	Listen string // address, such as 127.0.0.1:8443
	Log    *slog.Logger

	// The server's certificate: files, or else one of the estate, for these names.
	CertificateFile, KeyFile string
	Names                    []string
	CAFile                   string // written for clients; "" with a certificate from files

	// ClientCAFile holds the authorities of client certificates; "" takes none. Roles are
	// those of their principals.
	ClientCAFile string
	Roles        map[string]clm.Role

	InsecureHTTP bool          // no TLS, on a loopback address alone
	Recheck      time.Duration // how often the server's certificate is looked at; 0: a minute
	Grace        time.Duration // how long a stop waits for what is under way; 0: 15 minutes
	Version      string
}

// Daemon is a server that listens already, and answers once it runs.
type Daemon struct {
	config   Config
	listener net.Listener
	http     *http.Server
	identity *identity // nil without TLS
}

// Listen prepares everything that can fail, and takes the address.
func Listen(ctx context.Context, b *backend.Backend, c Config) (*Daemon, error) {
	c = c.withDefaults()
	if err := c.check(); err != nil {
		return nil, err
	}
	d := &Daemon{config: c}
	tlsConfig, err := d.secured(ctx, b)
	if err != nil {
		return nil, err
	}
	if d.listener, err = (&net.ListenConfig{}).Listen(ctx, "tcp", c.Listen); err != nil {
		return nil, fmt.Errorf("listening on %s: %w (is another server there? --listen names another address)", c.Listen, err)
	}
	d.http = newServer(handler(b, c), c, tlsConfig)
	return d, nil
}

// Address is where it listens.
func (d *Daemon) Address() string { return d.listener.Addr().String() }

// Run answers until ctx ends. Then it takes no more connections, and returns when what
// is under way has its answer, or when the grace is over.
func (d *Daemon) Run(ctx context.Context) error {
	served := make(chan error, 1)
	go func() { served <- d.serve() }()
	d.config.Log.InfoContext(ctx, "listening", "address", d.Address(), "tls", d.identity != nil, "version", d.config.Version)
	if d.identity != nil {
		go d.identity.keep(ctx, d.config.Recheck, d.config.Log)
	}
	select {
	case err := <-served:
		return fmt.Errorf("serving on %s: %w", d.Address(), err)
	case <-ctx.Done():
		return d.stop(context.WithoutCancel(ctx))
	}
}

func (d *Daemon) serve() error {
	if d.identity == nil {
		return d.http.Serve(d.listener)
	}
	return d.http.ServeTLS(d.listener, "", "")
}

func (d *Daemon) stop(ctx context.Context) error {
	d.config.Log.InfoContext(ctx, "stopping: finishing what is under way", "at_most", d.config.Grace.String())
	ctx, cancel := context.WithTimeout(ctx, d.config.Grace)
	defer cancel()
	err := d.http.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("stopping: requests were still under way after %s, and were broken off", d.config.Grace)
	}
	d.config.Log.InfoContext(ctx, "stopped")
	return err
}
