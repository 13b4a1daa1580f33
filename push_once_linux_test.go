package main_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
)

const takenIn = `
variable "trigger" { type = string }

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

resource "clm_device" "web" {
  name  = "web-1"
  local = { root_directory = "${abspath(path.root)}/device" }
}

resource "clm_connector" "shop" {
  name           = "shop"
  certificate_id = clm_certificate.shop.id
  device_id      = clm_device.web.id
  file_system    = { directory = "etc/tls", certificate_file = "shop.crt", key_file = "shop.key" }
  push           = { post_script = { inline = "openssl x509 -noout -serial -in etc/tls/shop.crt >> taken" } }
}
`

// A server takes a renewed certificate in once, though the certificate and its
// connector both change in the plan.
func TestARenewalIsTakenInOnce(t *testing.T) {
	t.Parallel()
	w := clmtest.NewWorkspace(t, clmtest.NewestCLI(t))
	w.Write("main.tf", exampleVersions+takenIn)
	w.Write("device/.keep", "")
	w.Init()
	var want string
	for _, trigger := range []string{"1", "2", "3"} {
		w.Env = []string{"TF_VAR_trigger=" + trigger}
		w.Apply()
		w.PlanEmpty()
		want += clmtest.OpenSSL(t, w.Dir, "x509", "-noout", "-serial", "-in", "device/etc/tls/shop.crt")
	}
	taken := string(must(os.ReadFile(filepath.Join(w.Dir, "device/taken")))(t))
	if taken != want || strings.Count(want, "serial=") != 3 {
		t.Errorf("taken in:\n%swant:\n%s", taken, want)
	}
}
