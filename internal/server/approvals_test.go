package server_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/client"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
)

// tourApprovals has alice ask for pushes, withdraw one, and bob agree to another.
func tourApprovals(t *testing.T, c *clmtest.Estate) {
	t.Helper()
	ctx := t.Context()
	w := populated(t, c)
	in := api.WriteApprovalPolicy{Name: "two", Levels: 2, ExpiresSeconds: 3600}
	policy, err := c.CreateApprovalPolicy(ctx, in)
	must(t, err)
	in.Levels = 1
	changed, err := c.UpdateApprovalPolicy(ctx, policy.ID, in)
	must(t, err)
	read, err := c.ApprovalPolicy(ctx, "two")
	must(t, err)
	all, err := c.ApprovalPolicies(ctx)
	must(t, err)
	if diff := cmp.Diff(changed, read); diff != "" || read.Levels != 1 || len(all) != 1 {
		t.Errorf("%d policies, %+v, %s", len(all), read, diff)
	}

	guarded := connectorInput("guarded", w)
	guarded.FileSystem.Directory = "etc/guarded"
	guarded.Push = &api.PushSettings{Automatic: true, IncludeChain: true, ApprovalPolicyID: policy.ID, Comments: "CHG-1"}
	made, err := c.CreateConnector(ctx, guarded)
	must(t, err)
	if made.Push == nil || made.Push.Code != api.CodePending {
		t.Fatalf("it does not wait: %+v", made.Push)
	}
	withdrawn := lastOrder(t, c.Client, made.Connector.ID, "pending_approval")
	out, err := c.DecideWorkOrder(ctx, withdrawn.ID, api.Decision{Verb: "cancel", Comments: "not yet"})
	must(t, err)
	if out.Push != nil || out.WorkOrder.Status != "cancelled" || out.WorkOrder.Reason != "not yet" || out.WorkOrder.EndedBy != "test:alice" {
		t.Errorf("withdrawn: %+v", out)
	}

	pushed, err := c.PushConnector(ctx, "guarded")
	must(t, err)
	order := lastOrder(t, c.Client, made.Connector.ID, "pending_approval")
	if pushed.Code != api.CodePending || order.WaitsFor != "approval 1 of 1" || order.Comments != "CHG-1" || order.Requester != "test:alice" {
		t.Errorf("pushed %+v, asked for %+v", pushed, order)
	}
	bob := client.New(client.Options{Endpoint: "http://embedded", Transport: c.Transport("test:bob")})
	out, err = bob.DecideWorkOrder(ctx, order.ID, api.Decision{Verb: "approve", Comments: "fine"})
	must(t, err)
	if out.Push == nil || out.Push.Code != "" || out.WorkOrder.Status != "completed" || out.WorkOrder.Approvals[0].Principal != "test:bob" {
		t.Errorf("approved: %+v", out)
	}
	must(t, c.DeleteConnector(ctx, made.Connector.ID))
	must(t, c.DeleteApprovalPolicy(ctx, policy.ID))
	must(t, c.DeleteConnector(ctx, w.connector.ID))
	must(t, c.DeleteCertificate(ctx, w.certificate.ID))
	must(t, c.DeleteDevice(ctx, w.device.ID))
	root, err := c.RootCertificate(ctx, "lab")
	must(t, err)
	must(t, c.DeleteRootCertificate(ctx, root.ID))
}

// lastOrder is the newest work order of a connector with that status, read again.
func lastOrder(t *testing.T, c *client.Client, connectorID, status string) api.WorkOrder {
	t.Helper()
	orders, err := c.WorkOrders(t.Context(), connectorID, status)
	must(t, err)
	if len(orders) == 0 {
		t.Fatalf("no work order is %s", status)
	}
	order, err := c.WorkOrder(t.Context(), orders[len(orders)-1].ID)
	must(t, err)
	return order
}
