package command

import (
	"fmt"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/client"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// enrolmentTokenCommands manage what lets agents enrol.
type enrolmentTokenCommands struct {
	Create enrolmentTokenCreateCommand `cmd:"" help:"Make an enrolment token and print it: nobody sees it again. Earlier ones for the same agent that nobody used let in no more."`
}

type enrolmentTokenCreateCommand struct {
	Device          string        `help:"Name or id of the device whose agent it is for." required:"" xor:"subject"`
	InternetGateway string        `help:"Name or id of the internet gateway it is for." required:"" xor:"subject"`
	Expires         time.Duration `help:"How long it lets in, such as 15m; at most 744h." default:"24h"`
}

// Run prints the secret alone, so that a script can take it.
func (c enrolmentTokenCreateCommand) Run(s surroundings) error {
	if c.Expires < time.Second || c.Expires > clm.LongestEnrolment {
		return fmt.Errorf("an enrolment token cannot last for %s (give --expires from 1s to %.0fh)", c.Expires, clm.LongestEnrolment.Hours())
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
