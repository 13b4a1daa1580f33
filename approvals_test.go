package main_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
)

const needsTwo = labShop + `
resource "clm_device" "web" {
  name  = "web-1"
  local = { root_directory = "${abspath(path.root)}/devices/web-1" }
}

resource "clm_approval_policy" "two" {
  name = "two"
}

resource "clm_connector" "shop" {
  name           = "shop"
  certificate_id = clm_certificate.shop.id
  device_id      = clm_device.web.id
  file_system    = { directory = "etc/tls", certificate_file = "shop.crt", key_file = "shop.key" }
  push           = { approval_policy_id = clm_approval_policy.two.id, comments = "CHG-1234" }
}

data "clm_work_orders" "open" {
  connector_id = clm_connector.shop.id
  status       = "pending_approval"
}

output "order" { value = clm_connector.shop.work_order_id }
output "status" { value = clm_connector.shop.work_order_status }
`

const approvesIt = `
variable "order" { type = string }

resource "clm_work_order_approval" "mine" {
  work_order_id = var.order
  comments      = "looked at it"
}

output "level" { value = clm_work_order_approval.mine.level }
`

// approver is somebody else at the same estate, with a configuration of their own.
func approver(t *testing.T, at *clmtest.Workspace, place *clmtest.Place, name string) *clmtest.Workspace {
	t.Helper()
	w := clmtest.NewWorkspace(t, at.CLI)
	w.Write("main.tf", exampleVersions+approvesIt)
	order := strings.TrimSpace(at.Run("output", "-raw", "order"))
	w.Env = append(place.As(name, "approver"), "TF_VAR_order="+order)
	w.Init()
	return w
}

// An apply over a push that people have to agree to succeeds and says what it waits
// for; the next plan is empty until somebody acts. Two others agree, each with a
// configuration of their own, and the last has it pushed.
func TestApprovalsByResources(t *testing.T) {
	t.Parallel()
	inEachWay(t, clmtest.CLIs(t), func(t *testing.T, way clmtest.Way, cli string) {
		w := clmtest.NewWorkspace(t, cli)
		w.Write("main.tf", exampleVersions+needsTwo)
		w.Write("devices/web-1/.keep", "")
		place := way.Begin(t, w)
		w.Init()
		out := w.Apply()
		if !strings.Contains(oneLine(out), "waits for approval 1 of 2") {
			t.Errorf("the apply does not say what it waits for:\n%s", out)
		}
		w.PlanEmpty()
		placed := filepath.Join(w.Dir, "devices/web-1/etc/tls/shop.crt")
		if _, err := os.Stat(placed); !os.IsNotExist(err) {
			t.Fatalf("it was pushed without approvals: %v", err)
		}
		self := approver(t, w, place, "ci")
		if out, err := self.Try("apply", "-no-color", "-input=false", "-auto-approve"); err == nil || !strings.Contains(oneLine(out), ":ci asked for it, and cannot approve it") {
			t.Errorf("the requester approves: %v\n%s", err, out)
		}
		ann := approver(t, w, place, "ann")
		ann.Apply()
		ann.PlanEmpty()
		w.PlanEmpty()
		bob := approver(t, w, place, "bob")
		bob.Apply()
		if level := strings.TrimSpace(bob.Run("output", "-raw", "level")); level != "2" {
			t.Errorf("bob's approval has the level %s", level)
		}
		bob.PlanEmpty()
		clmtest.OpenSSL(t, w.Dir, "x509", "-in", placed, "-noout", "-checkhost", "shop.example.com")
		w.Apply()
		if status := strings.TrimSpace(w.Run("output", "-raw", "status")); status != "completed" {
			t.Errorf("the work order is %s", status)
		}
		w.PlanEmpty()
	})
}

// oneLine is what a CLI says, without its frame and line breaks.
func oneLine(out string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(out, "│", "")), " ")
}
