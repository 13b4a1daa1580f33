package server

import (
	"context"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/engine"
)

func (s *Server) registerApprovals(a huma.API) {
	handle(a, s, post("create-approval-policy", api.ApprovalPolicies, "Say how many people have to agree to a push"),
		func(ctx context.Context, in *body[api.WriteApprovalPolicy]) (api.ApprovalPolicy, error) {
			policy, err := s.engine.CreateApprovalPolicy(ctx, principal(ctx), approvalPolicyInput(in.Body))
			return showApprovalPolicy(policy), err
		})
	handle(a, s, get("list-approval-policies", api.ApprovalPolicies, "List approval policies by name"),
		func(ctx context.Context, in *paged) (*api.List[api.ApprovalPolicy], error) {
			policies, err := s.engine.ApprovalPolicies(ctx, in.page())
			return list(*in, policies, func(p clm.ApprovalPolicy) string { return p.Name }, showApprovalPolicy), err
		})
	handle(a, s, get("get-approval-policy", api.ApprovalPolicies+item, "Read an approval policy"),
		func(ctx context.Context, in *byRef) (api.ApprovalPolicy, error) {
			policy, err := s.engine.ApprovalPolicy(ctx, in.Ref)
			return showApprovalPolicy(policy), err
		})
	handle(a, s, put("update-approval-policy", api.ApprovalPolicies+item, "Change an approval policy; work orders keep what they were asked for with"),
		func(ctx context.Context, in *bodyByRef[api.WriteApprovalPolicy]) (api.ApprovalPolicy, error) {
			policy, err := s.engine.UpdateApprovalPolicy(ctx, principal(ctx), in.Ref, approvalPolicyInput(in.Body))
			return showApprovalPolicy(policy), err
		})
	remove(a, s, huma.Operation{OperationID: "delete-approval-policy", Path: api.ApprovalPolicies + item, Summary: "Forget an approval policy that guards no connector"},
		func(ctx context.Context, in *byRef) error {
			return s.engine.DeleteApprovalPolicy(ctx, principal(ctx), in.Ref)
		})
	s.registerWorkOrders(a)
}

// workOrdersAsked narrows a list of work orders.
type workOrdersAsked struct {
	paged
	ConnectorID string `query:"connector_id" doc:"only those of this connector"`
	Status      string `query:"status" doc:"only those with this status"`
}

func (s *Server) registerWorkOrders(a huma.API) {
	handle(a, s, get("list-work-orders", api.WorkOrders, "List work orders, oldest first"),
		func(ctx context.Context, in *workOrdersAsked) (*api.List[api.WorkOrder], error) {
			filter := clm.WorkOrderFilter{ConnectorID: in.ConnectorID, State: clm.WorkOrderState(in.Status)}
			orders, err := s.engine.WorkOrders(ctx, filter, in.page())
			return list(in.paged, orders, func(w clm.WorkOrder) string { return w.ID }, s.showWorkOrder), err
		})
	handle(a, s, get("get-work-order", api.WorkOrders+item, "Read a work order"),
		func(ctx context.Context, in *byRef) (api.WorkOrder, error) {
			order, err := s.engine.WorkOrder(ctx, in.Ref)
			return s.showWorkOrder(order), err
		})
	handle(a, s, act(decideWorkOrder, api.WorkOrders+item+api.Decisions, "Approve, reject, implement or cancel a work order"), s.decide)
}

func (s *Server) decide(ctx context.Context, in *bodyByRef[api.Decision]) (api.WorkOrderResult, error) {
	if refusal := denied(principal(ctx), decideWorkOrder+" "+in.Body.Verb); refusal != nil {
		return api.WorkOrderResult{}, refusal
	}
	var out engine.OrderWrite
	var err error
	switch by, say := principal(ctx), in.Body.Comments; in.Body.Verb {
	case "approve":
		out, err = s.engine.ApproveWorkOrder(ctx, by, in.Ref, say)
	case "reject":
		out, err = s.engine.RejectWorkOrder(ctx, by, in.Ref, say)
	case "implement":
		out, err = s.engine.ImplementWorkOrder(ctx, by, in.Ref)
	case "cancel":
		out, err = s.engine.CancelWorkOrder(ctx, by, in.Ref, say)
	}
	result := api.WorkOrderResult{WorkOrder: s.showWorkOrder(out.Order), Principal: principal(ctx).Name}
	if err == nil && out.Push != nil {
		push := s.showPush(ctx, *out.Push)
		result.Push = &push
	}
	return result, err
}

func approvalPolicyInput(in api.WriteApprovalPolicy) clm.ApprovalPolicy {
	return clm.ApprovalPolicy{Name: in.Name, Levels: in.Levels, ExpiresAfter: time.Duration(in.ExpiresSeconds) * time.Second}
}

func showApprovalPolicy(p clm.ApprovalPolicy) api.ApprovalPolicy {
	return api.ApprovalPolicy{
		ID: p.ID, Name: p.Name, Levels: p.Levels, ExpiresSeconds: int64(p.ExpiresAfter / time.Second), CreatedAt: p.CreatedAt, UpdatedAt: p.UpdatedAt,
	}
}

func (s *Server) showWorkOrder(w clm.WorkOrder) api.WorkOrder {
	out := api.WorkOrder{
		ID: w.ID, RequestID: w.RequestID, ConnectorID: w.ConnectorID, CertificateID: w.CertificateID, Version: w.Version, Digest: w.Digest,
		Status: string(w.State), WaitsFor: w.WaitsFor(s.engine.Clock.Now()), Requester: w.Requester, Comments: w.Comments, Levels: w.Levels,
		Approvals: []api.Approval{}, Manual: w.Manual, ScheduledAt: w.ScheduledAt, ExpiresAt: w.ExpiresAt, EndedBy: w.EndedBy, Reason: w.Reason,
		CreatedAt: w.CreatedAt, UpdatedAt: w.UpdatedAt,
	}
	for _, approval := range w.Approvals {
		out.Approvals = append(out.Approvals, api.Approval(approval))
	}
	return out
}
