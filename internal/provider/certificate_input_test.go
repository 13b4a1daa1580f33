package provider_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/client"
)

// inputs collects bad certificates of one configuration, each refused for one
// line of its own.
type inputs struct {
	config  strings.Builder
	refused []complaint
}

// add makes a certificate that is sound but for one line, in the place of the
// sound line for that attribute.
func (in *inputs) add(line string, words ...string) {
	lines := map[string]string{
		"issuer_id": "issuer_id = local.root", "dns_names": `dns_names = ["a.example.com"]`, "validity_period_hours": "validity_period_hours = 100",
	}
	for _, part := range strings.Split(line, "\n") {
		attribute, _, _ := strings.Cut(part, " ")
		lines[attribute] = part
	}
	name := fmt.Sprintf("bad_%d", len(in.refused))
	if lines["name"] == "" {
		lines["name"] = fmt.Sprintf("name = %q", name)
	}
	fmt.Fprintf(&in.config, "resource \"clm_certificate\" %q {\n", name)
	for _, line := range lines {
		in.config.WriteString("  " + line + "\n")
	}
	in.config.WriteString("}\n")
	last := line[strings.LastIndex(line, "\n")+1:]
	if strings.Contains(last, "{") {
		last = "resource \"clm_certificate\" " // not every CLI shows the line of a nested attribute
	}
	in.refused = append(in.refused, complaint{"clm_certificate." + name, last, words})
}

// TestCertificateBadInput refuses, before anything is asked of the estate, what
// nobody could issue: even while the issuer is still to be made.
func TestCertificateBadInput(t *testing.T) {
	w := newWorld(t, nil)
	in := &inputs{}
	in.config.WriteString(`
resource "clm_root_certificate" "new" {
  name        = "new"
  self_signed = { subject = { common_name = "new" }, validity_period_hours = 1000 }
}
`)
	const unmade = "issuer_id = clm_root_certificate.new.id\n"
	in.add(unmade+`dns_names = ["a_b.example.com"]`, `"a_b.example.com" holds '_', which a host name cannot have.`, "Use letters, digits and hyphens.")
	in.add(`dns_names = ["a b.example.com"]`, `holds ' ', which a host name cannot have.`)
	in.add(`dns_names = ["192.0.2.1"]`, `"192.0.2.1" is an IP address.`, "Move it to ip_addresses.")
	in.add(`dns_names = ["a.*.example.com"]`, "has a wildcard in a place that no client matches.")
	in.add(`dns_names = ["münchen.example"]`, "is not in ASCII.", "Write xn--mnchen-3ya.example.")
	in.add(`dns_names = ["shop.example.com", "SHOP.example.com"]`, "are the same name.", "Remove one.")
	in.add(`dns_names = []`, "set must contain at least 1 elements")
	in.add(unmade+`ip_addresses = ["192.0.2.300"]`, `"192.0.2.300" is not an IP address.`)
	in.add(`ip_addresses = ["192.0.2.0/24"]`, "A certificate names single addresses, such as 192.0.2.0.")
	in.add(`ip_addresses = ["::ffff:192.0.2.1"]`, "is an IPv4 address in IPv6 form.", "Write 192.0.2.1.")
	in.add(`email_addresses = ["ops at example.com"]`, `is not an email address.`, "Write it as user@example.com.")
	in.add(`uris = ["/relative"]`, `"/relative" is a relative URI.`, "Start it with a scheme")
	in.add(`subject = { country = "DEU" }`, `subject.country: "DEU" is not an ISO 3166 country code.`, "Use two capital letters")
	in.add(`subject = { organization = "`+strings.Repeat("o", 65)+`" }`, "subject.organization: The value has 65 characters, at most 64 are allowed")
	in.add(`common_name = "`+strings.Repeat("c", 65)+`"`, "64")
	in.add(`common_name = ""`, "string length must be at least 1")
	in.add("key_algorithm = \"RSA\"\n"+`rsa_bits = 1024`, "1024 is not an RSA key size from 2048 to 8192.", "Use 2048, 3072 or 4096.")
	in.add(`rsa_bits = 2048`, "rsa_bits has no meaning for ECDSA.", "set key_algorithm to RSA.")
	in.add("key_algorithm = \"ED25519\"\n"+`ecdsa_curve = "P256"`, "ecdsa_curve has no meaning for ED25519.")
	in.add(`key_algorithm = "DSA"`, `"DSA" is not known.`, "Use RSA, ECDSA or ED25519.")
	in.add(`ecdsa_curve = "P224"`, `"P224" is not known.`)
	in.add(unmade+`ext_key_usages = ["server_auth", "world_domination"]`, `"world_domination" is not an extended key usage for a leaf.`, "Use server_auth, client_auth")
	in.add(unmade+`early_renewal_hours = 100`, "Renewing 100 hours early is not shorter than the validity of 100 hours")
	in.add(`early_renewal_percent = 100`, "between 1 and 99")
	in.add("early_renewal_percent = 10\n"+`early_renewal_hours = 10`, "early_renewal_hours and early_renewal_percent both say when to renew. Remove one.")
	in.add(`validity_period_hours = 0`, "must be at least 1")
	in.add(`renewal_trigger = ""`, "at least 1")
	in.add(`revocation_reason = "boredom"`, "key_compromise")
	in.add(`name = "a/b"`, "must have 1 to 128 letters")
	in.config.WriteString("resource \"clm_certificate\" \"nameless\" {\n  name = \"n\"\n  issuer_id = local.root\n  validity_period_hours = 1\n}\n")
	in.refused = append(in.refused, complaint{"clm_certificate.nameless", `resource "clm_certificate" "nameless" {`, []string{"common_name", "dns_names", "uris"}})
	w.tell(act{config: in.config.String(), refused: in.refused})
}

