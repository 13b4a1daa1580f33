package engine

import (
	"context"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// duePushes are work orders that may be carried out by now, and connectors that are
// behind though new versions are pushed to them by themselves: whoever was to push has
// died, or the device did not answer.
func (e *Engine) duePushes(ctx context.Context, by clm.Principal, p *plan) error {
	p.noun = clm.NounConnector
	if err := e.view(ctx, func(tx Tx) error { return e.dueOrders(tx, by, p) }); err != nil {
		return err
	}
	return scan(p, func(page clm.Page) ([]clm.Connector, error) { return e.Connectors(ctx, clm.ConnectorFilter{}, page) },
		func(c clm.Connector) string { return c.Name },
		func(c clm.Connector) error {
			behind, err := e.behind(ctx, c)
			if behind {
				p.add(c.Name, c.DeviceID, func(ctx context.Context) ([]task, error) { return nil, e.pushYielding(ctx, by, c.ID, "") })
			}
			return unlessNotFound(err)
		})
}

func (e *Engine) dueOrders(tx Tx, by clm.Principal, p *plan) error {
	p.tasks = nil
	for _, state := range []clm.WorkOrderState{clm.Scheduled, clm.Approved} {
		orders, err := tx.WorkOrders(clm.WorkOrderFilter{State: state}, clm.Page{})
		if err != nil {
			return err
		}
		for _, order := range orders {
			if !order.Due(e.now()) || state == clm.Approved && !settled(order.UpdatedAt, e.now()) {
				continue
			}
			c, err := tx.Connector(order.ConnectorID)
			if err != nil || len(p.tasks) >= p.most {
				return err
			}
			p.tasks = append(p.tasks, task{clm.Handled{Noun: clm.NounWorkOrder, Name: order.ID}, c.DeviceID, func(ctx context.Context) ([]task, error) {
				return nil, e.pushYielding(ctx, by, c.ID, order.ID)
			}})
		}
	}
	return nil
}

// settleTime is what whoever has made a new version, or has agreed to a push, is given
// to push it himself.
const settleTime = 2 * time.Minute

func settled(at, now time.Time) bool { return !now.Before(at.Add(settleTime)) }

// pushYielding pushes where nobody else does. A push that waits for people is asked
// for.
func (e *Engine) pushYielding(ctx context.Context, by clm.Principal, connectorID, orderID string) error {
	return e.pushWith(ctx, by, connectorID, asking{under: orderID, yields: true}).Err
}

// behind tells whether a connector lacks what it should have by itself, and nothing
// stands in the way that is somebody's to remove.
func (e *Engine) behind(ctx context.Context, c clm.Connector) (behind bool, err error) {
	d := delivery{connector: c}
	err = e.view(ctx, func(tx Tx) (err error) {
		behind, err = d.behind(tx, e.now())
		return err
	})
	return behind, err
}

func (d *delivery) behind(tx Tx, now time.Time) (bool, error) {
	if err := d.gather(tx, now); err != nil || !d.lacks(now) || d.eligible() != nil {
		return false, err
	}
	switch err := d.distributed(tx); clm.KindOf(err) {
	case clm.KindRefused, clm.KindInvalid:
		return false, nil
	default:
		if err != nil {
			return false, err
		}
	}
	order, err := d.lastOrder(tx)
	return err == nil && (order == nil || !d.decides(*order)), err
}

// lacks tells whether a push would bring something new, and nobody is about to make it.
func (d *delivery) lacks(now time.Time) bool {
	if !d.connector.Settings().Automatic || d.row.Current == nil || d.connector.UnderWay(d.device, now) {
		return false
	}
	return d.bringsNew() && settled(d.row.Current.CreatedAt, now) && settled(d.connector.UpdatedAt, now)
}

// bringsNew tells whether the device is not on record as having it.
func (d *delivery) bringsNew() bool {
	last := d.connector.LastPush
	return d.connector.State == clm.Pushing || last == nil || last.FingerprintSHA256 != d.row.Current.FingerprintSHA256
}

// outrun tells whether somebody else was first, or is about to be, with what nobody has
// asked for. A work order is asked for, also where it is about what is there.
func (d *delivery) outrun(now time.Time) bool {
	return d.yields && (d.connector.UnderWay(d.device, now) || d.under == "" && !d.bringsNew())
}

// decides tells whether an order has the say over a push of the version: it waits for
// people or its hour, or was refused, or failed and waits for somebody to try again.
// One whose push died is gone on with.
func (d *delivery) decides(order clm.WorkOrder) bool {
	return order.Version == d.row.Current.Number && order.State != clm.InProgress
}
