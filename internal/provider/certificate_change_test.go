package provider_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/plancheck"
)

// changes are single changes to certificates, and what each of them issues.
var changes = []struct {
	name, was, is string
	issues        string // "renewal" keeps the key, "key" makes a new one, "" issues nothing
}{
	{"renewal_trigger", `renewal_trigger = "1"`, `renewal_trigger = "2"`, "renewal"},
	{"regeneration_trigger", `regeneration_trigger = "1"`, `regeneration_trigger = "2"`, "key"},
	{"dns_names", `dns_names = ["a.example.com"]`, `dns_names = ["a.example.com", "b.example.com"]`, "key"},
	{"ip_addresses", `ip_addresses = ["192.0.2.1"]`, `ip_addresses = ["192.0.2.2"]`, "key"},
	{"email_addresses", `email_addresses = ["a@example.com"]`, ``, "key"},
	{"uris", ``, `uris = ["spiffe://example.org/a"]`, "key"},
	{"common_name", `common_name = "a.example.com"`, `common_name = "b.example.com"`, "key"},
	{"subject", `subject = { organization = "A" }`, `subject = { organization = "B" }`, "key"},
	{"issuer_id", `issuer_id = local.root`, `issuer_id = local.other`, "key"},
	{"ext_key_usages", ``, `ext_key_usages = ["client_auth"]`, "key"},
	{"key_algorithm", ``, `key_algorithm = "RSA"`, "key"},
	{"ecdsa_curve", `ecdsa_curve = "P256"`, `ecdsa_curve = "P384"`, "key"},
	{"curve_unsaid", `ecdsa_curve = "P384", early_renewal_hours = 10`, `early_renewal_hours = 20`, ""},
	{"early_renewal_hours", `early_renewal_hours = 10`, `early_renewal_hours = 20`, ""},
	{"early_renewal_percent", `early_renewal_hours = 10`, `early_renewal_percent = 33`, ""},
	{"validity_period_hours", `validity_period_hours = 100`, `validity_period_hours = 50`, ""},
	{"revoke_on_destroy", ``, `revoke_on_destroy = true`, ""},
	{"revocation_reason", ``, `revocation_reason = "superseded"`, ""},
	{"timeouts", ``, `timeouts = { create = "1m", update = "1m" }`, ""},
	{"name", ``, `name = "renamed"`, ""},
}

// changing is a configuration with one certificate for each change, each with a
// connector and something else that depends on it.
const changing = `
resource "clm_certificate" "of" {
  for_each              = local.wanted
  name                  = try(each.value.name, each.key)
  issuer_id             = try(each.value.issuer_id, local.root)
  common_name           = try(each.value.common_name, null)
  subject               = try(each.value.subject, null)
  dns_names             = try(each.value.dns_names, ["${replace(each.key, "_", "-")}.example.com"])
  ip_addresses          = try(each.value.ip_addresses, null)
  email_addresses       = try(each.value.email_addresses, null)
  uris                  = try(each.value.uris, null)
  ext_key_usages        = try(each.value.ext_key_usages, null)
  key_algorithm         = try(each.value.key_algorithm, null)
  ecdsa_curve           = try(each.value.ecdsa_curve, null)
  validity_period_hours = try(each.value.validity_period_hours, 100)
  early_renewal_hours   = try(each.value.early_renewal_hours, null)
  early_renewal_percent = try(each.value.early_renewal_percent, null)
  renewal_trigger       = try(each.value.renewal_trigger, null)
  regeneration_trigger  = try(each.value.regeneration_trigger, null)
  revoke_on_destroy     = try(each.value.revoke_on_destroy, null)
  revocation_reason     = try(each.value.revocation_reason, null)
  timeouts              = try(each.value.timeouts, null)
}

resource "clm_device" "web" {
  name  = "web"
  local = { root_directory = "${local.folder}/web" }
}

resource "clm_connector" "of" {
  for_each       = clm_certificate.of
  name           = each.key
  certificate_id = each.value.id
  device_id      = clm_device.web.id
  file_system    = { directory = each.key, certificate_file = "tls.crt", key_file = "tls.key", chain_file = "chain.crt" }
}

resource "terraform_data" "of" {
  for_each = clm_certificate.of
  input    = each.value.certificate_pem
}

output "serials" { value = { for k, c in clm_certificate.of : k => c.serial_number } }
output "pushed" { value = { for k, c in clm_connector.of : k => c.pushed_fingerprint } }
`

