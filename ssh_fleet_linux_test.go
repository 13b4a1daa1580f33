package main_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/sshd"
)

const pushedToMany = `
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

resource "clm_device" "of" {
  for_each = local.fleet.devices
  name     = each.key
  ssh = {
    host          = "127.0.0.1"
    port          = each.value.port
    credential_id = clm_credential.of[each.value.user].id
    host_key      = local.fleet.host_key
  }
}

resource "clm_connector" "of" {
  for_each       = local.fleet.places
  name           = each.key
  certificate_id = clm_certificate.shop.id
  device_id      = clm_device.of[each.value.device].id
  file_system    = { directory = each.value.directory, certificate_file = "shop.crt", key_file = "shop.key" }
  push           = { overwrite = true, post_script = { inline = "true", repeatable = true } }
}

output "fingerprint" { value = clm_certificate.shop.fingerprint_sha256 }
`

// sshFleet is what one certificate is pushed to: devices that are users of one server,
// and places on them.
type sshFleet struct {
	HostKey string                 `json:"host_key"`
	Devices map[string]fleetDevice `json:"devices"`
	Places  map[string]fleetPlace  `json:"places"`

	server *sshd.Server
	users  []*sshd.User
	top    string
}

type fleetDevice struct {
	User string `json:"user"`
	Port int64  `json:"port"`
	user *sshd.User
}

type fleetPlace struct {
	Device    string `json:"device"`
	Directory string `json:"directory"`
}

// newSSHFleet is a server with so many users, and no devices yet.
func newSSHFleet(b *testing.B, users int) *sshFleet {
	b.Helper()
	f := &sshFleet{Devices: map[string]fleetDevice{}, Places: map[string]fleetPlace{}, top: b.TempDir()}
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

// add makes a device with so many places.
func (f *sshFleet) add(b *testing.B, u *sshd.User, port int64, places int) {
	b.Helper()
	name := fmt.Sprintf("web-%d", len(f.Devices))
	f.Devices[name] = fleetDevice{User: u.Name, Port: port, user: u}
	for n := range places {
		f.Places[fmt.Sprintf("%s-%d", name, n)] = fleetPlace{Device: name, Directory: f.folder(b, u, name, fmt.Sprint(n))}
	}
}

// folder makes an empty folder of a user's.
func (f *sshFleet) folder(b *testing.B, u *sshd.User, names ...string) string {
	b.Helper()
	path := filepath.Join(f.top, filepath.Join(names...))
	must(0, os.MkdirAll(path, 0o755))(b)
	must(0, os.Chown(path, u.UID, u.GID))(b)
	return path
}

// directories are those of every place.
func (f *sshFleet) directories() (all []string) {
	for _, name := range slices.Sorted(maps.Keys(f.Places)) {
		all = append(all, f.Places[name].Directory)
	}
	return all
}

// workspace is one whose next apply pushes to every place.
func (f *sshFleet) workspace(b *testing.B) *clmtest.Workspace {
	b.Helper()
	keys := map[string]string{}
	for _, u := range f.users {
		keys[u.Name] = string(u.Key)
	}
	w := clmtest.NewWorkspace(b, clmtest.NewestCLI(b))
	w.Write("main.tf", exampleVersions+pushedToMany)
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
