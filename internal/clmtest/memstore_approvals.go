package clmtest

import (
	"slices"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

var memoryPolicies = &memoryTable[clm.ApprovalPolicy]{
	noun:   clm.NounPolicy,
	header: func(p *clm.ApprovalPolicy) (string, string, *int64) { return p.ID, p.Name, &p.Revision },
	rows:   func(s *memoryState) *[]*clm.ApprovalPolicy { return &s.policies },
	clone:  plain[clm.ApprovalPolicy],
	refers: func(*memoryTx, *clm.ApprovalPolicy) error { return nil },
}

func (tx *memoryTx) ApprovalPolicy(ref string) (clm.ApprovalPolicy, error) {
	return memoryPolicies.get(tx, ref)
}

func (tx *memoryTx) ApprovalPolicies(page clm.Page) ([]clm.ApprovalPolicy, error) {
	return memoryPolicies.list(tx, nil, page), nil
}

func (tx *memoryTx) InsertApprovalPolicy(p *clm.ApprovalPolicy) error {
	return memoryPolicies.insert(tx, p)
}

func (tx *memoryTx) UpdateApprovalPolicy(p *clm.ApprovalPolicy) error {
	return memoryPolicies.update(tx, p)
}

func (tx *memoryTx) DeleteApprovalPolicy(p clm.ApprovalPolicy) error {
	guarded := memoryConnectors.count(tx, func(c *clm.Connector) bool { return c.Settings().ApprovalPolicyID == p.ID })
	if err := inTheWay(clm.NounPolicy, p.Name, "still guards", guarded, "connector"); err != nil {
		return err
	}
	return memoryPolicies.remove(tx, p)
}

var memoryWorkOrders = &memoryTable[clm.WorkOrder]{
	noun:   clm.NounWorkOrder,
	header: func(w *clm.WorkOrder) (string, string, *int64) { return w.ID, w.ID, &w.Revision },
	rows:   func(s *memoryState) *[]*clm.WorkOrder { return &s.workOrders },
	clone: func(w clm.WorkOrder) clm.WorkOrder {
		w.Approvals = slices.Clone(w.Approvals)
		w.ScheduledAt = clonePointer(w.ScheduledAt, plain)
		return w
	},
	refers: func(tx *memoryTx, w *clm.WorkOrder) error {
		if memoryConnectors.find(tx, w.ConnectorID) == nil {
			return absent(clm.NounConnector, w.ConnectorID, "connector_id")
		}
		return nil
	},
}

func (tx *memoryTx) WorkOrder(id string) (clm.WorkOrder, error) { return memoryWorkOrders.get(tx, id) }

func (tx *memoryTx) WorkOrders(filter clm.WorkOrderFilter, page clm.Page) ([]clm.WorkOrder, error) {
	return memoryWorkOrders.list(tx, func(w *clm.WorkOrder) bool {
		return (filter.ConnectorID == "" || w.ConnectorID == filter.ConnectorID) && (filter.State == "" || w.State == filter.State)
	}, page), nil
}

func (tx *memoryTx) CountWorkOrders() (map[clm.WorkOrderState]int64, error) {
	counts := map[clm.WorkOrderState]int64{}
	for _, w := range tx.workOrders {
		counts[w.State]++
	}
	return counts, nil
}

func (tx *memoryTx) InsertWorkOrder(w *clm.WorkOrder) error { return memoryWorkOrders.insert(tx, w) }
func (tx *memoryTx) UpdateWorkOrder(w *clm.WorkOrder) error { return memoryWorkOrders.update(tx, w) }

// workOrdersGo takes the work orders of a connector along.
func (tx *memoryTx) workOrdersGo(connectorID string) {
	tx.workOrders = slices.DeleteFunc(slices.Clone(tx.workOrders), func(w *clm.WorkOrder) bool { return w.ConnectorID == connectorID })
}
