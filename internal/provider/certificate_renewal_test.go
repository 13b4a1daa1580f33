package provider_test

import (
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/plancheck"
)

// twoDevices keep one certificate in place.
const twoDevices = `
resource "clm_device" "web" {
  for_each = toset(["web-1", "web-2"])
  name     = each.key
  local    = { root_directory = "${local.folder}/${each.key}" }
}

resource "clm_connector" "shop" {
  for_each       = clm_device.web
  name           = "shop-${each.key}"
  certificate_id = clm_certificate.shop.id
  device_id      = each.value.id
  file_system    = { directory = "etc/tls", certificate_file = "tls.crt", key_file = "tls.key", chain_file = "chain.crt" }
}

output "fingerprint" { value = clm_certificate.shop.fingerprint_sha256 }
output "pushed" { value = [for c in clm_connector.shop : c.pushed_fingerprint] }
`

const (
	web1 = `clm_connector.shop["web-1"]`
	web2 = `clm_connector.shop["web-2"]`
)

func shop(more string) string {
	return `
resource "clm_certificate" "shop" {
  name        = "shop"
  issuer_id   = local.root
  common_name = "shop.example.com"
  dns_names   = ["shop.example.com", "www.shop.example.com"]
` + more + "\n}\n" + twoDevices
}

// TestCertificateRenewal follows one certificate through its renewals.
func TestCertificateRenewal(t *testing.T) {
	w := newWorld(t, []string{"web-1", "web-2"})
	first := newWitness(w, "shop")
	renewal := all(
		updates("clm_certificate.shop", web1, web2),
		unknown("clm_certificate.shop", "serial_number", "fingerprint_sha256", "certificate_pem", "version", "validity_end_time"),
		unknown(web1, "pushed_fingerprint", "last_push_at"),
		[]plancheck.PlanCheck{plancheck.ExpectUnknownOutputValue("fingerprint")},
	)
	hours := shop("validity_period_hours = 100\nearly_renewal_hours = 20")
	percent := shop("validity_period_hours = 100\nearly_renewal_percent = 50")
	w.tell(
		act{config: hours, plan: creates("clm_certificate.shop", web1, web2), after: func() { first.remember(); w.served(1) }},
		act{before: func() { w.Clock.Advance(79 * time.Hour) }, config: hours, plan: nothing()},
		act{
			before: func() { w.Clock.Advance(2 * time.Hour) }, config: hours,
			plan:  all(finds("clm_certificate.shop", "ready_for_renewal", "true"), renewal),
			after: func() { first.renewed(); w.served(2) },
		},
		act{
			before: func() { w.Clock.Advance(101 * time.Hour) }, config: hours,
			plan:  all(finds("clm_certificate.shop", "status", "expired"), renewal),
			after: func() { first.renewed(); w.served(3) },
		},
		act{config: percent, plan: all(updates("clm_certificate.shop"), keeps(web1, web2)), after: first.same},
		act{before: func() { w.Clock.Advance(51 * time.Hour) }, config: percent, plan: renewal, after: func() { first.renewed(); w.served(4) }},
		act{plan: destroys("clm_certificate.shop", web1, web2), after: func() { w.bare("web-1"); w.bare("web-2") }},
	)
}

// served wants both devices to serve a version of the shop's certificate.
func (w *world) served(version int64) {
	w.t.Helper()
	if got := w.certificate("shop").Version; got != version {
		w.t.Errorf("version %d is current, expected %d", got, version)
	}
	for _, device := range []string{"web-1", "web-2"} {
		w.holdsAt("shop", "shop-"+device, device, "etc", "tls")
	}
}
