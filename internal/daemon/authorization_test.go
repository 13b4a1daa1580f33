package daemon_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/server"
)

// lowest says once more, apart from the server's table, which role an operation needs.
var lowest = map[clm.Role]string{
	clm.RoleViewer: `
		list-root-certificates get-root-certificate get-rollout preview-root-certificate list-devices get-device list-certificates get-certificate
		get-sync-status get-topology preview-certificate get-revocation-list list-connectors get-connector list-communication-profiles
		get-communication-profile get-trust-bundle list-internet-gateways get-internet-gateway list-credentials get-credential
		list-approval-policies get-approval-policy list-work-orders get-work-order get-push-validation-report list-audit-events list-background-work get-principal
		list-agents get-agent`,
	clm.RoleOperator: `
		create-enrolment-token revoke-agent renew-agents
		create-root-certificate update-root-certificate advance-root-certificate transit-root-certificate create-device update-device delete-device
		check-in-device put-receipt create-certificate update-certificate revoke-certificate release-certificate delete-certificate
		create-connector update-connector delete-connector push-connector roll-back-push create-communication-profile
		update-communication-profile delete-communication-profile create-internet-gateway update-internet-gateway delete-internet-gateway
		refresh-internet-gateway create-credential update-credential delete-credential
		decide-work-order:implement decide-work-order:cancel`,
	clm.RoleApprover: `decide-work-order:approve decide-work-order:reject`,
	clm.RoleAdministrator: `
		delete-root-certificate export-private-key create-approval-policy update-approval-policy delete-approval-policy
		list-access-tokens get-access-token create-access-token revoke-access-token delete-access-token`,
	clm.RoleAgent:     `renew-agent-certificate check-in-agent wait-for-step report-step`,
	clm.RoleEnrolling: `enrol-agent`,

	clm.RoleInternetGateway: `check-in-internet-gateway renew-internet-gateway-certificate`,
}

// enough are the roles that may do what needs one of them.
var enough = map[clm.Role][]clm.Role{
	clm.RoleViewer:        {clm.RoleViewer, clm.RoleOperator, clm.RoleApprover, clm.RoleAdministrator},
	clm.RoleOperator:      {clm.RoleOperator, clm.RoleAdministrator},
	clm.RoleApprover:      {clm.RoleApprover, clm.RoleAdministrator},
	clm.RoleAdministrator: {clm.RoleAdministrator},
	clm.RoleAgent:         {clm.RoleAgent},
	clm.RoleEnrolling:     {clm.RoleEnrolling},

	clm.RoleInternetGateway: {clm.RoleInternetGateway},
}

// route is one request of the matrix.
type route struct {
	operation, method, path, body string
	needs                         clm.Role
}

// routes are those of the OpenAPI document, each with its row of the table.
func routes(t *testing.T) (all []route) {
	t.Helper()
	needs := map[string]clm.Role{}
	for role, operations := range lowest {
		for _, operation := range strings.Fields(operations) {
			needs[operation] = role
		}
	}
	for _, r := range published(t) {
		r.needs = needs[r.operation]
		if r.needs == "" {
			t.Errorf("%s %s (%s) is new: say in the table who may do it", r.method, r.path, r.operation)
		}
		delete(needs, r.operation)
		all = append(all, r)
	}
	if len(needs) > 0 {
		t.Errorf("the table tells of what there is no route for: %v", needs)
	}
	return append(all, route{"metrics", http.MethodGet, "/metrics", "", clm.RoleViewer}, route{"openapi", http.MethodGet, "/openapi.json", "", clm.RoleViewer})
}

