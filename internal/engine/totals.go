package engine

import (
	"context"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// Totals are numbers of the whole estate, from counts the store makes.
type Totals struct {
	Certificates map[clm.CertificateStatus]int64 // by what their current version is
	WorkOrders   map[clm.WorkOrderState]int64
	Replacements map[clm.RootState]int64 // the open ones, by phase
}

// Totals counts on one snapshot.
func (e *Engine) Totals(ctx context.Context) (totals Totals, err error) {
	err = e.view(ctx, func(tx Tx) error {
		if totals.WorkOrders, err = tx.CountWorkOrders(); err != nil {
			return err
		}
		if totals.Certificates, err = certificatesByStatus(tx, e.now()); err != nil {
			return err
		}
		totals.Replacements, err = replacementsByPhase(tx)
		return err
	})
	return totals, err
}

// certificatesByStatus counts expired ones by the time that expires them: the first
// moment that is not before their end.
func certificatesByStatus(tx Tx, now time.Time) (map[clm.CertificateStatus]int64, error) {
	ended := now.Add(time.Microsecond)
	current, err := tx.CountFiltered(clm.CertificateFilter{State: clm.VersionIssued})
	if err != nil {
		return nil, err
	}
	expired, err := tx.CountFiltered(clm.CertificateFilter{State: clm.VersionIssued, ExpiresBefore: ended})
	if err != nil {
		return nil, err
	}
	revoked, err := tx.CountFiltered(clm.CertificateFilter{State: clm.VersionRevoked})
	return map[clm.CertificateStatus]int64{
		clm.StatusIssued: current - expired, clm.StatusExpired: expired, clm.StatusRevoked: revoked,
	}, err
}

func replacementsByPhase(tx Tx) (map[clm.RootState]int64, error) {
	phases := map[clm.RootState]int64{clm.RootDistributing: 0, clm.RootActivating: 0, clm.RootRetiring: 0, clm.RootRollingBack: 0}
	roots, err := tx.Roots(clm.Page{})
	for _, root := range roots {
		if root.State != clm.RootActive {
			phases[root.State]++
		}
	}
	return phases, err
}
