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

const servedOverSSH = sshKeyVariable + labRoot + `
resource "clm_certificate" "shop" {
  name                  = "shop"
  issuer_id             = clm_root_certificate.lab.id
  dns_names             = [NAMES]
  validity_period_hours = 2160
}

resource "clm_credential" "deploy" {
  name = "deploy"
  ssh = {
    username               = "USER"
    private_key_wo         = var.ssh_key
    private_key_wo_version = 1
  }
}

resource "clm_device" "web" {
  name = "web-1"
  ssh = {
    host          = "127.0.0.1"
    port          = PORT
    credential_id = clm_credential.deploy.id
    host_key      = "HOSTKEY"
    sudo          = true
  }
}

resource "clm_connector" "shop_web" {
  name           = "shop-web-1"
  certificate_id = clm_certificate.shop.id
  device_id      = clm_device.web.id

  file_system = {
    directory        = "FOLDER"
    certificate_file = "shop.crt"
    key_file         = "shop.key"
  }

  push = {
    overwrite   = true
    post_script = { inline = "SCRIPT", repeatable = true }
  }

  verify = { addresses = ["ADDRESS"] }
}

output "fingerprint" { value = clm_certificate.shop.fingerprint_sha256 }
`

// overSSH is a web server on a machine that is reached through SSH alone.
type overSSH struct {
	*clmtest.Workspace
	t      *testing.T
	nginx  *servers.Nginx
	folder string
	values []string
}

func newOverSSH(t *testing.T, cli string) *overSSH {
	t.Helper()
	user, err := sshd.NewUser("web")
	must(0, err)(t)
	t.Cleanup(user.Remove)
	must(0, user.LetSudo())(t)
	server := sshd.Start(t, []*sshd.User{user}, sshd.ExternalSFTP)
	folder := filepath.Join(t.TempDir(), "tls")
	must(0, os.Mkdir(folder, 0o755))(t)
	s := &overSSH{Workspace: clmtest.NewWorkspace(t, cli), t: t, folder: folder, nginx: nginxWithAny(t, folder)}
	s.Env = []string{"TF_VAR_ssh_key=" + string(user.Key)}
	s.values = []string{
		"USER", user.Name, "PORT", fmt.Sprint(server.Port), "HOSTKEY", strings.TrimSpace(server.HostKey), "FOLDER", folder, "ADDRESS", s.nginx.Address,
	}
	return s
}

func (s *overSSH) configure(names, script string) {
	s.Write("main.tf", exampleVersions+strings.NewReplacer(append([]string{"NAMES", names, "SCRIPT", script}, s.values...)...).Replace(servedOverSSH))
}

// served is the fingerprint of what openssl gets from the server.
func (s *overSSH) served() string {
	s.t.Helper()
	return fingerprintAt(s.t, s.Workspace, s.nginx.Address)
}

// A certificate reaches a server through SSH, is taken in, and is seen to be served;
// where the server does not take it in, the one of before is served on.
func TestPushOverSSH(t *testing.T) {
	t.Parallel()
	inEachWay(t, newestCLI(t), func(t *testing.T, way clmtest.Way, cli string) {
		s := newOverSSH(t, cli)
		way.Begin(t, s.Workspace)
		stop := filepath.Join(t.TempDir(), "stop")
		script := "{ test $CLM_STEP = restore || test ! -e " + stop + "; } && " + strings.Join(s.nginx.ReloadCommand, " ")
		s.configure(`"shop.example.com"`, script)
		s.Init()
		s.Apply()
		first := s.served()
		if want := strings.TrimSpace(s.Run("output", "-raw", "fingerprint")); first != want {
			t.Fatalf("%s is served, want %s", first, want)
		}
		s.PlanEmpty()

		must(0, os.WriteFile(stop, nil, 0o600))(t)
		s.configure(`"shop.example.com", "www.example.com"`, script)
		out, err := s.Try("apply", "-no-color", "-input=false", "-auto-approve")
		if err == nil || !strings.Contains(oneLine(out), "what was there before is back, and was taken in") {
			t.Errorf("a failing script: %v\n%s", err, out)
		}
		if now := s.served(); now != first {
			t.Errorf("after a push that failed, %s is served, want %s", now, first)
		}

		must(0, os.Remove(stop))(t)
		s.Apply()
		second := s.served()
		if want := strings.TrimSpace(s.Run("output", "-raw", "fingerprint")); second != want || second == first {
			t.Errorf("%s is served, want %s", second, want)
		}
		s.PlanEmpty()
	})
}
