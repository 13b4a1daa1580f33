package command

import (
	"fmt"
	"path/filepath"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/backend"
)

type migrateCommand struct {
	From string `help:"Folder of the estate to copy; it is left as it is." required:"" type:"path"`
	To   string `help:"URL of the PostgreSQL database to copy it to. Use the environment variable where it holds a password: arguments can be seen by others." required:"" env:"CLM_DATABASE_URL"`
}

// Run copies an estate in one transaction: after it both hold the same; a run that
// fails or dies before it has changed nothing.
func (c migrateCommand) Run(s surroundings) error {
	if err := backend.Exists(c.From); err != nil {
		return fmt.Errorf("there is no estate in %s: %w (name its folder with --from)", c.From, err)
	}
	migrated, err := backend.Migrate(s.ctx, backend.LocalPrincipal(s.estate.Principal), c.From, c.To)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.out, "%s are the same in both; set database_url from now on, and key_file or the passphrase to the key the estate has"+
		" (%s, unless you gave another), and move the folder away\n", migrated, filepath.Join(c.From, backend.DefaultKeyFile))
	return err
}
