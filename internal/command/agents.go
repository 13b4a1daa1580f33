package command

import (
	"fmt"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/client"
)

type renewAgentsCommand struct {
	Agents []string      `arg:"" optional:"" help:"Names or ids of devices or internet gateways; none: all agents."`
	Spread time.Duration `help:"Time over which they are spread, such as 24h; default: each renews at its next check-in."`
}

// Run has agents take new certificates, which they ask for themselves.
func (c renewAgentsCommand) Run(s surroundings) error {
	return s.asking(func(estate *client.Client) error {
		asked, err := estate.RenewAgentsWithin(s.ctx, c.Spread, c.Agents...)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(s.out, "asked %d agents to renew their certificates\n", asked.Requested)
		return err
	})
}

type revokeAgentCommand struct {
	Agent  string `arg:"" help:"Name or id of the device or internet gateway."`
	Reason string `help:"Reason, such as key_compromise or superseded (RFC 5280, 5.3.1)." default:"unspecified"`
}

// Run shuts an agent out: it comes back by a new enrolment token alone.
func (c revokeAgentCommand) Run(s surroundings) error {
	return s.asking(func(estate *client.Client) error {
		agent, err := estate.RevokeAgent(s.ctx, c.Agent, c.Reason)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(s.out, "revoked the agent of %s, serial number %s (%s)\n", agent.Name, agent.SerialNumber, agent.RevokedReason)
		return err
	})
}
