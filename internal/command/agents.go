package command

import (
	"errors"
	"fmt"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/client"
)

type enrolmentTokenCommand struct {
	Device          string        `help:"Name or id of the device whose agent is to enrol." xor:"whose"`
	InternetGateway string        `help:"Name or id of the internet gateway that is to enrol." xor:"whose"`
	Expires         time.Duration `help:"How long it lets in, such as 1h." default:"1h"`
}

// Run prints the secret alone, so that a script can take it.
func (c enrolmentTokenCommand) Run(s surroundings) error {
	if c.Device+c.InternetGateway == "" {
		return errors.New("an enrolment token is for one machine: name it with --device or --internet-gateway")
	}
	return s.asking(func(estate *client.Client) error {
		made, err := estate.EnrolmentTokenFor(s.ctx, c.Device, c.InternetGateway, c.Expires)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(s.out, made.Secret)
		return err
	})
}

type revokeAgentCommand struct {
	Agent  string `arg:"" help:"Name or id of its device or internet gateway."`
	Reason string `help:"Reason, such as key_compromise or superseded (RFC 5280, 5.3.1)." default:"unspecified"`
}

// Run shuts the agent out for good, until it enrols with a new token.
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
