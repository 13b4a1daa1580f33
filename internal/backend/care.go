package backend

import (
	"context"
	"os"
	"path/filepath"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/store"
)

// Exists tells whether there is an estate in a folder.
func Exists(dataDir string) error {
	_, err := os.Stat(filepath.Join(dataDir, store.FileName))
	return err
}

// Backup writes a copy of the database, as of one moment, to a new file.
func (b *Backend) Backup(ctx context.Context, destination string) error {
	return b.store.Backup(ctx, destination)
}

// auditPage bounds how much of the trail is in memory at once.
const auditPage = 1000

// VerifyAudit walks the audit trail and returns its length and last hash: noted
// down elsewhere, they also prove that nobody cut off its end.
func (b *Backend) VerifyAudit(ctx context.Context) (rows int64, last string, err error) {
	var previous clm.AuditEvent
	for {
		var page []clm.AuditEvent
		err := b.store.View(ctx, func(tx *store.Tx) (err error) {
			page, err = tx.Audit(previous.Sequence, auditPage)
			return err
		})
		if err != nil || len(page) == 0 {
			return previous.Sequence, previous.Hash, err
		}
		if err := clm.CheckAuditChainAfter(previous, page); err != nil {
			return previous.Sequence, previous.Hash, err
		}
		previous = page[len(page)-1]
	}
}
