package command

import "fmt"

type backupCommand struct {
	Destination string `arg:"" help:"File to write; it must not exist." type:"path"`
}

// Run copies the database as of one moment, while others may go on writing. The
// key is not in the copy: whoever holds only the backup opens no secret.
func (c backupCommand) Run(s surroundings) (err error) {
	b, err := s.open()
	if err != nil {
		return err
	}
	defer closing(b, &err)
	if err := b.Backup(s.ctx, c.Destination); err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.out, "backed up to %s; keep the key that opens it in another place\n", c.Destination)
	return err
}

// closing closes b and reports that it failed unless something else failed first.
func closing(b interface{ Close() error }, err *error) {
	if e := b.Close(); e != nil && *err == nil {
		*err = e
	}
}
