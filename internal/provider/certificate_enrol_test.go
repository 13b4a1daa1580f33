package provider_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
)

const bothUsages = "X509v3 Extended Key Usage: TLS Web Client Authentication, TLS Web Server Authentication"

// enrolments are certificates of every kind, and what openssl reads in each.
var enrolments = []struct {
	name, wish string
	text       []string
}{
	{
		"names", `common_name = "a.example.com", dns_names = ["c.example.com", "*.b.example.com", "A.example.com"], ip_addresses = ["2001:db8::1", "192.0.2.7"],
		email_addresses = ["ops@example.com"], uris = ["spiffe://example.org/shop", "https://example.com/a?b=c"]`,
		[]string{
			"Subject: CN = a.example.com", "DNS:*.b.example.com", "DNS:A.example.com", "DNS:c.example.com", "IP Address:192.0.2.7", "IP Address:2001:DB8:0:0:0:0:0:1",
			"email:ops@example.com", "URI:spiffe://example.org/shop", "URI:https://example.com/a?b=c", bothUsages,
			"X509v3 Basic Constraints: critical CA:FALSE", "X509v3 Key Usage: critical Digital Signature X509v3", "X509v3 Subject Alternative Name: DNS", "id-ecPublicKey Public-Key: (256 bit)",
		},
	},
	{
		"subject", `common_name = "Shop Ü", subject = { organization = "Example GmbH", organizational_unit = "Web", country = "DE", province = "Hesse",
		locality = "Kassel", street_address = "Weg 1", postal_code = "34117", serial_number = "HRB 7" }`,
		[]string{
			"CN = Shop \\C3\\9C", "O = Example GmbH", "OU = Web", "C = DE", "ST = Hesse", "L = Kassel", "street = Weg 1", "postalCode = 34117", "serialNumber = HRB 7",
		},
	},
	{"no-subject", `dns_names = ["only.example.com"], subject = {}`, []string{"Subject: Subject Public Key Info", "X509v3 Subject Alternative Name: critical DNS:only.example.com"}},
	{"addresses", `ip_addresses = ["192.0.2.8"]`, []string{"X509v3 Subject Alternative Name: critical IP Address:192.0.2.8"}},
	{"mail", `email_addresses = ["a@example.com"], ext_key_usages = ["email_protection"]`, []string{"X509v3 Extended Key Usage: E-mail Protection X509v3"}},
	{"code", `common_name = "Build", ext_key_usages = ["code_signing"]`, []string{"X509v3 Extended Key Usage: Code Signing X509v3"}},
	{"workload", `uris = ["spiffe://example.org/a"], ext_key_usages = ["client_auth", "server_auth"]`, []string{"critical URI:spiffe://example.org/a", "TLS Web Client Authentication"}},
	{"rsa", `common_name = "r", key_algorithm = "RSA"`, []string{"rsaEncryption Public-Key: (2048 bit)", "X509v3 Key Usage: critical Digital Signature, Key Encipherment X509v3"}},
	{"rsa-3072", `common_name = "r", key_algorithm = "RSA", rsa_bits = 3072`, []string{"Public-Key: (3072 bit)"}},
	{"p384", `common_name = "e", key_algorithm = "ECDSA", ecdsa_curve = "P384"`, []string{"Public-Key: (384 bit)"}},
	{"p521", `common_name = "e", ecdsa_curve = "P521"`, []string{"Public-Key: (521 bit)"}},
	{"ed25519", `common_name = "e", key_algorithm = "ED25519"`, []string{"Public Key Algorithm: ED25519", "X509v3 Key Usage: critical Digital Signature X509v3"}},
}

// enrolling has one certificate for each wish; turned, its sets are written in
// another order.
func enrolling(turned bool) string {
	var wanted strings.Builder
	for _, e := range enrolments {
		fmt.Fprintf(&wanted, "    %q = { %s }\n", e.name, e.wish)
	}
	set := func(name string) string {
		if turned {
			return fmt.Sprintf("  %[1]s = try(reverse(concat(each.value.%[1]s, each.value.%[1]s)), null)\n", name)
		}
		return fmt.Sprintf("  %[1]s = try(each.value.%[1]s, null)\n", name)
	}
	return "locals {\n  wanted = {\n" + wanted.String() + "  }\n}\n" + `
resource "clm_certificate" "of" {
  for_each      = local.wanted
  name          = each.key
  issuer_id     = local.root
  common_name   = try(each.value.common_name, null)
  subject       = try(each.value.subject, null)
  key_algorithm = try(each.value.key_algorithm, null)
  rsa_bits      = try(each.value.rsa_bits, null)
  ecdsa_curve   = try(each.value.ecdsa_curve, null)
` + set("dns_names") + set("ip_addresses") + set("email_addresses") + set("uris") + set("ext_key_usages") + `
  validity_period_hours = 2160
  early_renewal_hours   = 720
}

output "serials" { value = { for k, c in clm_certificate.of : k => c.serial_number } }
`
}

// TestCertificateEnrolment enrols certificates of every kind; openssl is asked
// what came of it, and the state whether it holds a key.
func TestCertificateEnrolment(t *testing.T) {
	w := newWorld(t, nil)
	var all []string
	for _, e := range enrolments {
		all = append(all, e.name)
	}
	w.tell(
		withState{act{config: enrolling(false), after: func() {
			for _, e := range enrolments {
				w.reads(e.name, e.text)
			}
		}}, keyless{w, all}},
		act{config: enrolling(true), plan: nothing()},
		act{},
	)
}

