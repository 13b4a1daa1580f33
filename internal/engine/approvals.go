package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// permit finds the work order that a push needs, and asks for one where there is none.
// What has no order to wait for, or one that may be carried out, goes on.
//
//	before     no order, or an earlier one about something else
//	in it      one transaction: the earlier one is cancelled, the new one is there
//	after      the order waits; asking again finds it
func (e *Engine) permit(ctx context.Context, by clm.Principal, d *delivery) error {
	d.digest = d.subject()
	if d.under != "" {
		return e.permitNamed(ctx, d)
	}
	if d.connector.Settings().ApprovalPolicyID == "" {
		return nil
	}
	if d.stays {
		if agreed, err := e.agreedBefore(ctx, d); agreed || err != nil {
			return err
		}
	}
	err := e.update(ctx, by, func(c change) (err error) {
		d.order, err = c.orderFor(d)
		return err
	})
	switch {
	case err != nil:
		return err
	case d.mayBegin(e.now()):
		return nil
	}
	return d.connector.Pending(*d.order, e.now())
}

// permitNamed holds a push to the very order that somebody spoke of.
func (e *Engine) permitNamed(ctx context.Context, d *delivery) error {
	order, err := e.WorkOrder(ctx, d.under)
	if err != nil {
		return err
	}
	if err := order.Matches(d.digest, d.connector.Settings(), e.now()); err != nil {
		return err
	}
	if d.order = &order; d.mayBegin(e.now()) {
		return nil
	}
	return d.connector.Pending(order, e.now())
}

// orderFor is the open order for just this push. Others of the connector that still
// wait are overtaken.
func (c change) orderFor(d *delivery) (*clm.WorkOrder, error) {
	orders, err := c.WorkOrders(clm.WorkOrderFilter{ConnectorID: d.connector.ID}, clm.Page{})
	if err != nil {
		return nil, err
	}
	for _, order := range slices.Backward(orders) {
		switch {
		case order.Digest == d.digest && order.State == clm.Rejected && !d.settled:
			return nil, order.Refusal()
		case order.Digest == d.digest && (order.Begun() || order.Waiting() && order.Asks(d.connector.Settings())) && !order.Expired(c.now):
			return &order, nil
		case order.Waiting() || order.State == clm.WorkOrderFailed:
			if err := c.overtake(order); err != nil {
				return nil, err
			}
		}
		if order.Digest == d.digest {
			break
		}
	}
	return c.request(d)
}

func (c change) overtake(order clm.WorkOrder) error {
	why := "overtaken by another request"
	if order.Expired(c.now) {
		why = "it expired"
	}
	return c.moveOrder(&order, "cancel", func(w *clm.WorkOrder) error { return w.End("cancel", c.by, why) })
}

// letGo cancels what waits for people whom nobody asks any more.
func (c change) letGo(was, is clm.Connector) error {
	if was.Settings().ApprovalPolicyID == "" || is.Settings().ApprovalPolicyID != "" {
		return nil
	}
	return c.endOrders(&delivery{connector: is}, "pushes need no approval any more")
}

// endOrders ends every order of a connector that something may still come of, but for
// that of the push itself: what was agreed to once is not carried out long after.
func (c change) endOrders(d *delivery, why string) error {
	orders, err := c.WorkOrders(clm.WorkOrderFilter{ConnectorID: d.connector.ID}, clm.Page{})
	if err != nil {
		return err
	}
	for _, order := range orders {
		if !order.Open() || d.order != nil && d.order.ID == order.ID {
			continue
		}
		if err := c.moveOrder(&order, "overtake", func(w *clm.WorkOrder) error { return w.End("overtake", c.by, why) }); err != nil {
			return err
		}
	}
	return nil
}

// request makes a work order.
func (c change) request(d *delivery) (*clm.WorkOrder, error) {
	settings := d.connector.Settings()
	policy, err := d.policy(c, c.now)
	if err != nil {
		return nil, err
	}
	order := clm.WorkOrder{
		ID: clm.NewID(), RequestID: c.by.RequestID, ConnectorID: d.connector.ID, CertificateID: d.row.Certificate.ID,
		Version: d.row.Current.Number, Digest: d.digest, Requester: c.by.Name, Comments: settings.Comments, Levels: policy.Levels,
		Manual: settings.Manual, ScheduledAt: settings.ScheduledAt, ExpiresAt: c.now.Add(policy.ExpiresAfter), CreatedAt: c.now, UpdatedAt: c.now,
	}
	if err := order.Apply("request"); err != nil {
		return nil, err
	}
	if err := c.InsertWorkOrder(&order); err != nil {
		return nil, err
	}
	return &order, c.recordOrder(order, "request", map[string]string{"connector": d.connector.Name, "digest": order.Digest})
}