// TestCertificateChanges makes every kind of change at once: each issues what
// it should, in place, and whatever depends on an unchanged certificate rests.
func TestCertificateChanges(t *testing.T) {
	w := newWorld(t, []string{"web"})
	other := w.selfSigned("other", 8760)
	config := func(of func(i int) string) string {
		var wanted strings.Builder
		for i, c := range changes {
			fmt.Fprintf(&wanted, "    %s = { %s }\n", c.name, of(i))
		}
		return fmt.Sprintf("locals {\n  other = %q\n  wanted = {\n%s  }\n}\n", other.ID, wanted.String()) + changing
	}
	witnesses := make([]*witness, len(changes))
	for i, c := range changes {
		witnesses[i] = newWitness(w, c.name)
	}
	w.tell(
		act{config: config(func(i int) string { return changes[i].was }), after: func() {
			for _, s := range witnesses {
				s.remember()
				w.holds(s.name, "web", s.name)
			}
		}},
		act{config: config(func(i int) string { return changes[i].is }), plan: plannedChanges(), after: func() {
			for i, s := range witnesses {
				s.changed(changes[i].issues)
			}
		}},
		act{},
	)
}

func plannedChanges() []plancheck.PlanCheck {
	var checks []plancheck.PlanCheck
	for _, c := range changes {
		key := fmt.Sprintf("[%q]", c.name)
		certificate, connector, dependent := "clm_certificate.of"+key, "clm_connector.of"+key, "terraform_data.of"+key
		checks = append(checks, updates(certificate)...)
		if c.issues == "" {
			checks = append(checks, keeps(connector, dependent)...)
			continue
		}
		checks = append(checks, updates(connector, dependent)...)
		checks = append(checks, unknown(certificate, "serial_number", "certificate_pem", "version")...)
	}
	return checks
}

func (s *witness) changed(issues string) {
	s.w.t.Helper()
	connector := s.name
	if s.name == "name" {
		s.name = "renamed"
	}
	switch issues {
	case "renewal":
		s.renewed()
	case "key":
		s.rekeyed()
	default:
		s.same()
	}
	s.w.holdsAt(s.name, connector, "web", connector)
}

// TestCertificateIssuerOfTheSameApply moves a certificate to a root that is
// made in the same apply: nothing of the new version can be known before.
func TestCertificateIssuerOfTheSameApply(t *testing.T) {
	w := newWorld(t, []string{"web-1", "web-2"})
	config := func(issuer string) string {
		return `
resource "clm_root_certificate" "of" {
  for_each            = toset(` + issuer + `)
  name                = each.key
  self_signed         = { subject = { common_name = each.key }, validity_period_hours = 1000 }
  deletion_protection = false
}
` + strings.ReplaceAll(shop("validity_period_hours = 100"), "local.root", `clm_root_certificate.of[reverse(sort(keys(clm_root_certificate.of)))[0]].id`)
	}
	s := newWitness(w, "shop")
	w.tell(
		act{config: config(`["a"]`), after: func() { s.remember(); w.served(1) }},
		act{
			config: config(`["a", "b"]`),
			plan:   all(creates(`clm_root_certificate.of["b"]`), updates("clm_certificate.shop", web1, web2), unknown(web1, "pushed_fingerprint")),
			after:  func() { s.rekeyed(); w.served(2) },
		},
		act{},
	)
}

// TestCertificateChangeOfDetail covers changes that come with an input nobody
// knows before the apply, and turn out to change nothing.
func TestCertificateChangeOfDetail(t *testing.T) {
	w := newWorld(t, []string{"web-1", "web-2"})
	config := func(input string) string {
		return "resource \"terraform_data\" \"trigger\" {\n  input = 1\n  triggers_replace = " + input + "\n}\n" +
			shop("validity_period_hours = 100\nregeneration_trigger = terraform_data.trigger.output")
	}
	s := newWitness(w, "shop")
	w.tell(
		act{config: config("1"), after: s.remember},
		act{config: config("2"), plan: updates("clm_certificate.shop", web1, web2), after: s.same},
		act{},
	)
}
