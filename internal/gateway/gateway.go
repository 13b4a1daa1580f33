package gateway

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime"
	"sync"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/client"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/identity"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/inbound"
)

// Config says where a gateway listens, and for which servers.
type Config struct {
	StateDir string
	Listen   string   // address for agents
	Servers  []string // tried in turn
	CAFile   string   // whom to trust at the first contact; "": what the operating system trusts
	Token    func() (string, error)
	Version  string
	// Bound is how old what is known of revocations may be: nothing passes after that. 0:
	// 15 minutes. It is longer than the check-in interval of the profile.
	Bound time.Duration
	Grace time.Duration // how long a stop waits for what is under way; 0: a minute
	Log   *slog.Logger
	Clock identity.Clock // nil: the real one
}

// Gateway is one that listens already, and answers once it runs.
type Gateway struct {
	config    Config
	inventory api.Inventory
	folder    *identity.Folder
	contact   *identity.Contact
	listener  net.Listener
	admission admission

	one     sync.Mutex // check-ins and refreshes by hand, one at a time
	carried carried    // by one
}

// Open prepares everything that can fail, and takes the address.
func Open(ctx context.Context, c Config) (*Gateway, error) {
	c.Bound, c.Grace = cmp.Or(c.Bound, 15*time.Minute), cmp.Or(c.Grace, time.Minute)
	if c.Clock == nil {
		c.Clock = identity.RealClock{}
	}
	g := &Gateway{config: c, inventory: inventory(c.Version), admission: admission{clock: c.Clock, bound: c.Bound}}
	for _, next := range []func(context.Context) error{g.openFolder, g.recall, g.makeContact, g.listen} {
		if err := next(ctx); err != nil {
			return nil, errors.Join(err, g.close())
		}
	}
	return g, nil
}

func inventory(version string) api.Inventory {
	hostname, err := os.Hostname()
	if err != nil {
		hostname = "" // it is told for people to recognize; nothing hangs on it
	}
	return api.Inventory{Version: version, OperatingSystem: runtime.GOOS + "/" + runtime.GOARCH, Hostname: hostname}
}

func (g *Gateway) openFolder(context.Context) (err error) {
	g.folder, err = identity.OpenFolder(g.config.StateDir)
	return err
}

func (g *Gateway) makeContact(context.Context) (err error) {
	g.contact, err = identity.NewContact(identity.Options{
		Files: g.folder, Servers: g.config.Servers, CAFile: g.config.CAFile, Token: g.config.Token, Inventory: g.inventory,
		UserAgent: "terraform-provider-clm/" + g.config.Version + " internet-gateway", Log: g.config.Log,
		Renewal: func(ctx context.Context, server *client.Client, request string) (api.AgentCertificate, error) {
			return server.RenewGatewayCertificate(ctx, request)
		},
	})
	return err
}

func (g *Gateway) listen(ctx context.Context) (err error) {
	g.listener, err = (&net.ListenConfig{}).Listen(ctx, "tcp", g.config.Listen)
	if err != nil {
		return fmt.Errorf("listening on %s: %w (is another gateway there? --listen names another address)", g.config.Listen, err)
	}
	return nil
}

// Address is where it listens.
func (g *Gateway) Address() string { return g.listener.Addr().String() }

func (g *Gateway) close() (err error) {
	if g.listener != nil {
		err = g.listener.Close()
		if errors.Is(err, net.ErrClosed) {
			err = nil // whoever served it has closed it
		}
	}
	if g.contact != nil {
		g.contact.Close()
	}
	if g.folder != nil {
		err = errors.Join(err, g.folder.Close())
	}
	return err
}

// Run relays until ctx ends; then it finishes what is under way, within the grace.
// Servers that are away, or that refuse it for now, are waited for.
func (g *Gateway) Run(ctx context.Context) (err error) {
	defer func() { err = errors.Join(err, g.close()) }()
	visits := identity.Visits{
		Contact: g.contact, Clock: g.config.Clock, Log: g.config.Log, Who: "internet gateway", Interval: g.interval, CheckIn: g.checkIn,
	}
	if err := visits.Enrol(ctx); err != nil || ctx.Err() != nil {
		return err
	}
	refreshes, err := g.takeRefreshes(ctx)
	if err != nil {
		return err
	}
	defer refreshes.Close()
	return g.relay(ctx, &visits)
}

// relay answers, and checks in beside that, until ctx ends or it cannot answer any more.
func (g *Gateway) relay(ctx context.Context, visits *identity.Visits) error {
	server, served := inbound.Server(g.handler(), g.config.Log, g.secured()), make(chan error, 1)
	visiting, stop := context.WithCancel(ctx)
	defer stop()
	go func() { served <- server.ServeTLS(g.listener, "", ""); stop() }()
	g.config.Log.InfoContext(ctx, "listening", "address", g.Address(), "version", g.config.Version)
	visits.Forever(visiting)
	err := g.drain(context.WithoutCancel(ctx), server)
	if broken := <-served; !errors.Is(broken, http.ErrServerClosed) {
		return fmt.Errorf("serving on %s: %w", g.Address(), broken)
	}
	return err
}

// drain takes no more connections, and waits for what is under way.
func (g *Gateway) drain(ctx context.Context, server *http.Server) error {
	ctx, cancel := context.WithTimeout(ctx, g.config.Grace)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		return errors.Join(fmt.Errorf("stopping: requests were still under way after %s, and were broken off", g.config.Grace), server.Close())
	}
	g.config.Log.InfoContext(ctx, "stopped")
	return nil
}
