package engine

import (
	"context"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// Audit lists the trail after a sequence number, oldest first.
func (e *Engine) Audit(ctx context.Context, after int64, limit int) (events []clm.AuditEvent, err error) {
	err = e.view(ctx, func(tx Tx) error {
		events, err = tx.Audit(after, limit)
		return err
	})
	return events, err
}