// published are the routes the server says it has; a decision is one for each verb.
func published(t *testing.T) (all []route) {
	t.Helper()
	text, err := server.OpenAPI("test")
	must(t, err)
	var d struct {
		Paths map[string]map[string]struct{ OperationID string }
	}
	must(t, json.Unmarshal(text, &d))
	for path, operations := range d.Paths {
		for method, operation := range operations {
			r := route{operation: operation.OperationID, method: strings.ToUpper(method), path: strings.ReplaceAll(path, "{ref}", "nobody"), body: "{}"}
			if r.operation != "decide-work-order" {
				all = append(all, r)
				continue
			}
			for _, verb := range []string{"approve", "reject", "implement", "cancel"} {
				all = append(all, route{operation: r.operation + ":" + verb, method: r.method, path: r.path, body: fmt.Sprintf(`{"verb":%q}`, verb)})
			}
		}
	}
	return all
}

// Every kind of principal against every route, through TLS: who is not known is not let
// in, whose role is not enough is told which is, and everybody else is answered by the
// operation.
func TestAuthorizationMatrix(t *testing.T) {
	t.Parallel()
	w, all := newPeople(t), routes(t)
	if cells := len(w.callers) * len(all); cells < 15*70 {
		t.Errorf("the matrix has %d cells", cells)
	}
	t.Run("cells", func(t *testing.T) {
		for _, who := range w.callers {
			t.Run(who.kind, func(t *testing.T) {
				t.Parallel()
				for _, r := range all {
					w.holds(t, who, r)
				}
			})
		}
	})
	if left, err := w.estate.Devices(t.Context()); err != nil || len(left) != 2 {
		t.Errorf("the matrix has made %v, %v", left, err)
	}
}

// holds checks one cell.
func (w *people) holds(t *testing.T, who caller, r route) {
	t.Helper()
	resp, p := w.ask(t, who, r)
	switch {
	case who.shut:
		if resp != nil {
			t.Errorf("%s: answered %s where no connection should be", r.operation, resp.Status)
		}
	case resp == nil:
		t.Errorf("%s: not answered", r.operation)
	case r.needs == clm.RoleEnrolling && (who.kind == "nobody" || who.role == clm.RoleInternetGateway): // for whom it relays; the token is in the body, and the body is empty
		if resp.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("%s: answered %s: %s", r.operation, resp.Status, p.Error())
		}
	case who.role == "":
		if resp.StatusCode != http.StatusUnauthorized || p.Code != api.CodeDenied || !strings.HasPrefix(resp.Header.Get("WWW-Authenticate"), "Bearer") {
			t.Errorf("%s: answered %s: %s", r.operation, resp.Status, p.Error())
		}
	case !slices.Contains(enough[r.needs], who.role):
		needs := "needs the role " + string(r.needs)
		if verb := strings.HasPrefix(r.operation, "decide-work-order:"); verb && who.role.OfMachine() {
			needs = "needs the role viewer" // it does not come as far as the verb
		}
		if resp.StatusCode != http.StatusForbidden || !strings.Contains(p.Detail, needs) {
			t.Errorf("%s: answered %s: %s, want one that %s", r.operation, resp.Status, p.Error(), needs)
		}
	case resp.StatusCode == http.StatusUnauthorized, resp.StatusCode == http.StatusForbidden, resp.StatusCode >= http.StatusInternalServerError:
		t.Errorf("%s: refused with %s: %s", r.operation, resp.Status, p.Error())
	}
}

// ask is what a route is answered with; nil when there is no connection to ask through.
func (w *people) ask(t *testing.T, who caller, r route) (*http.Response, api.Problem) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), r.method, "https://"+w.Address()+r.path, strings.NewReader(r.body))
	must(t, err)
	req.Header.Set("Content-Type", "application/json")
	if who.secret != "" {
		req.Header.Set("Authorization", "Bearer "+who.secret)
	}
	var p api.Problem
	resp, err := who.client.Do(req)
	if err != nil { // an alert of TLS, or the end of a connection that was not waited for
		return nil, p
	}
	defer resp.Body.Close()
	content, err := io.ReadAll(resp.Body)
	must(t, err)
	if resp.StatusCode >= http.StatusBadRequest {
		must(t, json.Unmarshal(content, &p))
	}
	return resp, p
}
