package command

import "fmt"

type verifyAuditCommand struct{}

// Run walks the whole trail and stops at the first row that does not fit.
func (verifyAuditCommand) Run(s surroundings) (err error) {
	b, err := s.open()
	if err != nil {
		return err
	}
	defer closing(b, &err)
	rows, last, err := b.VerifyAudit(s.ctx)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.out, "%d rows, unbroken; the last hash is %s\n", rows, last)
	return err
}
