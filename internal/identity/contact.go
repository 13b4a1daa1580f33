package identity

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/client"
)

// Options say who makes contact, and where.
type Options struct {
	Files     Files
	Servers   []string // addresses for the first contact, tried in turn
	CAFile    string   // whom to trust at the first contact; "": what the operating system trusts
	Token     func() (string, error)
	Inventory api.Inventory
	UserAgent string
	// Renewal asks for the next certificate; nil: as agents do.
	Renewal func(ctx context.Context, server *client.Client, request string) (api.AgentCertificate, error)
	Log     *slog.Logger
}

// Contact is the way to the server. It is safe for concurrent use.
type Contact struct {
	options Options
	renewal sync.Mutex // one certificate is asked for at a time

	mu        sync.Mutex
	servers   []string // tried in turn, beginning with first
	preferred []string // what Prefer was told last
	first     int
	way       *way // replaced, never changed
	certified *tls.Certificate
	trusted   string // server-ca.pem
	spent     string // the token that was refused last
}

// patience is how long one server may take for one answer: longer than the longest wait
// that is asked of it.
const patience = 90 * time.Second

// NewContact reads who we are, if that was ever said.
func NewContact(o Options) (*Contact, error) {
	if o.Renewal == nil {
		o.Renewal = func(ctx context.Context, server *client.Client, request string) (api.AgentCertificate, error) {
			return server.RenewAgentCertificate(ctx, request)
		}
	}
	c := &Contact{options: o, servers: o.Servers}
	if len(o.Servers) == 0 {
		return nil, errors.New("no server is named (give its address with --server, such as https://clm.example.com:8443)")
	}
	for _, address := range o.Servers {
		if err := checkAddress(address); err != nil {
			return nil, err
		}
	}
	for _, next := range []func() error{c.readCertificate, c.readTrust, c.tidy} {
		if err := next(); err != nil {
			return nil, err
		}
	}
	return c, c.redirect()
}

// Close closes the connections that are not in use.
func (c *Contact) Close() { c.current().CloseIdleConnections() }

// Prefer has other addresses tried before those of the first contact. What is no address
// of a server is left out, and named.
func (c *Contact) Prefer(ctx context.Context, addresses []string) {
	c.mu.Lock()
	known := slices.Equal(c.preferred, addresses)
	c.preferred = addresses
	c.mu.Unlock()
	if known {
		return
	}
	var servers []string
	for _, address := range addresses {
		if err := checkAddress(address); err != nil {
			c.options.Log.WarnContext(ctx, "an address of the configuration is not used", "error", err.Error())
			continue
		}
		servers = append(servers, address)
	}
	servers = append(servers, c.options.Servers...)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.servers, c.first = servers, 0
}

// Ask asks the server that answered last, and the others in turn while none answers. The
// question may be asked more than once.
func (c *Contact) Ask(ctx context.Context, ask func(context.Context, *client.Client) error) error {
	return c.askBy(ctx, c.current(), ask)
}

func (c *Contact) askBy(ctx context.Context, w *way, ask func(context.Context, *client.Client) error) error {
	var failures error
	for number, address := range c.inTurn() {
		err := c.askOne(ctx, w, address, ask)
		if ctx.Err() != nil {
			return err
		}
		if answered(err) {
			c.stay(number)
			return err
		}
		failures = errors.Join(failures, err)
	}
	return failures
}

func (c *Contact) askOne(ctx context.Context, w *way, address string, ask func(context.Context, *client.Client) error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return ask(ctx, client.New(client.Options{Endpoint: address, Transport: w, UserAgent: c.options.UserAgent}))
}

// inTurn yields the addresses with their numbers, beginning with the one that answered
// last.
func (c *Contact) inTurn() func(yield func(int, string) bool) {
	c.mu.Lock()
	servers, first := c.servers, c.first
	c.mu.Unlock()
	return func(yield func(int, string) bool) {
		for i := range servers {
			number := (first + i) % len(servers)
			if !yield(number, servers[number]) {
				return
			}
		}
	}
}

func (c *Contact) stay(number int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.first = min(number, len(c.servers)-1)
}

// answered tells whether a server answered, even if it was no: another one would say the
// same.
func answered(err error) bool {
	var p *api.Problem
	return err == nil || errors.As(err, &p) && p.Code != api.CodeUnavailable
}

// readCertificate takes in who we are.
func (c *Contact) readCertificate() error {
	content, err := c.options.Files.Read(identityFile)
	if err != nil || content == nil {
		return err
	}
	if c.certified, err = parse(content); err != nil {
		return fmt.Errorf("reading %s: %w (it is damaged: put a copy of it back, or move it away and enrol again with a new token)", c.options.Files.Path(identityFile), err)
	}
	return nil
}

// readTrust takes in whom we trust.
func (c *Contact) readTrust() error {
	content, err := c.options.Files.Read(trustFile)
	if err != nil || content == nil {
		return err
	}
	if _, err := poolOf(string(content)); err != nil {
		return fmt.Errorf("reading %s: %w (it is damaged: put the server's CA certificate there; a server writes it to server-ca.pem in its data folder)", c.options.Files.Path(trustFile), err)
	}
	c.trusted = string(content)
	return nil
}
