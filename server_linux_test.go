package main_test

import (
	"bytes"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/servers"
)

const onAServer = `
resource "clm_root_certificate" "lab" {
  name                = "lab"
  self_signed         = { subject = { common_name = "Lab Root" }, validity_period_hours = 87600 }
  deletion_protection = false
}

resource "clm_certificate" "shop" {
  name                  = "shop"
  issuer_id             = clm_root_certificate.lab.id
  dns_names             = [NAMES]
  validity_period_hours = 2160
}

resource "clm_device" "web" {
  name  = "web-1"
  local = { root_directory = "FOLDER" }
}

resource "clm_connector" "shop_web" {
  name           = "shop-web-1"
  certificate_id = clm_certificate.shop.id
  device_id      = clm_device.web.id
  file_system = {
    directory        = "tls"
    certificate_file = "shop.crt"
    key_file         = "shop.key"
    chain_file       = "chain.crt"
  }
  push = { post_script = { inline = "SCRIPT", repeatable = true } }
}
`

// team is a workspace that works with a server, by a token.
type team struct {
	*clmtest.Workspace
	server *servers.CLM
	folder string // of the device
	token  string
}

func newTeam(t *testing.T) *team {
	t.Helper()
	return newTeamAt(t, servers.StartCLM(t, clmtest.Binary(t), "--allow-local-devices"))
}

func newTeamAt(t *testing.T, s *servers.CLM) *team {
	t.Helper()
	w := &team{Workspace: clmtest.NewWorkspace(t, clmtest.NewestCLI(t)), server: s, folder: t.TempDir(), token: s.Token(t, "ci", "operator")}
	w.as(w.token)
	w.configure(`"shop.example.com"`, "true")
	w.Init()
	return w
}

func (w *team) as(token string) {
	w.Env = append(w.server.Reach(), "CLM_TOKEN="+token)
}

func (w *team) configure(names, script string) {
	w.Write("main.tf", exampleVersions+strings.NewReplacer("NAMES", names, "FOLDER", w.folder, "SCRIPT", script).Replace(onAServer))
}

// refuses runs a command of the CLI that must fail, saying these words.
func (w *team) refuses(t *testing.T, command string, words ...string) {
	t.Helper()
	args := []string{command, "-no-color", "-input=false"}
	if command == "apply" {
		args = append(args, "-auto-approve")
	}
	out, err := w.Try(args...)
	for _, word := range words {
		if err == nil || !strings.Contains(oneLine(out), word) {
			t.Errorf("%s ends with %v and does not say %q:\n%s", command, err, word, out)
		}
	}
}

// The configuration of an embedded estate works on a server unchanged, and nothing is
// kept beside it.
func TestTerraformOnAServer(t *testing.T) {
	t.Parallel()
	w := newTeam(t)
	w.Apply()
	w.PlanEmpty()
	clmtest.OpenSSL(t, filepath.Join(w.folder, "tls"), "verify", "-CAfile", "chain.crt", "-verify_hostname", "shop.example.com", "shop.crt")
	if _, err := os.Stat(filepath.Join(w.Dir, ".clm")); !os.IsNotExist(err) {
		t.Errorf("there is an estate beside the configuration: %v", err)
	}
	w.configure(`"shop.example.com", "www.example.com"`, "true")
	w.Apply()
	w.PlanEmpty()
	clmtest.OpenSSL(t, filepath.Join(w.folder, "tls"), "verify", "-CAfile", "chain.crt", "-verify_hostname", "www.example.com", "shop.crt")
	w.witnessed(t)
}

// witnessed has curl ask the server: with its CA alone, and with a token alone.
func (w *team) witnessed(t *testing.T) {
	t.Helper()
	curl := func(args ...string) (string, error) {
		out, err := exec.CommandContext(t.Context(), "curl", append([]string{"--silent", "--show-error", "--noproxy", "*"}, args...)...).CombinedOutput()
		return string(out), err
	}
	bearer := []string{"--header", "Authorization: Bearer " + w.token}
	out, err := curl(append(bearer, "--cacert", w.server.CAFile, w.server.Endpoint+"/v1/certificates")...)
	if err != nil || !strings.Contains(out, `"www.example.com"`) {
		t.Errorf("curl: %v\n%s", err, out)
	}
	if out, err := curl(append(bearer, w.server.Endpoint+"/v1/certificates")...); err == nil || !strings.Contains(out, "certificate") {
		t.Errorf("without the CA curl is answered: %v\n%s", err, out)
	}
	out, err = curl("--cacert", w.server.CAFile, "--include", w.server.Endpoint+"/v1/certificates")
	if err != nil || !strings.Contains(out, " 401 ") || !strings.Contains(strings.ToLower(out), "www-authenticate: bearer") || strings.Contains(out, "shop") {
		t.Errorf("without a token curl is answered: %v\n%s", err, out)
	}
}