// TestCertificateRefusedByItsIssuer asks the estate: what the issuer that exists
// cannot do is a plan error, what one still to be made cannot do shows only
// then.
func TestCertificateRefusedByItsIssuer(t *testing.T) {
	w := newWorld(t, nil)
	other := w.trusted()
	short := w.selfSigned("short", 200)
	end := short.ValidityEndTime.Format(time.RFC3339)
	planned, applied := &inputs{}, &inputs{}
	planned.add(`issuer_id = "nobody"`, `There is no root certificate "nobody".`)
	planned.add(fmt.Sprintf("issuer_id = %q", other.ID), `Root certificate "given" cannot sign: its private key is not held here.`, "Import the root together with its private key.")
	planned.add(fmt.Sprintf("issuer_id = %q\nvalidity_period_hours = 300", short.ID),
		`A certificate valid for 300 hours would outlive its issuer "short", which expires `+end, "Use at most 199 hours, or an issuer that lives longer.")
	applied.config.WriteString(`
resource "clm_root_certificate" "new" {
  name                = "new"
  self_signed         = { subject = { common_name = "new" }, validity_period_hours = 200 }
  deletion_protection = false
}
`)
	applied.add("issuer_id = clm_root_certificate.new.id\nvalidity_period_hours = 300", `A certificate valid for 300 hours would outlive its issuer "new"`, "Use at most 199 hours")
	w.tell(
		act{config: planned.config.String(), refused: planned.refused},
		act{config: applied.config.String(), plan: creates("clm_root_certificate.new", "clm_certificate.bad_0"), refused: applied.refused},
		act{before: func() {
			if found, err := w.Certificates(t.Context(), client.CertificateFilter{}); err != nil || len(found) > 0 {
				t.Errorf("recorded: %v %v", found, err)
			}
		}},
	)
}

// trusted is a root that only has to be trusted: its key is elsewhere.
func (w *world) trusted() api.RootCertificate {
	w.t.Helper()
	root, err := w.CreateRootCertificate(w.t.Context(), certificateOf(w.selfSigned("elsewhere", 1000).CertificatePEM, ""))
	if err != nil {
		w.t.Fatal(err)
	}
	return root
}
