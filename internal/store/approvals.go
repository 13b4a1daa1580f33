package store

import (
	"database/sql"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

var policies = &table[clm.ApprovalPolicy]{
	noun:   clm.NounPolicy,
	name:   "approval_policies",
	header: func(p *clm.ApprovalPolicy) (string, string, *int64) { return p.ID, p.Name, &p.Revision },
	values: func(*clm.ApprovalPolicy) []any { return nil },
	refers: func(*clm.ApprovalPolicy) []reference { return nil },
}

// ApprovalPolicy finds an approval policy by id or name.
func (tx *Tx) ApprovalPolicy(ref string) (clm.ApprovalPolicy, error) { return policies.get(tx, ref) }

// ApprovalPolicies lists approval policies by name.
func (tx *Tx) ApprovalPolicies(page clm.Page) ([]clm.ApprovalPolicy, error) {
	return policies.list(tx, where{}, page)
}

// InsertApprovalPolicy adds an approval policy.
func (tx *Tx) InsertApprovalPolicy(p *clm.ApprovalPolicy) error { return policies.insert(tx, p) }

// UpdateApprovalPolicy replaces what is stored of an approval policy.
func (tx *Tx) UpdateApprovalPolicy(p *clm.ApprovalPolicy) error { return policies.update(tx, p) }

// DeleteApprovalPolicy removes an approval policy that guards no connector.
func (tx *Tx) DeleteApprovalPolicy(p clm.ApprovalPolicy) error {
	n, err := tx.count("SELECT COUNT(*) FROM connectors WHERE approval_policy_id = ?", p.ID)
	if err != nil {
		return err
	}
	if n > 0 {
		return still(clm.NounPolicy, p.Name, "guards", n, "connector").
			WithHint("give the %s another approval_policy_id, or none, first", plural(n, "connector"))
	}
	return policies.remove(tx, &p)
}

var workOrders = &table[clm.WorkOrder]{
	noun:    clm.NounWorkOrder,
	name:    "work_orders",
	columns: []string{"connector_id", "state"},
	header:  func(w *clm.WorkOrder) (string, string, *int64) { return w.ID, w.ID, &w.Revision },
	values:  func(w *clm.WorkOrder) []any { return []any{w.ConnectorID, string(w.State)} },
	refers: func(w *clm.WorkOrder) []reference {
		return []reference{{noun: clm.NounConnector, table: "connectors", id: w.ConnectorID, field: "connector_id"}}
	},
}

// WorkOrder finds a work order by id.
func (tx *Tx) WorkOrder(id string) (clm.WorkOrder, error) { return workOrders.get(tx, id) }

// WorkOrders lists work orders, oldest first.
func (tx *Tx) WorkOrders(filter clm.WorkOrderFilter, page clm.Page) ([]clm.WorkOrder, error) {
	var w where
	if filter.ConnectorID != "" {
		w.and("connector_id = ?", filter.ConnectorID)
	}
	if filter.State != "" {
		w.and("state = ?", string(filter.State))
	}
	return workOrders.list(tx, w, page)
}

// CountWorkOrders counts work orders by state.
func (tx *Tx) CountWorkOrders() (map[clm.WorkOrderState]int64, error) {
	counts := map[clm.WorkOrderState]int64{}
	err := tx.each(func(rows *sql.Rows) error {
		var state string
		var n int64
		err := rows.Scan(&state, &n)
		counts[clm.WorkOrderState(state)] = n
		return err
	}, "SELECT state, COUNT(*) FROM work_orders GROUP BY state")
	return counts, err
}

// InsertWorkOrder adds a work order. Deleting its connector deletes it.
func (tx *Tx) InsertWorkOrder(w *clm.WorkOrder) error { return workOrders.insert(tx, w) }

// UpdateWorkOrder replaces what is stored of a work order.
func (tx *Tx) UpdateWorkOrder(w *clm.WorkOrder) error { return workOrders.update(tx, w) }
