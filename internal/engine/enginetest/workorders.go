package enginetest

import (
	"strings"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/engine"
)

func exerciseWorkOrders(t *testing.T, open Open) {
	story(t, open, "a work order is found by its id", workOrderIsFound)
	story(t, open, "a stale update of a work order changes nothing", staleWorkOrderLoses)
	story(t, open, "work orders are listed, oldest first", workOrdersAreListed)
	story(t, open, "a connector takes its work orders along", workOrdersGoAlong)
	story(t, open, "what a work order is about is there", workOrderOfNothing)
	story(t, open, "a policy that a connector follows stays", policyInUse)
	story(t, open, "a connector's policy is there", policyMustBeThere)
}

func workOrderIsFound(t *testing.T, e estate) {
	w := inserted(e, engine.Tx.InsertWorkOrder, newWorkOrder(connectors.new(e, "shop")))
	mustEqual(t, "revision", w.Revision, 1)
	e.read(func(tx engine.Tx) error {
		got, err := tx.WorkOrder(w.ID)
		mustEqual(t, "work order", got, w)
		return err
	})
	for _, ref := range []string{"", "shop", clm.NewID()} {
		e.refused(clm.KindNotFound, func(tx engine.Tx) error {
			_, err := tx.WorkOrder(ref)
			return err
		})
	}
}

func staleWorkOrderLoses(t *testing.T, e estate) {
	w := inserted(e, engine.Tx.InsertWorkOrder, newWorkOrder(connectors.new(e, "shop")))
	stale := w
	w.State = clm.Approved
	e.write(func(tx engine.Tx) error { return tx.UpdateWorkOrder(&w) })
	mustEqual(t, "revision", w.Revision, 2)
	e.refused(clm.KindConflict, func(tx engine.Tx) error { return tx.UpdateWorkOrder(&stale) })
	e.read(func(tx engine.Tx) error {
		got, err := tx.WorkOrder(w.ID)
		mustEqual(t, "work order", got, w)
		return err
	})
}

func workOrdersAreListed(t *testing.T, e estate) {
	shop, mail := connectors.new(e, "shop"), connectors.new(e, "mail")
	first := inserted(e, engine.Tx.InsertWorkOrder, newWorkOrder(shop))
	second := inserted(e, engine.Tx.InsertWorkOrder, newWorkOrder(mail))
	third := newWorkOrder(shop)
	third.State = clm.Completed
	third = inserted(e, engine.Tx.InsertWorkOrder, third)
	e.read(func(tx engine.Tx) error {
		counts, err := tx.CountWorkOrders()
		mustEqual(t, "numbers by state", counts, map[clm.WorkOrderState]int64{clm.PendingApproval: 2, clm.Completed: 1})
		return err
	})
	for _, tt := range []struct {
		filter clm.WorkOrderFilter
		page   clm.Page
		want   []clm.WorkOrder
	}{
		{want: []clm.WorkOrder{first, second, third}},
		{page: clm.Page{Limit: 2}, want: []clm.WorkOrder{first, second}},
		{page: clm.Page{After: second.ID}, want: []clm.WorkOrder{third}},
		{filter: clm.WorkOrderFilter{ConnectorID: shop.ID}, want: []clm.WorkOrder{first, third}},
		{filter: clm.WorkOrderFilter{State: clm.PendingApproval}, want: []clm.WorkOrder{first, second}},
		{filter: clm.WorkOrderFilter{ConnectorID: shop.ID, State: clm.Completed}, want: []clm.WorkOrder{third}},
		{filter: clm.WorkOrderFilter{State: clm.Rejected}},
	} {
		e.read(func(tx engine.Tx) error {
			got, err := tx.WorkOrders(tt.filter, tt.page)
			mustEqual(t, "work orders", got, tt.want)
			return err
		})
	}
}

func workOrdersGoAlong(_ *testing.T, e estate) {
	c := connectors.new(e, "shop")
	w := inserted(e, engine.Tx.InsertWorkOrder, newWorkOrder(c))
	kept := inserted(e, engine.Tx.InsertWorkOrder, newWorkOrder(connectors.new(e, "mail")))
	e.write(func(tx engine.Tx) error { return tx.DeleteConnector(c) })
	e.refused(clm.KindNotFound, func(tx engine.Tx) error {
		_, err := tx.WorkOrder(w.ID)
		return err
	})
	e.read(func(tx engine.Tx) error {
		_, err := tx.WorkOrder(kept.ID)
		return err
	})
}

func workOrderOfNothing(t *testing.T, e estate) {
	w := newWorkOrder(clm.Connector{ID: clm.NewID()})
	refusal := e.refused(clm.KindNotFound, func(tx engine.Tx) error { return tx.InsertWorkOrder(&w) })
	mustEqual(t, "field", refusal.Field, "connector_id")
}

// following is a connector that needs approvals.
func following(e estate, name, policyID string) clm.Connector {
	c := connectors.make(e, name)
	settings := c.Settings()
	settings.ApprovalPolicyID = policyID
	c.PushSettings = &settings
	return c
}

func policyInUse(t *testing.T, e estate) {
	policy := policies.new(e, "two")
	c := inserted(e, engine.Tx.InsertConnector, following(e, "shop", policy.ID))
	refusal := e.refused(clm.KindRefused, func(tx engine.Tx) error { return tx.DeleteApprovalPolicy(policy) })
	if !strings.Contains(refusal.Error(), "still guards 1 connector") {
		t.Errorf("the refusal says %q", refusal)
	}
	settings := c.Settings()
	settings.ApprovalPolicyID = ""
	c.PushSettings = &settings
	e.write(func(tx engine.Tx) error { return tx.UpdateConnector(&c) })
	e.write(func(tx engine.Tx) error { return tx.DeleteApprovalPolicy(policy) })
}

func policyMustBeThere(t *testing.T, e estate) {
	c := following(e, "shop", clm.NewID())
	refusal := e.refused(clm.KindNotFound, func(tx engine.Tx) error { return tx.InsertConnector(&c) })
	mustEqual(t, "field", refusal.Field, "push.approval_policy_id")
}
