package command

import "fmt"

type pushCommand struct {
	Connector string `arg:"" help:"Name or id of the connector."`
}

// Run pushes once more. Where a push died in the middle of a script, this is how
// somebody who has looked at the device says that the script may run again.
func (c pushCommand) Run(s surroundings) (err error) {
	b, err := s.open()
	if err != nil {
		return err
	}
	defer closing(b, &err)
	result, err := s.client(b).PushConnector(s.ctx, c.Connector)
	if err != nil {
		return err
	}
	if result.Code != "" {
		return fmt.Errorf("connector %s was not pushed to device %s: %s", result.Connector, result.Device, result.Detail)
	}
	_, err = fmt.Fprintf(s.out, "pushed connector %s to device %s\n", result.Connector, result.Device)
	return err
}
