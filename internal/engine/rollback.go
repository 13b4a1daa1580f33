package engine

import (
	"context"
	"slices"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// RollBackPush puts back on the device what the last push replaced.
//
//	before   the device has the newer version, on record as pushed
//	begin    one transaction: the connector keeps the earlier version from now on, what
//	         waits is cancelled, and a push of the earlier version has begun
//	after    a push like any other: one that dies is made again, of the earlier version;
//	         one that fails, with the files put back, leaves everything as it was
func (e *Engine) RollBackPush(ctx context.Context, by clm.Principal, ref string) PushOutcome {
	return e.pushWith(ctx, by, ref, delivery{takesBack: true, settled: true})
}

// takeBack decides what to go back to. It is recorded when the push begins; from then
// on asking once more goes on with it.
func (d *delivery) takeBack(tx Tx, by clm.Principal, now time.Time) error {
	if d.stays { // it was, and perhaps died: this goes on with it
		d.takesBack = false
		return nil
	}
	versions, err := tx.Versions(d.row.Certificate.ID)
	if err != nil {
		return err
	}
	if err := d.connector.TakeBack(by, versions, now); err != nil {
		return err
	}
	if err := d.stay(tx, now); err != nil {
		return err
	}
	root, err := tx.Root(d.row.Certificate.Spec.IssuerID)
	if err != nil {
		return err
	}
	if d.row.Current.IssuedBy() != root.Signer().FingerprintSHA256 {
		return clm.Errorf(clm.KindRefused, "the last push of connector %q cannot be rolled back: what was there before was not issued by the certificate that root certificate %q signs with now",
			d.connector.Name, root.Name).WithHint("roll the replacement of the root certificate back instead, while it is open")
	}
	return nil
}

// stay puts the version that a connector keeps by somebody's will in the place of the
// current one, for as long as it is good for anything.
func (d *delivery) stay(tx Tx, now time.Time) error {
	if d.row.Current == nil || !d.connector.Stays(*d.row.Current) {
		return nil
	}
	versions, err := tx.Versions(d.row.Certificate.ID)
	if err != nil {
		return err
	}
	kept := slices.IndexFunc(versions, func(v clm.Version) bool { return v.Number == d.connector.RolledBack.To })
	if kept >= 0 && versions[kept].Usable(now) {
		d.row.Current, d.stays = &versions[kept], true
	}
	return nil
}

// beginRollBack records that a push begins which takes the last one back. What waits is
// of a version that is not pushed any more.
func (c change) beginRollBack(next *clm.Connector, d *delivery) error {
	if err := c.endOrders(d, "the push was rolled back"); err != nil {
		return err
	}
	return c.save(next, d, "roll_back_push", nil)
}

// tookBack ends the work order of the push that was taken back.
func (c change) tookBack(d *delivery) error {
	back := d.connector.RolledBack
	if !d.stays || d.connector.LastPush == nil || d.connector.LastPush.Version != back.Taken {
		return nil
	}
	orders, err := c.WorkOrders(clm.WorkOrderFilter{ConnectorID: d.connector.ID, State: clm.Completed}, clm.Page{})
	if err != nil || len(orders) == 0 || orders[len(orders)-1].Version != back.Taken || back.Taken == back.To {
		return err
	}
	end := func(w *clm.WorkOrder) error { return w.End("roll_back", c.by, "the push was rolled back") }
	return c.moveOrder(&orders[len(orders)-1], "roll_back", end)
}

// agreedBefore tells whether just this push was agreed to and made once: putting it
// back needs nobody's agreement again. What comes to something else does.
func (e *Engine) agreedBefore(ctx context.Context, d *delivery) (agreed bool, err error) {
	orders, err := e.WorkOrders(ctx, clm.WorkOrderFilter{ConnectorID: d.connector.ID, State: clm.Completed}, clm.Page{})
	if err != nil {
		return false, err
	}
	agreed = slices.ContainsFunc(orders, func(w clm.WorkOrder) bool { return w.Digest == d.digest })
	if !agreed && d.takesBack {
		err = clm.Errorf(clm.KindRefused, "the last push of connector %q cannot be rolled back: nobody has agreed to the earlier one as it would be pushed now", d.connector.Name).
			WithHint("what is agreed to includes place, scripts, verification and policy: set them back, or renew the certificate and have that approved")
	}
	return agreed, err
}

// goOn has a connector that was rolled back follow its certificate again.
func (e *Engine) goOn(ctx context.Context, by clm.Principal, ref string) error {
	connector, err := e.Connector(ctx, ref)
	if err != nil || connector.RolledBack == nil {
		return err
	}
	return e.update(ctx, by, func(c change) error {
		connector.RolledBack = nil
		if err := c.Tx.UpdateConnector(&connector); err != nil {
			return err
		}
		return c.record(clm.NounConnector, "end_roll_back", connector.ID, connector.Name, nil)
	})
}