// reads lets openssl look at a certificate.
func (w *world) reads(name string, words []string) {
	w.t.Helper()
	c := w.certificate(name)
	file := pemFile(w.t, c.CertificatePEM)
	x509 := func(args ...string) string {
		w.t.Helper()
		return plain(clmtest.OpenSSL(w.t, w.folder, append([]string{"x509", "-in", file, "-noout"}, args...)...))
	}
	text := strings.NewReplacer(" = ", "=").Replace(x509("-text"))
	for _, word := range append(words, "X509v3 Subject Key Identifier", "X509v3 Authority Key Identifier", "Issuer: CN = corp") {
		if !strings.Contains(text, strings.NewReplacer(" = ", "=").Replace(word)) {
			w.t.Errorf("%s has no %q: %s", name, word, text)
		}
	}
	if got := strings.ToLower(x509("-serial")); got != "serial="+c.SerialNumber {
		w.t.Errorf("%s: %s, not %s", name, got, c.SerialNumber)
	}
	if got := strings.ReplaceAll(strings.ToLower(x509("-fingerprint", "-sha256")), ":", ""); !strings.HasSuffix(got, "="+c.FingerprintSHA256) {
		w.t.Errorf("%s: %s, not %s", name, got, c.FingerprintSHA256)
	}
	clmtest.OpenSSL(w.t, w.folder, "verify", "-x509_strict", "-CAfile", pemFile(w.t, w.root.CertificatePEM), file)
}

// withState looks at the state an act leaves.
type withState struct {
	act
	check statecheck.StateCheck
}

func (s withState) step(w *world) resource.TestStep {
	step := s.act.step(w)
	step.ConfigStateChecks = []statecheck.StateCheck{s.check}
	return step
}

// keyless checks that a state holds certificates and none of their keys.
type keyless struct {
	w     *world
	names []string
}

// CheckState implements statecheck.StateCheck.
func (k keyless) CheckState(_ context.Context, req statecheck.CheckStateRequest, resp *statecheck.CheckStateResponse) {
	resp.Error = k.w.hides(req.State, k.names...)
}

// everything is a certificate and a connector with every input set.
const everything = `
resource "clm_certificate" "shop" {
  name                  = "shop"
  issuer_id             = local.root
  common_name           = "shop.example.com"
  subject               = { organization = "Example", country = "DE" }
  dns_names             = ["shop.example.com", "Www.example.com"]
  ip_addresses          = ["2001:DB8::1"]
  email_addresses       = ["ops@example.com"]
  uris                  = ["spiffe://example.org/shop"]
  ext_key_usages        = ["server_auth"]
  key_algorithm         = "ECDSA"
  ecdsa_curve           = "P384"
  validity_period_hours = 2160
  early_renewal_percent = 33
  renewal_trigger       = "a"
  regeneration_trigger  = "b"
  revoke_on_destroy     = true
  revocation_reason     = "superseded"
}

resource "clm_device" "web" {
  name  = "web"
  local = { root_directory = "${local.folder}/web" }
}

resource "clm_connector" "shop" {
  name              = "shop on web"
  certificate_id    = clm_certificate.shop.id
  device_id         = clm_device.web.id
  remove_on_destroy = false
  file_system       = { format = "pem", directory = "etc/tls", certificate_file = "tls.crt", key_file = "tls.key", chain_file = "chain.crt" }
}
`

// TestCertificateImport imports both in every way there is; the plan that
// follows is empty.
func TestCertificateImport(t *testing.T) {
	w := newWorld(t, []string{"web"})
	story := []teller{act{config: everything, plan: creates("clm_certificate.shop", "clm_connector.shop")}}
	story = append(story, imports(t, "clm_certificate.shop", "shop")...)
	story = append(story, imports(t, "clm_connector.shop", "shop on web")...)
	w.tell(story...)
}

// TestCertificateTimeouts: the time for issuing is the configuration's, and when
// it is over nothing was issued.
func TestCertificateTimeouts(t *testing.T) {
	w := newWorld(t, []string{"web"})
	config := func(trigger, timeouts string) string {
		return `
resource "clm_certificate" "shop" {
  name                  = "shop"
  issuer_id             = local.root
  dns_names             = ["shop.example.com"]
  validity_period_hours = 100
  renewal_trigger       = "` + trigger + `"
  timeouts              = { ` + timeouts + ` }
}
`
	}
	s := newWitness(w, "shop")
	w.tell(
		act{config: config("1", `create = "soon"`), refused: []complaint{{"clm_certificate.shop", "", []string{`"soon" must be`}}}},
		act{config: config("1", `create = "1ns"`), refused: []complaint{{about: "clm_certificate.shop", words: []string{"Cannot enrol certificate shop", "The time for it was over"}}}},
		act{config: config("1", `create = "1m"`), plan: creates("clm_certificate.shop"), after: s.remember},
		act{config: config("2", `update = "1ns"`), plan: updates("clm_certificate.shop"), refused: []complaint{{about: "clm_certificate.shop", words: []string{"Cannot change certificate shop", "The time for it was over"}}}},
		act{before: s.same, config: config("2", `update = "1m"`), plan: updates("clm_certificate.shop"), after: s.renewed},
		act{plan: []plancheck.PlanCheck{plancheck.ExpectResourceAction("clm_certificate.shop", plancheck.ResourceActionDestroy)}},
	)
}
