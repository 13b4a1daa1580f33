package main_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/sshd"
)

// A device and its connectors are a module: a CLI takes time for each pair of
// instances where those of one resource refer to those of another.
const (
	pushedToMany = `
variable "keys" {
  type      = map(string)
  sensitive = true
  ephemeral = true
}

variable "trigger" { type = string }

locals { fleet = jsondecode(file("fleet.json")) }

resource "clm_root_certificate" "lab" {
  name                = "lab"
  self_signed         = { subject = { common_name = "Lab Root" }, validity_period_hours = 87600 }
  deletion_protection = false
}

resource "clm_certificate" "shop" {
  name                  = "shop"
  issuer_id             = clm_root_certificate.lab.id
  dns_names             = ["shop.example.com"]
  validity_period_hours = 2160
  renewal_trigger       = var.trigger
}

resource "clm_credential" "of" {
  for_each = toset(values(local.fleet.devices)[*].user)
  name     = each.key
  ssh      = { username = each.key, private_key_wo = var.keys[each.key], private_key_wo_version = 1 }
}

module "device" {
  for_each       = local.fleet.devices
  source         = "./device"
  name           = each.key
  port           = each.value.port
  host_key       = local.fleet.host_key
  credential_id  = clm_credential.of[each.value.user].id
  certificate_id = clm_certificate.shop.id
  directories    = each.value.directories
}

output "fingerprint" { value = clm_certificate.shop.fingerprint_sha256 }
`
	pushedToOne = `
variable "name" {}
variable "port" {}
variable "host_key" {}
variable "credential_id" {}
variable "certificate_id" {}
variable "directories" { type = list(string) }

resource "clm_device" "this" {
  name = var.name
  ssh  = { host = "127.0.0.1", port = var.port, host_key = var.host_key, credential_id = var.credential_id }
}

resource "clm_connector" "this" {
  count          = length(var.directories)
  name           = "${var.name}-${count.index}"
  certificate_id = var.certificate_id
  device_id      = clm_device.this.id
  file_system    = { directory = var.directories[count.index], certificate_file = "shop.crt", key_file = "shop.key" }
  push           = { overwrite = true, post_script = { inline = "true", repeatable = true } }
}
`
)

// sshFleet is what one certificate is pushed to: devices that are users of one server,
// and directories on them.
type sshFleet struct {
	HostKey string                  `json:"host_key"`
	Devices map[string]*fleetDevice `json:"devices"` // by name

	server *sshd.Server
	users  []*sshd.User
	top    string
}

type fleetDevice struct {
	User        string   `json:"user"`
	Port        int64    `json:"port"`
	Directories []string `json:"directories"`
	user        *sshd.User
}

// newSSHFleet is a server with so many users, and no devices yet.
func newSSHFleet(b *testing.B, users int) *sshFleet {
	b.Helper()
	f := &sshFleet{Devices: map[string]*fleetDevice{}, top: b.TempDir()}
	must(0, os.Chmod(filepath.Dir(f.top), 0o755))(b) // users walk through it
	for n := range users {
		u := must(sshd.NewUser(fmt.Sprintf("push%d", n)))(b)
		b.Cleanup(u.Remove)
		f.users = append(f.users, u)
	}
	f.server = sshd.Start(b, f.users, sshd.ExternalSFTP)
	f.HostKey = strings.TrimSpace(f.server.HostKey)
	return f
}

// add makes a device with so many directories.
func (f *sshFleet) add(b *testing.B, u *sshd.User, port int64, directories int) {
	b.Helper()
	name := fmt.Sprintf("web-%d", len(f.Devices))
	d := &fleetDevice{User: u.Name, Port: port, user: u}
	for n := range directories {
		d.Directories = append(d.Directories, f.folder(b, u, name, fmt.Sprint(n)))
	}
	f.Devices[name] = d
}

// folder makes an empty folder of a user's.
func (f *sshFleet) folder(b *testing.B, u *sshd.User, names ...string) string {
	b.Helper()
	path := filepath.Join(f.top, filepath.Join(names...))
	must(0, os.MkdirAll(path, 0o755))(b)
	must(0, os.Chown(path, u.UID, u.GID))(b)
	return path
}

// directories are those of every device.
func (f *sshFleet) directories() (all []string) {
	for _, d := range f.Devices {
		all = append(all, d.Directories...)
	}
	return all
}

// workspace is one whose next apply pushes everywhere.
func (f *sshFleet) workspace(b *testing.B) *clmtest.Workspace {
	b.Helper()
	keys := map[string]string{}
	for _, u := range f.users {
		keys[u.Name] = string(u.Key)
	}
	w := clmtest.NewWorkspace(b, clmtest.NewestCLI(b))
	w.Write("main.tf", exampleVersions+pushedToMany)
	w.Write("device/main.tf", exampleVersions+pushedToOne)
	w.Write("fleet.json", string(must(json.Marshal(f))(b)))
	w.Env = []string{"TF_VAR_trigger=1", "TF_VAR_keys=" + string(must(json.Marshal(keys))(b))}
	w.Init()
	return w
}

// checkFleet has openssl look for the certificate in folders.
func checkFleet(b *testing.B, folders []string, fingerprint string) {
	b.Helper()
	for _, folder := range folders {
		seenIn(b, folder, fingerprint)
	}
}

// seenIn is openssl's word that the certificate is in a folder, with its key.
func seenIn(b *testing.B, folder, fingerprint string) {
	b.Helper()
	shown := clmtest.OpenSSL(b, folder, "x509", "-in", "shop.crt", "-noout", "-fingerprint", "-sha256", "-pubkey")
	line, public, _ := strings.Cut(shown, "\n")
	_, got, _ := strings.Cut(line, "=")
	if got = strings.ToLower(strings.ReplaceAll(got, ":", "")); got != fingerprint {
		b.Fatalf("%s has %s, want %s", folder, got, fingerprint)
	}
	if of := clmtest.OpenSSL(b, folder, "pkey", "-in", "shop.key", "-pubout"); of != public {
		b.Fatalf("%s has the key of another certificate:\n%s\n%s", folder, of, public)
	}
}
