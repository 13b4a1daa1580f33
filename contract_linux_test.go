package main_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/servers"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/sshd"
)

// Everything that can be said of a machine and of a push to it, at once.
const allSaid = sshKeyVariable + labShop + `
resource "clm_credential" "deploy" {
  name = "deploy"
  ssh  = { username = "USER", private_key_wo = var.ssh_key, private_key_wo_version = 1 }
}

resource "clm_device" "edge" {
  name        = "edge-1"
  data_center = "fra1"
  group       = "edge"
  vendor      = "nginx"
  ssh = {
    host            = "127.0.0.1"
    port            = PORT
    credential_id   = clm_credential.deploy.id
    host_key        = "HOSTKEY"
    host_key_policy = "pinned"
    sudo            = true
  }
}

resource "clm_approval_policy" "two" {
  name          = "two-level"
  levels        = 2
  expires_after = "72h"
}

resource "clm_connector" "edge" {
  name           = "edge-https"
  certificate_id = clm_certificate.shop.id
  device_id      = clm_device.edge.id
  file_system = {
    format           = "pem"
    directory        = "FOLDER"
    certificate_file = "shop.crt"
    key_file         = "shop.key"
    owner            = "root"
    group            = "www-data"
    mode             = "0640"
  }
  push = {
    automatic             = true
    overwrite             = false
    include_chain         = true
    pre_script            = { inline = "echo $CLM_STEP of $CLM_CONNECTOR > LOG" }
    post_script           = { inline = "nginx -t && nginx -s reload" }
    comments              = "CHG-1234"
    approval_policy_id    = POLICY
    manual_implementation = false
    scheduled_at          = null
  }
  verify   = { addresses = ["ADDRESS"], server_name = "shop.example.com" }
  timeouts = { create = "5m", update = "5m" }
}

data "clm_work_orders" "open" {
  status     = "pending_approval"
  depends_on = [clm_connector.edge]
}

output "order" { value = clm_connector.edge.work_order_id }
output "open" { value = join(", ", data.clm_work_orders.open.work_orders[*].comments) }
output "sync" { value = clm_connector.edge.sync_status }
output "root" { value = clm_root_certificate.lab.certificate_pem }
`

// edge is a machine whose nginx has a site without certificate: it serves the site
// from the first reload after somebody has put one there.
type edge struct {
	*clmtest.Workspace
	t                    *testing.T
	place                *clmtest.Place
	address, folder, log string
}

func newEdge(t *testing.T, way clmtest.Way, cli, policy string) *edge {
	t.Helper()
	programs, state := t.TempDir(), t.TempDir()
	e := &edge{
		Workspace: clmtest.NewWorkspace(t, cli), t: t,
		address: servers.Loopback() + ":8443", folder: filepath.Join(state, "tls"), log: filepath.Join(state, "log"),
	}
	nginx := nginxWithAny(t, t.TempDir())
	systemNginx(t, programs, nginx)
	site := fmt.Sprintf("server { listen %s ssl; ssl_certificate %[2]s/shop.crt; ssl_certificate_key %[2]s/shop.key; return 204; }\n", e.address, e.folder)
	must(0, os.WriteFile(filepath.Join(nginx.Conf, "shop.conf"), []byte(site), 0o644))(t)
	user := must(sshd.NewUser(map[bool]string{true: "solo", false: "duo"}[policy == "null"]))(t)
	t.Cleanup(user.Remove)
	must(0, user.LetSudo(programs))(t)
	server := sshd.Start(t, []*sshd.User{user}, sshd.InternalSFTP)
	e.Write("main.tf", exampleVersions+strings.NewReplacer("USER", user.Name, "PORT", fmt.Sprint(server.Port), "HOSTKEY", server.HostKey,
		"FOLDER", e.folder, "LOG", e.log, "ADDRESS", e.address, "POLICY", policy).Replace(allSaid))
	e.Env = []string{"TF_VAR_ssh_key=" + string(user.Key)}
	e.place = way.Begin(t, e.Workspace)
	e.Init()
	return e
}

func (e *edge) output(name string) string {
	e.t.Helper()
	return strings.TrimSpace(e.Run("output", "-raw", name))
}

// untouched holds that nothing ran or was written on the machine.
func (e *edge) untouched() {
	e.t.Helper()
	for _, path := range []string{e.folder, e.log} {
		if _, err := os.Lstat(path); !os.IsNotExist(err) {
			e.t.Errorf("%s was touched: %v", path, err)
		}
	}
}

// served holds that openssl, which knows the root alone, takes what nginx serves, that
// the files belong to whom they should, and that Terraform knows all of it.
func (e *edge) served() {
	e.t.Helper()
	e.Write("root.pem", e.output("root")+"\n")
	clmtest.OpenSSL(e.t, e.Dir, "s_client", "-connect", e.address, "-servername", "shop.example.com",
		"-CAfile", "root.pem", "-verify_hostname", "shop.example.com", "-verify_return_error", "-brief")
	stat, err := e.Exec("stat", "-L", "-c", "%U:%G %a", filepath.Join(e.folder, "shop.key"))
	if strings.TrimSpace(stat) != "root:www-data 640" {
		e.t.Errorf("the key is %s%v", stat, err)
	}
	if said := strings.TrimSpace(read(e.t, e.log)); said != "pre_script of edge-https" {
		e.t.Errorf("the script before said %q", said)
	}
	if sync, open := e.output("sync"), e.output("open"); sync != "in_sync" || open != "" {
		e.t.Errorf("it is %s, and open is %q", sync, open)
	}
	if strings.Contains(e.Read("terraform.tfstate"), "PRIVATE KEY") {
		e.t.Error("a private key is in state")
	}
	e.PlanEmpty()
}

// Without a policy the apply is the approval: a certificate is served as soon as it is
// there.
func TestContract(t *testing.T) {
	t.Parallel()
	inEachWay(t, newestCLI(t), func(t *testing.T, way clmtest.Way, cli string) {
		e := newEdge(t, way, cli, "null")
		e.Apply()
		e.served()
	})
}

// With one, two others agree, each with a configuration of their own, and the last
// has it pushed.
func TestContractWithApprovers(t *testing.T) {
	t.Parallel()
	inEachWay(t, newestCLI(t), func(t *testing.T, way clmtest.Way, cli string) {
		e := newEdge(t, way, cli, "clm_approval_policy.two.id")
		if out := oneLine(e.Apply()); !strings.Contains(out, "waits for approval 1 of 2") || e.output("open") != "CHG-1234" {
			t.Errorf("the apply does not say what it waits for:\n%s", out)
		}
		approver(t, e.Workspace, e.place, "ann").Apply()
		e.PlanEmpty()
		e.untouched()
		approver(t, e.Workspace, e.place, "bob").Apply()
		e.Apply("-refresh-only")
		e.served()
	})
}
