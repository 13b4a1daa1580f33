package agent

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

// checkInForever ends with ctx.
func (a *Agent) checkInForever(ctx context.Context) {
	for failures := 0; ctx.Err() == nil; {
		err := a.checkIn(ctx)
		if ctx.Err() != nil {
			return
		}
		a.tell(ctx, err)
		wait := steady(a.interval())
		if err != nil {
			failures++
			wait = backOff(failures, a.interval())
			if a.enrolAgain(ctx, err) {
				failures, wait = 0, 0
			}
		} else {
			failures = 0
		}
		a.pause(ctx, wait)
	}
}

// enrolAgain is the way back in that an operator allows with a new token: for an agent
// that the server refuses, or that does not know the server any more.
func (a *Agent) enrolAgain(ctx context.Context, err error) bool {
	if !identity.Refused(err) && !identity.Distrusted(err) {
		return false
	}
	return a.contact.Enrol(ctx) == nil // why not is told by the next check-in
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

// tell logs trouble once, and once that it is over.
func (a *Agent) tell(ctx context.Context, err error) {
	text := ""
	if err != nil {
		text = err.Error()
	}
	switch log := a.config.Log; {
	case text == a.told:
		return
	case err == nil:
		log.InfoContext(ctx, "in contact with the server again")
	case identity.Refused(err):
		log.ErrorContext(ctx, "the server refuses this agent: it is tried again, and with a new enrolment token once there is one", "error", text)
	case identity.Distrusted(err):
		log.ErrorContext(ctx, "the server cannot prove who it is: it is not spoken to; give its CA certificate with --ca-file and a new enrolment token if it is the right one", "error", text)
	default:
		log.WarnContext(ctx, "trouble: it is tried again", "error", text)
	}
	a.told = text
}
