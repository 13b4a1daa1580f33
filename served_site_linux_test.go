package main_test

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"strings"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/servers"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/sshd"
)

const renewedOnServer = labRoot + `
variable "ssh_key" {
  type      = string
  sensitive = true
  ephemeral = true
  default   = null
}

variable "store_password" {
  type      = string
  sensitive = true
  ephemeral = true
  default   = null
}

resource "clm_certificate" "shop" {
  name                  = "shop"
  issuer_id             = clm_root_certificate.lab.id
  dns_names             = [NAMES]
  validity_period_hours = 2160
  renewal_trigger       = "TRIGGER"
}

DEVICE

resource "clm_connector" "shop" {
  name           = "shop"
  certificate_id = clm_certificate.shop.id
  device_id      = clm_device.site.id
  file_system    = { FILES }
  push           = { PUSH }
  verify         = { addresses = ["ADDRESS"], protocol = "PROTOCOL" }
}

output "root" { value = clm_root_certificate.lab.certificate_pem }
output "fingerprint" { value = clm_certificate.shop.fingerprint_sha256 }
`

const siteInFolder = `
resource "clm_device" "site" {
  name  = "site"
  local = { root_directory = "/" }
}
`

const siteOverSSH = `
resource "clm_credential" "deploy" {
  name = "deploy"
  ssh  = { username = "USER", private_key_wo = var.ssh_key, private_key_wo_version = 1 }
}

resource "clm_device" "site" {
  name = "site"
  ssh = {
    host          = "127.0.0.1"
    port          = PORT
    credential_id = clm_credential.deploy.id
    host_key      = "HOSTKEY"
    sudo          = true
  }
}
`

// servedSite is a server that runs, and the workspace whose applies it gets certificates
// from.
type servedSite struct {
	*clmtest.Workspace
	t                 *testing.T
	address, protocol string
	values            []string
}

// newServedSite has a connector put files, as its file_system names them, into a
// folder.
func newServedSite(t *testing.T, address, protocol, folder, files string) *servedSite {
	t.Helper()
	s := &servedSite{Workspace: clmtest.NewWorkspace(t, clmtest.NewestCLI(t)), t: t, address: address, protocol: protocol}
	s.Env = []string{"TF_VAR_store_password=" + storePassword}
	s.values = []string{"FILES", fmt.Sprintf("directory = %q, ", folder) + files, "ADDRESS", address, "PROTOCOL", protocol}
	return s
}

// with sets the device, and what the connector says about pushes.
func (s *servedSite) with(device, push string) {
	s.values = append(s.values, "DEVICE", device, "PUSH", push)
}

// reached has the server's machine be one that is reached by SSH alone.
func (s *servedSite) reached(name string) (device string) {
	s.t.Helper()
	user, err := sshd.NewUser(name)
	must(0, err)(s.t)
	s.t.Cleanup(user.Remove)
	must(0, user.LetSudo())(s.t)
	server := sshd.Start(s.t, []*sshd.User{user}, sshd.ExternalSFTP)
	s.Env = append(s.Env, "TF_VAR_ssh_key="+string(user.Key))
	return strings.NewReplacer("USER", user.Name, "PORT", fmt.Sprint(server.Port), "HOSTKEY", strings.TrimSpace(server.HostKey)).Replace(siteOverSSH)
}

// shellWords are a command as a shell takes it.
func shellWords(command []string) string {
	quoted := make([]string, len(command))
	for i, word := range command {
		quoted[i] = "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
	}
	return strings.Join(quoted, " ")
}

func (s *servedSite) configure(names, trigger string) {
	values := append([]string{"NAMES", names, "TRIGGER", trigger}, s.values...)
	s.Write("main.tf", exampleVersions+strings.NewReplacer(values...).Replace(renewedOnServer))
}

// applied is the fingerprint of the certificate after an apply.
func (s *servedSite) applied() string {
	s.t.Helper()
	s.Apply()
	return strings.TrimSpace(s.Run("output", "-raw", "fingerprint"))
}

// served is the fingerprint of what openssl gets from the server, and verifies.
func (s *servedSite) served() string {
	s.t.Helper()
	s.Write("root.pem", s.Run("output", "-raw", "root"))
	args := []string{"s_client", "-connect", s.address, "-CAfile", "root.pem", "-verify_return_error", "-verify_hostname", "shop.example.com"}
	if starttls := map[string]string{"smtp": "smtp", "imap": "imap", "postgresql": "postgres"}[s.protocol]; starttls != "" {
		args = append(args, "-starttls", starttls)
	}
	s.Write("served.pem", clmtest.OpenSSL(s.t, s.Dir, args...))
	out := clmtest.OpenSSL(s.t, s.Dir, "x509", "-in", "served.pem", "-noout", "-fingerprint", "-sha256")
	_, fingerprint, _ := strings.Cut(strings.TrimSpace(out), "=")
	return strings.ToLower(strings.ReplaceAll(fingerprint, ":", ""))
}

// client connects all the time, and trusts the root of the estate alone.
func (s *servedSite) client() *servers.Client {
	s.t.Helper()
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM([]byte(s.Run("output", "-raw", "root"))) {
		s.t.Fatal("the root is no certificate")
	}
	return servers.Connect(s.t, s.address, s.protocol, &tls.Config{RootCAs: roots, ServerName: "shop.example.com"})
}
