package engine

import (
	"context"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// pushMissing is PushConnector where any number of processes want the same: what one has
// put on the device, no other puts there again.
//
//	pushed     by whoever was first: done
//	pushing    somebody is at it, or has died of it. He is given PushPatience from each
//	           step that he records; then the push is taken over, as after a crash
//	otherwise  two may begin: one wins the swap, the other looks again
func (e *Engine) pushMissing(ctx context.Context, by clm.Principal, ref string) PushOutcome {
	return e.pushWith(ctx, by, ref, asking{missing: true})
}

// putByOthers waits for a push that is under way, and tells whether the current version is
// on record as being there.
func (e *Engine) putByOthers(ctx context.Context, d *delivery) (there bool, err error) {
	again := time.NewTicker(recheck)
	defer again.Stop()
	for seen := time.Now(); d.missing && d.connector.State == clm.Pushing && time.Since(seen) < e.PushPatience; {
		select {
		case <-again.C:
		case <-ctx.Done():
			return false, clm.Errorf(clm.KindUnreachable, "the time for it was over before the push by connector %q ended that another process has begun", d.connector.Name)
		}
		now, err := e.load(ctx, d.connector.ID)
		if err != nil {
			return false, err
		}
		if now.connector.Revision != d.connector.Revision {
			seen = time.Now()
		}
		now.asking = d.asking
		*d = now
	}
	return d.missing && d.row.Current != nil && d.connector.Holds(*d.row.Current), nil
}