// policy is the one that guards the connector; it has to be one that its orders can
// live with.
func (d *delivery) policy(tx Tx, now time.Time) (policy clm.ApprovalPolicy, err error) {
	settings := d.connector.Settings()
	if settings.ApprovalPolicyID == "" {
		return policy, nil
	}
	if policy, err = tx.ApprovalPolicy(settings.ApprovalPolicyID); err != nil {
		return policy, asField("push.approval_policy_id", err)
	}
	return policy, policy.Admits(settings.ScheduledAt, now)
}

// moveOrder changes an order and records that.
func (c change) moveOrder(order *clm.WorkOrder, verb string, move func(*clm.WorkOrder) error) error {
	next := *order
	if err := move(&next); err != nil {
		return err
	}
	next.UpdatedAt = c.now
	if err := c.UpdateWorkOrder(&next); err != nil {
		return err
	}
	*order = next
	return c.recordOrder(next, verb, map[string]string{"state": string(next.State)})
}

func (c change) recordOrder(order clm.WorkOrder, verb string, details map[string]string) error {
	return c.record(clm.NounWorkOrder, verb, order.ID, order.ID, details)
}

// carried moves the order of a push, where it has one, in the transaction that moves
// the push.
func (c change) carried(d *delivery, verb string) error {
	if d.order == nil {
		return nil
	}
	return c.moveOrder(d.order, verb, func(w *clm.WorkOrder) error {
		if verb == "implement" {
			return w.Implement(d.digest, c.now)
		}
		return w.Apply(verb)
	})
}

// lost records that nobody knows what became of an order's push, where that is so.
func (e *Engine) lost(ctx context.Context, by clm.Principal, d *delivery, cause error) error {
	if d.order == nil || d.order.State != clm.InProgress || clm.KindOf(cause) != clm.KindRefused {
		return cause
	}
	if err := e.update(ctx, by, func(c change) error { return c.carried(d, "lose") }); err != nil {
		return fmt.Errorf("%w; recording that failed too: %w", cause, err)
	}
	return cause
}

// lastOrder is the newest work order of a connector that needs them, nil where there
// is none.
func (d *delivery) lastOrder(tx Tx) (*clm.WorkOrder, error) {
	if d.connector.Settings().ApprovalPolicyID == "" {
		return nil, nil
	}
	orders, err := tx.WorkOrders(clm.WorkOrderFilter{ConnectorID: d.connector.ID}, clm.Page{})
	if err != nil || len(orders) == 0 {
		return nil, err
	}
	return &orders[len(orders)-1], nil
}

// held is why a push that would help is not made for now: its order waits.
func (d *delivery) held(order *clm.WorkOrder, now time.Time) error {
	if order != nil && order.Digest == d.subject() && order.Waiting() && !order.Expired(now) && !order.Due(now) {
		return d.connector.Pending(*order, now)
	}
	return nil
}

// subject is what a work order is about, as a digest: which certificate goes to which
// place, what runs there, and by which policy it is agreed to.
func (d *delivery) subject() string {
	settings := d.connector.Settings()
	document, err := json.Marshal(struct {
		Connector, Device, Fingerprint string
		Place                          clm.FileSystem
		Local                          *clm.Local
		SSH                            *clm.SSH
		Before, After                  *clm.Script
		Overwrite, Chain               bool
		Verify                         *clm.Verification
		Policy                         string
	}{
		d.connector.ID, d.device.ID, d.row.Current.FingerprintSHA256, d.connector.FileSystem, d.device.Local, d.device.SSH,
		settings.PreScript, d.connector.Reload(d.device), settings.Overwrite, settings.IncludeChain, d.connector.Verify,
		settings.ApprovalPolicyID,
	})
	if err != nil {
		panic(fmt.Sprintf("encoding texts and numbers: %v", err))
	}
	return digestOf(document)
}

// WorkOrder reads one work order.
func (e *Engine) WorkOrder(ctx context.Context, id string) (order clm.WorkOrder, err error) {
	err = e.view(ctx, func(tx Tx) error {
		order, err = tx.WorkOrder(id)
		return err
	})
	return order, err
}

