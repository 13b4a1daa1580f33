package provider_test

import (
	"strings"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
)

const inStores = `
resource "clm_certificate" "shop" {
  name                  = "shop"
  issuer_id             = local.root
  dns_names             = ["shop.example.com"]
  validity_period_hours = 100
}

resource "clm_device" "web" {
  name  = "web-1"
  local = { root_directory = "${local.folder}/web-1" }
}

resource "clm_connector" "p12" {
  name           = "p12"
  certificate_id = clm_certificate.shop.id
  device_id      = clm_device.web.id
  file_system = {
    format = "pkcs12", directory = "p12", store_file = "shop.p12", pkcs12_profile = "auto"
    password_wo = "PASSWORD", password_wo_version = VERSION
  }
}

resource "clm_connector" "jks" {
  name           = "jks"
  certificate_id = clm_certificate.shop.id
  device_id      = clm_device.web.id
  file_system = {
    format = "jks", directory = "jks", store_file = "shop.jks", alias = "web", root_alias = "root"
    password_wo             = "changeit", password_wo_version = 1
    private_key_password_wo = "PASSWORD", private_key_password_wo_version = VERSION
  }
}
`

// Key stores open by the passwords of the configuration, and by others when their
// versions rise; imported, they have nothing to change.
func TestConnectorStores(t *testing.T) {
	w := newWorld(t, []string{"web-1"})
	with := func(password, version string) string {
		return strings.NewReplacer("PASSWORD", password, "VERSION", version).Replace(inStores)
	}
	opens := func(password string) func() {
		return func() {
			clmtest.OpenSSL(t, w.path("web-1/p12"), "pkcs12", "-in", "shop.p12", "-nodes", "-passin", "pass:"+password)
		}
	}
	p12, jks := "clm_connector.p12", "clm_connector.jks"
	story := []teller{act{config: with("correct horse", "1"), after: opens("correct horse")}}
	story = append(story, imports(t, p12, "p12")...)
	story = append(story, imports(t, jks, "jks")...)
	w.tell(append(story, act{config: with("battery staple", "2"), plan: updates(p12, jks), after: opens("battery staple")})...)
}
