package client

import (
	"context"
	"net/http"
	"net/url"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
)

// CreateApprovalPolicy adds one.
func (c *Client) CreateApprovalPolicy(ctx context.Context, in api.WriteApprovalPolicy) (api.ApprovalPolicy, error) {
	return create[api.ApprovalPolicy](ctx, c, api.ApprovalPolicies, in)
}

// ApprovalPolicy reads one, by id or name.
func (c *Client) ApprovalPolicy(ctx context.Context, ref string) (api.ApprovalPolicy, error) {
	return call[api.ApprovalPolicy](ctx, c, http.MethodGet, itemOf(api.ApprovalPolicies, ref), nil, nil)
}

// ApprovalPolicies reads all, by name.
func (c *Client) ApprovalPolicies(ctx context.Context) ([]api.ApprovalPolicy, error) {
	return all[api.ApprovalPolicy](ctx, c, api.ApprovalPolicies, url.Values{})
}

// UpdateApprovalPolicy changes one.
func (c *Client) UpdateApprovalPolicy(ctx context.Context, id string, in api.WriteApprovalPolicy) (api.ApprovalPolicy, error) {
	return call[api.ApprovalPolicy](ctx, c, http.MethodPut, itemOf(api.ApprovalPolicies, id), in, nil)
}

// DeleteApprovalPolicy forgets one.
func (c *Client) DeleteApprovalPolicy(ctx context.Context, id string) error {
	_, err := call[struct{}](ctx, c, http.MethodDelete, itemOf(api.ApprovalPolicies, id), nil, nil)
	return err
}

// WorkOrder reads one by its id.
func (c *Client) WorkOrder(ctx context.Context, id string) (api.WorkOrder, error) {
	return call[api.WorkOrder](ctx, c, http.MethodGet, itemOf(api.WorkOrders, id), nil, nil)
}

// WorkOrders reads all, oldest first; connectorID and status narrow the list.
func (c *Client) WorkOrders(ctx context.Context, connectorID, status string) ([]api.WorkOrder, error) {
	query := url.Values{}
	if connectorID != "" {
		query.Set("connector_id", connectorID)
	}
	if status != "" {
		query.Set("status", status)
	}
	return all[api.WorkOrder](ctx, c, api.WorkOrders, query)
}

// DecideWorkOrder says one person's word on a work order.
func (c *Client) DecideWorkOrder(ctx context.Context, id string, in api.Decision) (api.WorkOrderResult, error) {
	return call[api.WorkOrderResult](ctx, c, http.MethodPost, itemOf(api.WorkOrders, id)+api.Decisions, in, nil)
}