// WorkOrders lists work orders, oldest first.
func (e *Engine) WorkOrders(ctx context.Context, filter clm.WorkOrderFilter, page clm.Page) (orders []clm.WorkOrder, err error) {
	err = e.view(ctx, func(tx Tx) error {
		orders, err = tx.WorkOrders(filter, page)
		return err
	})
	return orders, err
}

// OrderWrite is what came of a word on a work order. There is a push where that was
// the last word it needed.
type OrderWrite struct {
	Order clm.WorkOrder
	Push  *PushOutcome
}

// ApproveWorkOrder records that somebody agrees. The last approval carries the order
// out, unless it waits for its hour or for somebody to say when.
//
// Who has approved it already has nothing more to say: asking again, perhaps because an
// answer was lost, finds it so.
func (e *Engine) ApproveWorkOrder(ctx context.Context, by clm.Principal, id, comments string) (OrderWrite, error) {
	if order, err := e.WorkOrder(ctx, id); err != nil || order.ApprovedBy(by) {
		return OrderWrite{Order: order}, err
	}
	order, err := e.decide(ctx, by, id, "approve", func(w *clm.WorkOrder, digest string) error {
		return w.Approve(by, digest, comments, e.now())
	})
	if err != nil || !order.Due(e.now()) {
		return OrderWrite{Order: order}, err
	}
	return e.carryOut(ctx, by, order, false)
}

// RejectWorkOrder records that somebody does not agree.
func (e *Engine) RejectWorkOrder(ctx context.Context, by clm.Principal, id, reason string) (OrderWrite, error) {
	order, err := e.decide(ctx, by, id, "reject", func(w *clm.WorkOrder, _ string) error { return w.End("reject", by, reason) })
	return OrderWrite{Order: order}, err
}

// CancelWorkOrder withdraws an order that was not begun.
func (e *Engine) CancelWorkOrder(ctx context.Context, by clm.Principal, id, reason string) (OrderWrite, error) {
	order, err := e.decide(ctx, by, id, "cancel", func(w *clm.WorkOrder, _ string) error { return w.End("cancel", by, reason) })
	return OrderWrite{Order: order}, err
}

// ImplementWorkOrder carries an approved order out now, whatever it waited for. Where
// its push died in the middle of a script, it says that somebody has looked.
func (e *Engine) ImplementWorkOrder(ctx context.Context, by clm.Principal, id string) (OrderWrite, error) {
	order, err := e.WorkOrder(ctx, id)
	if err != nil {
		return OrderWrite{}, err
	}
	trial := order
	if err := trial.Implement(order.Digest, e.now()); err != nil {
		return OrderWrite{Order: order}, err
	}
	return e.carryOut(ctx, by, order, true)
}

// decide is one person's word on a work order. What would be pushed now is part of the
// question.
func (e *Engine) decide(ctx context.Context, by clm.Principal, id, verb string, move func(w *clm.WorkOrder, digest string) error) (order clm.WorkOrder, err error) {
	err = e.update(ctx, by, func(c change) error {
		if order, err = c.WorkOrder(id); err != nil {
			return err
		}
		d := delivery{}
		if d.connector, err = c.Connector(order.ConnectorID); err != nil {
			return err
		}
		if err := d.gather(c, c.now); err != nil {
			return err
		}
		digest, err := d.approvable()
		if err == nil {
			err = order.Matches(digest, d.connector.Settings(), c.now)
		}
		if err != nil && verb == "approve" {
			return err
		}
		return c.moveOrder(&order, verb, func(w *clm.WorkOrder) error { return move(w, digest) })
	})
	return order, err
}

// approvable is what would be pushed now, as a digest: nothing, when it may not be.
func (d *delivery) approvable() (string, error) {
	if err := d.eligible(); err != nil {
		return "", err
	}
	return d.subject(), nil
}

// carryOut pushes under an order, and reads it back.
func (e *Engine) carryOut(ctx context.Context, by clm.Principal, order clm.WorkOrder, told bool) (OrderWrite, error) {
	outcome := e.pushWith(ctx, by, order.ConnectorID, delivery{under: order.ID, settled: told, told: told})
	after, err := e.WorkOrder(context.WithoutCancel(ctx), order.ID)
	return OrderWrite{Order: after, Push: &outcome}, err
}
