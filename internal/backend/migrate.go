package backend

import (
	"context"
	"strconv"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/store"
)

// Migrated is what a migration found to be the same in both estates.
type Migrated struct {
	Tables int
	Rows   int64
}

// Migrate copies the estate in a folder to a PostgreSQL database with none in it,
// and records that there. Secrets stay sealed by the key they are sealed by. The
// folder is left as it is.
func Migrate(ctx context.Context, by clm.Principal, dataDir, databaseURL string) (m Migrated, err error) {
	from, err := store.Open(ctx, dataDir, store.Options{AsItIs: true})
	if err != nil {
		return m, err
	}
	defer func() { _ = from.Close() }() // nothing was written
	to, err := store.OpenPostgres(ctx, databaseURL, store.Options{})
	if err != nil {
		return m, err
	}
	copied, err := from.CopyTo(ctx, to, func(tx *store.Tx) error {
		return tx.AppendAudit(&clm.AuditEvent{
			At: systemClock{}.Now().UTC(), Principal: by.Name, Action: "estate.migrate", Noun: clm.NounKey,
			SubjectID: "estate", Subject: "estate", Details: map[string]string{"from": from.Path(), "to": to.Path()},
		})
	})
	if err != nil {
		return m, closing(to, err)
	}
	for _, table := range copied {
		m.Tables, m.Rows = m.Tables+1, m.Rows+table.Rows
	}
	return m, to.Close()
}

// String says it in numbers.
func (m Migrated) String() string {
	return strconv.Itoa(m.Tables) + " tables with " + strconv.FormatInt(m.Rows, 10) + " rows"
}
