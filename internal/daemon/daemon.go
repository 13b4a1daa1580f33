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
	"sync"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/backend"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/inbound"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/work"
)

// Config says how an estate is served.
type Config struct {
	Listen       string // address, such as 127.0.0.1:8443
	PublicListen string // address for relying parties alone, without TLS; "": none
	Log          *slog.Logger

	// The server's certificate: files, or else one of the estate, for these names.
	CertificateFile, KeyFile string
	Names                    []string
	CAFile                   string // written for clients; "" with a certificate from files

	// ClientCAFile holds the authorities of client certificates; "" takes none. Roles are
	// those of their principals.
	ClientCAFile string
	Roles        map[string]clm.Role

	Failures     int           // how often an address may fail to be let in, at once; 0: 20
	InsecureHTTP bool          // no TLS, on a loopback address alone
	Recheck      time.Duration // how often the server's certificate is looked at; 0: a minute
	Grace        time.Duration // how long a stop waits for what is under way; 0: 15 minutes
	Background   time.Duration // between two rounds of what the server does by itself; 0: a minute
	Version      string
}

// Daemon is a server that listens already, and answers once it runs.
type Daemon struct {
	config   Config
	backend  *backend.Backend
	api      *listening
	public   *listening // nil without an address for relying parties
	identity *identity  // nil without TLS
	work     *work.Work
}

// Listen prepares everything that can fail, and takes the addresses.
func Listen(ctx context.Context, b *backend.Backend, c Config) (*Daemon, error) {
	c = c.withDefaults()
	if err := c.check(); err != nil {
		return nil, err
	}
	d := &Daemon{config: c, backend: b, work: work.New(b, work.Config{By: self, Interval: c.Background, Grace: c.Grace, Log: c.Log})}
	m := newMetrics(b, c, d.work)
	tlsConfig, err := d.secured(ctx, b)
	if err != nil {
		return nil, err
	}
	if d.api, err = listen(ctx, "--listen", c.Listen, inbound.Server(handler(b, c, m), c.Log, tlsConfig)); err != nil || c.PublicListen == "" {
		return d, err
	}
	if d.public, err = listen(ctx, "--public-listen", c.PublicListen, newPublicServer(publicHandler(b, c, m), c)); err != nil {
		_ = d.api.Close() // the error that led here is the one to tell
	}
	return d, err
}

// Address is where it listens.
func (d *Daemon) Address() string { return d.api.Addr().String() }

// PublicAddress is where it listens for relying parties, "" where it does not.
func (d *Daemon) PublicAddress() string {
	if d.public == nil {
		return ""
	}
	return d.public.Addr().String()
}

// Run answers, and works by itself, until ctx ends. Then it takes no more connections,
// and returns when what is under way has its answer, or when the grace is over.
func (d *Daemon) Run(ctx context.Context) error {
	rest := d.working(ctx)
	defer rest()
	served := make(chan error, 2)
	go func() { served <- d.api.serve() }()
	if d.public != nil {
		go func() { served <- d.public.serve() }()
	}
	d.config.Log.InfoContext(ctx, "listening", "address", d.Address(), "tls", d.identity != nil, "public_address", d.PublicAddress(), "version", d.config.Version)
	if d.identity != nil {
		go d.identity.keep(ctx, d.Address(), d.config.Recheck, d.config.Log)
	}
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
		return d.stop(context.WithoutCancel(ctx), rest)
	}
}

// working begins what the server does by itself; rest ends that, and returns when it
// has ended.
func (d *Daemon) working(ctx context.Context) (rest func()) {
	ctx, cancel := context.WithCancel(ctx)
	var under sync.WaitGroup
	under.Go(func() { d.work.Run(ctx) })
	return func() { cancel(); under.Wait() }
}

// stop lets relying parties ask until everything else is answered.
func (d *Daemon) stop(ctx context.Context, rest func()) error {
	d.config.Log.InfoContext(ctx, "stopping: finishing what is under way", "at_most", d.config.Grace.String())
	ctx, cancel := context.WithTimeout(ctx, d.config.Grace)
	defer cancel()
	d.backend.DrainAgents()
	err := d.api.http.Shutdown(ctx)
	if d.public != nil {
		err = errors.Join(err, d.public.http.Shutdown(ctx))
	}
	rest()
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("stopping: requests were still under way after %s, and were broken off", d.config.Grace)
	}
	d.config.Log.InfoContext(ctx, "stopped")
	return err
}
