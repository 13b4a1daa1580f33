package gateway

import (
	"context"
	"fmt"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/client"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/identity"
)

// atOnce is how many check-ins follow one another without a pause when each brings
// something new.
const atOnce = 4

func (g *Gateway) checkIn(ctx context.Context) error {
	g.one.Lock()
	defer g.one.Unlock()
	return g.settle(ctx)
}

// settle states what is carried, and does what it is told, until there is nothing new.
func (g *Gateway) settle(ctx context.Context) error {
	for again := atOnce; ; again-- {
		news, err := g.exchange(ctx)
		if err != nil || !news || again == 0 {
			return err
		}
	}
}

// exchange is one statement, its answer, and what follows from it. Whoever is told nothing
// has the newest revocation lists of the moment it asked.
func (g *Gateway) exchange(ctx context.Context) (news bool, err error) {
	asked := g.config.Clock.Now()
	var told *api.GatewayConfiguration
	err = g.contact.Ask(ctx, func(ctx context.Context, server *client.Client) error {
		told, err = server.CheckInGateway(ctx, api.CheckInGateway{
			Tag: g.carried.tag(), Digest: g.carried.digest(), Refresh: g.carried.Refresh, Inventory: g.inventory,
		})
		return err
	})
	if identity.Refused(err) {
		g.admission.close() // whoever is no gateway any more lets nobody in
	}
	if err != nil {
		return false, fmt.Errorf("checking in: %w", err)
	}
	if err := g.answered(ctx, told); err != nil {
		return false, err
	}
	g.admission.confirm(asked)
	renewed, err := g.renew(ctx)
	return told != nil || renewed, err
}

// answered takes in what was told; nil is that nothing is new.
func (g *Gateway) answered(ctx context.Context, told *api.GatewayConfiguration) error {
	next := g.carried
	next.Refresh = "" // it was stated
	if told == nil {
		if g.carried.Refresh == "" {
			return nil
		}
		return g.keep(next)
	}
	if err := g.contact.Trust(told.ServerCAPEM); err != nil {
		return err
	}
	next.Configuration = told
	if next.Trust == nil || told.AutoRefresh {
		next.Trust = &told.Trust
	}
	return g.take(ctx, next)
}

// take keeps the next, and logs when it carries another trust.
func (g *Gateway) take(ctx context.Context, next carried) error {
	before := g.carried.digest()
	if err := g.keep(next); err != nil {
		return err
	}
	switch published := next.Configuration.Trust; {
	case next.digest() != before:
		g.config.Log.InfoContext(ctx, "took in a trust bundle", "epoch", next.Trust.Epoch, "digest", next.digest())
	case next.digest() != published.Digest:
		g.config.Log.WarnContext(ctx, "another trust bundle is published: refresh this gateway", "epoch", published.Epoch, "digest", published.Digest)
	}
	return nil
}

// renew renews the certificate when its time has come. What was renewed is forgotten on
// the disk after that: who dies in between renews once more, which does no harm.
func (g *Gateway) renew(ctx context.Context) (bool, error) {
	c := g.carried.Configuration
	if c == nil || c.RenewAt == nil || g.config.Clock.Now().Before(*c.RenewAt) {
		return false, nil
	}
	if err := g.contact.Renew(ctx); err != nil {
		return false, fmt.Errorf("renewing the gateway's certificate: %w", err)
	}
	next, renewed := g.carried, *c
	renewed.RenewAt = nil
	next.Configuration = &renewed
	return true, g.keep(next)
}