// Who may push does not own the machine the server runs on, unless whoever runs it says so.
func TestAnOperatorDoesNotReachTheServersMachine(t *testing.T) {
	t.Parallel()
	w := newTeamAt(t, servers.StartCLM(t, clmtest.Binary(t)))
	w.refuses(t, "apply", `Device "web-1" is a folder of the server's own machine`, "--allow-local-devices")
	left, err := os.ReadDir(w.folder)
	if must(0, err)(t); len(left) > 0 {
		t.Errorf("the folder has %v", left)
	}
}

// Whatever stands between a configuration and a server is told once, by name, with what
// to do.
func TestWhatKeepsTerraformFromAServer(t *testing.T) {
	t.Parallel()
	w := newTeam(t)
	w.as(w.server.Token(t, "reader", "viewer"))
	w.refuses(t, "apply", "token:reader has the role viewer", "needs the role operator", "terraform-provider-clm token create")
	w.as("clm_nonsense")
	w.refuses(t, "plan", "Cannot work with the server at "+w.server.Endpoint, "This is no access token")
	w.as(w.token)
	w.Apply()
	w.server.Command(t, "token", "revoke", "ci")
	w.refuses(t, "plan", `Access token "ci" was revoked at`, "Ask an administrator for another one")
	w.as(w.server.Token(t, "ci-2", "operator"))
	w.PlanEmpty()

	other := servers.StartCLM(t, clmtest.Binary(t))
	w.Env[1] = "CLM_CA_FILE=" + other.CAFile
	w.refuses(t, "plan", "shows a certificate that is not trusted here", "CLM_CA_FILE", "server-ca.pem")
	w.Env[1] = "CLM_CA_FILE=" + w.server.CAFile
	w.Env = append(w.Env, "CLM_DATA_DIR=here")
	w.refuses(t, "plan", "An embedded backend and a server")
	w.Env = w.Env[:3]
	w.server.Stop(t)
	w.refuses(t, "plan", "does not answer", "CLM_ENDPOINT")
}

// The token is in no state, no plan, no log and no estate.
func TestTheTokenIsNowhere(t *testing.T) {
	t.Parallel()
	w := newTeam(t)
	w.Env = append(w.Env, "TF_LOG=TRACE", "TF_LOG_PATH="+filepath.Join(w.Dir, "trace.log"))
	printed := w.Plan("-out=made.tfplan") + w.Apply() + w.Plan("-out=done.tfplan")
	w.server.Command(t, "verify-audit")
	all := map[string][]byte{"output": []byte(printed), "the server's log": []byte(w.server.Log())}
	for _, name := range []string{"made.tfplan", "done.tfplan", "terraform.tfstate", "trace.log"} {
		maps.Copy(all, artefactsOf(t, name, filepath.Join(w.Dir, name)))
	}
	maps.Copy(all, artefactsOf(t, "clm.db", filepath.Join(w.server.DataDir, "clm.db")))
	if len(all["trace.log"]) < 10000 || !bytes.Contains(all["the server's log"], []byte(`"principal":"token:ci"`)) || len(all) < 20 {
		t.Fatalf("%d artefacts, a trace of %d bytes, and the server's log\n%s", len(all), len(all["trace.log"]), w.server.Log())
	}
	for name, content := range all {
		if at := bytes.Index(content, []byte(w.token[4:])); at >= 0 {
			t.Errorf("the token is in %s, after %q", name, content[max(0, at-80):at])
		}
	}
}

// A server that is told to stop in the middle of a push finishes it, and the apply that
// waits for it; started again, it has nothing left to do.
func TestAServerFinishesAPushBeforeItStops(t *testing.T) {
	t.Parallel()
	w := newTeam(t)
	signs := t.TempDir()
	begun, release := filepath.Join(signs, "begun"), filepath.Join(signs, "release")
	w.configure(`"shop.example.com"`, "touch "+begun+"; until test -e "+release+"; do sleep 0.1; done")
	apply := w.Command(w.CLI, "apply", "-no-color", "-input=false", "-auto-approve")
	var out bytes.Buffer
	apply.Stdout, apply.Stderr = &out, &out
	must(0, apply.Start())(t)
	servers.Await(t, "push", func() bool { _, err := os.Stat(begun); return err == nil })
	w.server.Terminate(t)
	must(0, os.WriteFile(release, nil, 0o600))(t)
	if err := apply.Wait(); err != nil || !strings.Contains(out.String(), "clm_connector.shop_web: Creation complete") {
		t.Errorf("the apply: %v\n%s\nand the server\n%s", err, out.String(), w.server.Log())
	}
	if exit := w.server.Ended(t); exit != 0 || !strings.Contains(w.server.Log(), `"msg":"stopped"`) {
		t.Errorf("the server ended with %d\n%s", exit, w.server.Log())
	}
	clmtest.OpenSSL(t, filepath.Join(w.folder, "tls"), "verify", "-CAfile", "chain.crt", "shop.crt")
	w.server = w.server.Again(t)
	w.PlanEmpty()
}
