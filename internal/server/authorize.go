package server

import (
	"fmt"
	"maps"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// decideWorkOrder is the one operation whose cell depends on what is asked for in it.
const decideWorkOrder = "decide-work-order"

// needed is who may do what: the role that each operation needs. What is not in it
// nobody may do.
var needed = map[string]clm.Role{
	"list-root-certificates":       clm.RoleViewer,
	"get-root-certificate":         clm.RoleViewer,
	"get-rollout":                  clm.RoleViewer,
	"preview-root-certificate":     clm.RoleViewer,
	"create-root-certificate":      clm.RoleOperator,
	"update-root-certificate":      clm.RoleOperator,
	"advance-root-certificate":     clm.RoleOperator,
	"transit-root-certificate":     clm.RoleOperator,
	"delete-root-certificate":      clm.RoleAdministrator,
	"list-devices":                 clm.RoleViewer,
	"get-device":                   clm.RoleViewer,
	"create-device":                clm.RoleOperator,
	"update-device":                clm.RoleOperator,
	"delete-device":                clm.RoleOperator,
	"check-in-device":              clm.RoleOperator,
	"put-receipt":                  clm.RoleOperator,
	"list-certificates":            clm.RoleViewer,
	"get-certificate":              clm.RoleViewer,
	"get-sync-status":              clm.RoleViewer,
	"get-topology":                 clm.RoleViewer,
	"preview-certificate":          clm.RoleViewer,
	"create-certificate":           clm.RoleOperator,
	"update-certificate":           clm.RoleOperator,
	"revoke-certificate":           clm.RoleOperator,
	"release-certificate":          clm.RoleOperator,
	"get-revocation-list":          clm.RoleViewer,
	"delete-certificate":           clm.RoleOperator,
	"export-private-key":           clm.RoleAdministrator,
	"list-connectors":              clm.RoleViewer,
	"get-connector":                clm.RoleViewer,
	"create-connector":             clm.RoleOperator,
	"update-connector":             clm.RoleOperator,
	"delete-connector":             clm.RoleOperator,
	"push-connector":               clm.RoleOperator,
	"roll-back-push":               clm.RoleOperator,
	"list-communication-profiles":  clm.RoleViewer,
	"get-communication-profile":    clm.RoleViewer,
	"get-trust-bundle":             clm.RoleViewer,
	"create-communication-profile": clm.RoleOperator,
	"update-communication-profile": clm.RoleOperator,
	"delete-communication-profile": clm.RoleOperator,
	"list-internet-gateways":       clm.RoleViewer,
	"get-internet-gateway":         clm.RoleViewer,
	"create-internet-gateway":      clm.RoleOperator,
	"update-internet-gateway":      clm.RoleOperator,
	"delete-internet-gateway":      clm.RoleOperator,
	"refresh-internet-gateway":     clm.RoleOperator,
	"list-credentials":             clm.RoleViewer,
	"get-credential":               clm.RoleViewer,
	"create-credential":            clm.RoleOperator,
	"update-credential":            clm.RoleOperator,
	"delete-credential":            clm.RoleOperator,
	"list-approval-policies":       clm.RoleViewer,
	"get-approval-policy":          clm.RoleViewer,
	"create-approval-policy":       clm.RoleAdministrator,
	"update-approval-policy":       clm.RoleAdministrator,
	"delete-approval-policy":       clm.RoleAdministrator,
	"list-work-orders":             clm.RoleViewer,
	"get-work-order":               clm.RoleViewer,
	decideWorkOrder:                clm.RoleViewer, // the verb has the cell that counts
	decideWorkOrder + " approve":   clm.RoleApprover,
	decideWorkOrder + " reject":    clm.RoleApprover,
	decideWorkOrder + " implement": clm.RoleOperator,
	decideWorkOrder + " cancel":    clm.RoleOperator,
	"get-push-validation-report":   clm.RoleViewer,
	"list-audit-events":            clm.RoleViewer,
	"list-background-work":         clm.RoleViewer,
	"get-principal":                clm.RoleViewer,
	"create-enrolment-token":       clm.RoleOperator,
	"list-agents":                  clm.RoleViewer,
	"get-agent":                    clm.RoleViewer,
	"revoke-agent":                 clm.RoleOperator,
	"renew-agents":                 clm.RoleOperator,
	"enrol-agent":                  clm.RoleEnrolling,
	"renew-agent-certificate":      clm.RoleAgent,
	"check-in-agent":               clm.RoleAgent,
	"wait-for-step":                clm.RoleAgent,
	"report-step":                  clm.RoleAgent,

	"check-in-internet-gateway":          clm.RoleInternetGateway,
	"renew-internet-gateway-certificate": clm.RoleInternetGateway,

	"list-access-tokens":  clm.RoleAdministrator,
	"get-access-token":    clm.RoleAdministrator,
	"create-access-token": clm.RoleAdministrator,
	"revoke-access-token": clm.RoleAdministrator,
	"delete-access-token": clm.RoleAdministrator,
}

// NeededRoles is a copy of the table, for whoever describes or tests it.
func NeededRoles() map[string]clm.Role { return maps.Clone(needed) }

// denied is the problem of a principal whose role is not enough, nil where it is.
func denied(by clm.Principal, operation string) *api.Problem {
	role, known := needed[operation]
	switch {
	case !known:
		return api.NewProblem(api.CodeDenied, "", operation+": nobody may do this", "")
	case by.Role.May(role):
		return nil
	}
	hint := fmt.Sprintf("use an access token with the role %s; an administrator makes one with terraform-provider-clm token create", role)
	if role.OfMachine() {
		hint = "this is for terraform-provider-clm agent and internet-gateway alone"
	}
	return api.NewProblem(api.CodeDenied, "",
		fmt.Sprintf("principal %s has the role %s, and %s needs the role %s", by.Name, by.Role, operation, role),
		hint)
}

// authorized asks the table before anything of a request's body is read.
func authorized(ctx huma.Context, next func(huma.Context)) {
	operation := ctx.Operation().OperationID
	noted(ctx.Context()).Operation = operation
	if refusal := denied(principal(ctx.Context()), operation); refusal != nil {
		_, w := humago.Unwrap(ctx)
		refusal.Answer(w)
		return
	}
	next(ctx)
}
