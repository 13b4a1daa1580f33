package command

import (
	"fmt"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/backend"
)

type rewrapCommand struct {
	NewKeyFile    string `help:"File with the new key; made when it does not exist." type:"path" xor:"new" required:""`
	NewPassphrase string `help:"New passphrase. Use the environment variable: arguments can be seen by others." env:"CLM_NEW_PASSPHRASE" xor:"new" required:""`
}

// Run changes the key in one transaction: after it the new key opens everything
// and the old one nothing; a run that dies before it has changed nothing.
func (c rewrapCommand) Run(s surroundings) (err error) {
	b, err := s.open()
	if err != nil {
		return err
	}
	defer closing(b, &err)
	count, err := b.Rewrap(s.ctx, backend.LocalPrincipal(s.estate.Principal), backend.NewKey{File: c.NewKeyFile, Passphrase: c.NewPassphrase})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.out, "%d private keys are sealed with the new key; set key_file or the passphrase of the provider accordingly\n", count)
	return err
}
