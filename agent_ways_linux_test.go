package main_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/servers"
)

const edgeByAgent = `
data "clm_root_certificate" "server" {
  name = "clm-server"
}

resource "clm_communication_profile" "edge" {
  name                 = "edge"
  root_certificate_ids = [data.clm_root_certificate.server.id, clm_root_certificate.lab.id]
  check_in_interval    = "1s"
  trust_store          = { directory = "etc/trust", bundle_file = "ca.pem" }
}

resource "clm_device" "edge" {
  name                     = "edge-1"
  communication_profile_id = clm_communication_profile.edge.id
  agent                    = {}
}
`

const shopByAgent = `
resource "clm_connector" "shop" {
  name           = "shop"
  certificate_id = clm_certificate.shop.id
  device_id      = clm_device.edge.id
  file_system    = { format = "pem", directory = "etc/shop", certificate_file = "tls.crt", key_file = "tls.key" }
  push           = { post_script = { inline = "cp ROOT/etc/shop/tls.crt ROOT/reloaded", repeatable = true } }
}
`

// A device's agent carries out what Terraform pushes in each way: whoever has the estate
// embedded queues the steps, and a server beside it on the same estate hands them out.
func TestPushByAnAgentInEachWay(t *testing.T) {
	t.Parallel()
	inEachWay(t, newestCLI(t), func(t *testing.T, way clmtest.Way, cli string) {
		w := clmtest.NewWorkspace(t, cli)
		place := way.Begin(t, w)
		agent := servers.NewAgent(t, place.Server(t))
		w.Write("main.tf", exampleVersions+labShop+edgeByAgent)
		w.Init()
		w.Apply()
		token := place.Keep("enrolment-token", "create", "--device", "edge-1")
		must(0, os.WriteFile(agent.TokenFile, []byte(token), 0o600))(t)
		agent.Start(t)
		servers.Await(t, "trust on the device", func() bool {
			_, err := os.Stat(filepath.Join(agent.Root, "etc/trust/ca.pem"))
			return err == nil
		})
		w.Write("shop.tf", strings.ReplaceAll(shopByAgent, "ROOT", agent.Root))
		w.Apply()
		clmtest.OpenSSL(t, agent.Root, "verify", "-CAfile", "etc/trust/ca.pem", "reloaded")
		w.PlanEmpty()
		for _, step := range []string{"preflight", "install", "observe", "run", "settle"} {
			if !strings.Contains(agent.Log(), `"kind":"`+step+`","outcome":"done"`) {
				t.Errorf("the agent did not %s:\n%s", step, agent.Log())
			}
		}
		if out := place.Keep("verify-audit"); !strings.Contains(out, "unbroken") {
			t.Errorf("the trail: %s", out)
		}
	})
}
