package agent

import (
	"context"
	"fmt"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/client"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/identity"
)

// atOnce is how many check-ins follow one another without a pause when each brings
// something new.
const atOnce = 4

// interval is the time between two check-ins that go well.
func (a *Agent) interval() time.Duration {
	if c := a.record.Configuration; c != nil && c.CheckInIntervalSeconds > 0 {
		return time.Duration(c.CheckInIntervalSeconds) * time.Second
	}
	return identity.FirstInterval
}

// checkIn states what is there, and does what it is told, until there is nothing new.
func (a *Agent) checkIn(ctx context.Context) error {
	for again := atOnce; ; again-- {
		news, err := a.exchange(ctx)
		if err != nil || !news || again == 0 {
			return err
		}
	}
}

// exchange is one statement, its answer, and what follows from it. It tells whether there
// is something new to state.
func (a *Agent) exchange(ctx context.Context) (news bool, err error) {
	stated := a.look(ctx)
	var told *api.AgentConfiguration
	err = a.contact.Ask(ctx, func(ctx context.Context, server *client.Client) error {
		told, err = server.CheckIn(ctx, api.CheckIn{Tag: a.record.tag(), Digest: stated.digest, Failure: stated.failure, Inventory: a.inventory})
		return err
	})
	if err != nil {
		return false, fmt.Errorf("checking in: %w", err)
	}
	if told != nil {
		news = true
		if err := a.take(ctx, *told, stated); err != nil {
			return false, err
		}
	} else if news, err = a.repair(ctx, stated); err != nil {
		return false, err
	}
	renewed, err := a.renew(ctx)
	return news || renewed, err
}

// follow does what a configuration says about how to work.
func (a *Agent) follow(ctx context.Context) {
	if c := a.record.Configuration; c != nil {
		a.contact.Prefer(ctx, c.ServerURLs)
	}
}

// renew renews the certificate when its time has come. What was renewed is forgotten on
// the disk after that: who dies in between renews once more, which does no harm.
func (a *Agent) renew(ctx context.Context) (bool, error) {
	c := a.record.Configuration
	if c == nil || c.RenewAt == nil || a.config.Clock.Now().Before(*c.RenewAt) {
		return false, nil
	}
	if err := a.contact.Renew(ctx); err != nil {
		return false, fmt.Errorf("renewing the agent's certificate: %w", err)
	}
	c.RenewAt = nil
	return true, a.record.write(a.files)
}
