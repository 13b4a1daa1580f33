package command

import (
	"fmt"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/client"
)

type pushCommand struct {
	Connector string `arg:"" help:"Name or id of the connector."`
}

// Run pushes once more. Where a push died in the middle of a script, this is how
// somebody who has looked at the device says that the script may run again.
func (c pushCommand) Run(s surroundings) error { return s.push(c.Connector, "pushed", false) }

type rollBackPushCommand struct {
	Connector string `arg:"" help:"Name or id of the connector."`
}

// Run puts back what the last push replaced.
func (c rollBackPushCommand) Run(s surroundings) error {
	return s.push(c.Connector, "rolled back", true)
}

// push makes a push of one kind or the other, and tells what came of it.
func (s surroundings) push(connector, done string, back bool) error {
	ask := (*client.Client).PushConnector
	if back {
		ask = (*client.Client).RollBackPush
	}
	return s.asking(func(estate *client.Client) error {
		result, err := ask(estate, s.ctx, connector)
		if err != nil {
			return err
		}
		switch result.Code {
		case "":
			_, err = fmt.Fprintf(s.out, "%s connector %s on device %s\n", done, result.Connector, result.Device)
		case "pending": // people have to agree: it is asked for
			_, err = fmt.Fprintln(s.out, result.Detail)
		default:
			err = fmt.Errorf("connector %s was not %s on device %s: %s", result.Connector, done, result.Device, result.Detail)
		}
		return err
	})
}
