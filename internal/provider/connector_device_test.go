package provider_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/plancheck"
)

// TestConnectorOnWatchedDevices pushes nothing where that is not allowed, says
// so once, and plans nothing; allowed again, the plan shows the push.
func TestConnectorOnWatchedDevices(t *testing.T) {
	w := newWorld(t, []string{"web-1", "web-2"})
	config := func(first, second string) string {
		return strings.Replace(shop("validity_period_hours = 100"), "name     = each.key\n", "name     = each.key\n  cert_sync = { web-1 = \""+first+"\", web-2 = \""+second+"\" }[each.key]\n", 1)
	}
	w.tell(
		act{
			config: config("monitored", "ignored"),
			warns:  []string{`- web-1 (connector shop-web-1): device "web-1" is monitored: nothing is pushed to it`, `device "web-2" is ignored`},
			after: func() {
				w.bare("web-1")
				w.bare("web-2")
				if one, two := w.sync("shop-web-1"), w.sync("shop-web-2"); one.Reason != "never_pushed" || two.Status != "not_observed" || one.Repairable || two.Repairable {
					t.Errorf("observed %+v and %+v", one, two)
				}
			},
		},
		act{config: config("monitored", "ignored"), plan: nothing()},
		act{
			// What a device holds and what is pushed to it change in one apply.
			config: config("managed", "managed"), plan: all(updates(web1, web2), keeps("clm_certificate.shop")),
			after: func() { w.served(1) },
		},
		act{
			before: func() { w.mkdir("new") }, config: strings.Replace(config("managed", "monitored"), `"${local.folder}/${each.key}"`, `"${local.folder}/${each.key == "web-1" ? "new" : each.key}"`, 1),
			plan:  all(updates(`clm_device.web["web-1"]`, `clm_device.web["web-2"]`, web1), keeps(web2)),
			after: func() { w.holdsAt("shop", "shop-web-1", "new", "etc", "tls") },
		},
		act{},
	)
}

func (w *world) mkdir(name string) {
	w.t.Helper()
	if err := os.Mkdir(w.path(name), 0o755); err != nil {
		w.t.Fatal(err)
	}
}

// TestConnectorWhileDeviceIsAway: a device that does not answer fails no apply,
// neither at first nor at a renewal, and gets what it lacks when it is back.
func TestConnectorWhileDeviceIsAway(t *testing.T) {
	w := newWorld(t, []string{"web-1", "web-2"})
	config := shop("validity_period_hours = 100\nearly_renewal_hours = 20")
	certificate, rest, _ := strings.Cut(config, `resource "clm_connector"`)
	away := []string{`web-1 (connector shop-web-1): device "web-1" does not answer: its root directory ` + w.path("web-1") + " does not exist"}
	s := newWitness(w, "shop")
	w.tell(
		act{config: certificate + `output "fingerprint" { value = clm_certificate.shop.fingerprint_sha256 }`, after: s.remember},
		act{
			before: func() { w.rename("web-1", "away") }, config: certificate + `resource "clm_connector"` + rest, plan: creates(web1, web2), warns: away,
			after: func() { w.holdsAt("shop", "shop-web-2", "web-2", "etc", "tls") },
		},
		act{config: config, plan: all(nothing(), finds(web1, "sync_reason", "connection_failed"))},
		act{
			before: func() { w.rename("away", "web-1") }, config: config,
			plan:  all(updates(web1), keeps(web2, "clm_certificate.shop"), finds(web1, "sync_reason", "never_pushed")),
			after: func() { s.same(); w.served(1) },
		},
		act{
			before: func() { w.rename("web-1", "away"); w.Clock.Advance(81 * time.Hour) }, config: config,
			plan: updates("clm_certificate.shop", web1, web2), warns: away,
			after: func() { s.renewed(); w.holdsAt("shop", "shop-web-2", "web-2", "etc", "tls") },
		},
		act{
			before: func() { w.rename("away", "web-1") }, config: config,
			plan:  all(updates(web1), keeps(web2), finds(web1, "sync_reason", "previous_certificate")),
			after: func() { s.same(); w.served(2) },
		},
		act{},
	)
}

// TestConnectorDestroy leaves files where they are to stay, and refuses to
// forget files it cannot reach.
func TestConnectorDestroy(t *testing.T) {
	w := newWorld(t, []string{"web-1", "web-2"})
	config := wishes{"goes": ``, "stays": `remove_on_destroy = false`, "stays-too": `remove_on_destroy = false`}.config()
	without := func(keys ...string) string {
		left := wishes{"goes": ``, "stays": `remove_on_destroy = false`, "stays-too": `remove_on_destroy = false`}
		for _, key := range keys {
			delete(left, key)
		}
		return left.config()
	}
	w.tell(
		act{config: config},
		act{config: without("stays"), plan: destroys(connector("stays")), after: func() {
			if w.read("web-1", "stays", "tls.crt") != w.certificate("shop").CertificatePEM {
				t.Error("the file that was to stay is another")
			}
		}},
		act{before: func() { w.rename("web-1", "away") }, config: without("goes", "stays", "stays-too"), refused: []complaint{{
			words: []string{"Cannot remove connector goes", `Device "web-1" does not answer`, "Mount or create it"},
		}}},
		act{
			before: func() {
				if ids := w.connectorIDs(); ids["goes"] == "" || ids["stays-too"] != "" {
					t.Errorf("connectors left: %v", ids)
				}
				w.rename("away", "web-1")
			},
			config: without("goes", "stays", "stays-too"), plan: destroys(connector("goes")),
			after: func() { w.missing("web-1/goes"); w.read("web-1", "stays-too", "tls.key") },
		},
		act{},
	)
}

// TestConnectorReplacedByItself: with create_before_destroy the replacement of a
// connector by an equal one is the connector itself, and must not be destroyed.
func TestConnectorReplacedByItself(t *testing.T) {
	w := newWorld(t, []string{"web-1"})
	config := func(generation int) string {
		return fmt.Sprintf(`
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

resource "terraform_data" "generation" {
  input = %d
}

resource "clm_connector" "shop" {
  name           = "shop"
  certificate_id = clm_certificate.shop.id
  device_id      = clm_device.web.id
  file_system    = { directory = "tls", certificate_file = "tls.crt", key_file = "tls.key", chain_file = "chain.crt" }
  lifecycle {
    create_before_destroy = true
    replace_triggered_by  = [terraform_data.generation]
  }
}
`, generation)
	}
	served := func() { w.holdsAt("shop", "shop", "web-1", "tls") }
	w.tell(
		act{config: config(1), after: served},
		act{config: config(2), plan: []plancheck.PlanCheck{plancheck.ExpectResourceAction("clm_connector.shop", plancheck.ResourceActionReplace)}, after: served},
		act{after: func() { w.missing("web-1/tls") }},
	)
}
