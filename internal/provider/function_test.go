package provider_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
)

// computes is a step that finds each expression to have its value.
func computes(locals string, facts map[string]knownvalue.Check) resource.TestStep {
	config, n := locals, 0
	var seen []statecheck.StateCheck
	for expression, want := range facts {
		n++
		config += fmt.Sprintf("output \"o%d\" {\n  value = %s\n}\n", n, expression)
		seen = append(seen, statecheck.ExpectKnownOutputValue(fmt.Sprintf("o%d", n), want))
	}
	return shows(config, seen...)
}

// parse_certificate and fingerprint read what openssl wrote.
func TestParseCertificateFunction(t *testing.T) {
	t.Parallel()
	leaf := opensslCertificate(t, "shop.example.com", append(strongKey, "-addext", "basicConstraints=critical,CA:FALSE",
		"-addext", "keyUsage=critical,digitalSignature", "-addext", "extendedKeyUsage=serverAuth,1.2.3.4",
		"-addext", "subjectAltName=DNS:b.example.com,DNS:a.example.com,IP:192.0.2.1,email:a@example.com,URI:https://example.com/x",
		"-addext", "crlDistributionPoints=URI:http://crl.example.com/", "-addext", "authorityInfoAccess=OCSP;URI:http://ocsp.example.com/,caIssuers;URI:http://ca.example.com/",
	)...)
	root := opensslCertificate(t, "Some Root", "-newkey", "rsa:2048", "-addext", "basicConstraints=critical,CA:TRUE,pathlen:0", "-addext", "keyUsage=critical,keyCertSign,cRLSign")
	facts := map[string]knownvalue.Check{}
	for expression, value := range map[string]string{
		`join(" ", local.leaf.dns_names)`: "b.example.com a.example.com",
		`join(" ", concat(local.leaf.ip_addresses, local.leaf.email_addresses, local.leaf.uris))`: "192.0.2.1 a@example.com https://example.com/x",
		`join(" ", local.leaf.key_usages)`:     "digital_signature",
		`join(" ", local.leaf.ext_key_usages)`: "server_auth 1.2.3.4",
		`join(" ", concat(local.leaf.crl_distribution_points, local.leaf.ocsp_servers, local.leaf.issuing_certificate_urls))`:                                 "http://crl.example.com/ http://ocsp.example.com/ http://ca.example.com/",
		`"${local.leaf.ecdsa_curve} ${local.leaf.signature_algorithm} ${local.leaf.subject_dn} ${local.leaf.common_name}"`:                                    "P256 ECDSA-SHA256 CN=shop.example.com shop.example.com",
		`jsonencode([local.root.ecdsa_curve, local.root.rsa_bits, local.root.is_ca, local.root.self_signed, local.root.max_path_length, local.root.version])`: "[null,2048,true,true,0,3]",
		`join(" ", local.root.key_usages)`:                                         "cert_sign crl_sign",
		`jsonencode([local.root.dns_names, local.root.ext_key_usages])`:            "[[],[]]",
		`provider::clm::fingerprint(file(local.leaf_file))`:                        opensslReads(t, leaf.pem(t))["fingerprint_sha256"],
		`provider::clm::fingerprint(replace(file(local.leaf_file), "\n", "\r\n"))`: opensslReads(t, leaf.pem(t))["fingerprint_sha256"],
	} {
		facts[expression] = knownvalue.StringExact(value)
	}
	for name, read := range map[string]map[string]string{"leaf": opensslReads(t, leaf.pem(t)), "root": opensslReads(t, root.pem(t))} {
		for attribute, value := range read {
			facts["local."+name+"."+attribute] = knownvalue.StringExact(value)
		}
	}
	tell(t, clmtest.NewBackend(t), computes(fmt.Sprintf(`locals {
  leaf_file = %q
  leaf      = provider::clm::parse_certificate(file(local.leaf_file))
  root      = provider::clm::parse_certificate(file(%q))
}
`, leaf.path("root.pem"), root.path("root.pem")), facts))
}

// split_chain sorts a bundle whatever its order.
func TestSplitChainFunction(t *testing.T) {
	t.Parallel()
	estate := clmtest.NewBackend(t)
	made := enrol(t, estate, 24)
	leaf, root, other := made.CertificatePEM, made.CertificateChainPEM, newOpensslRoot(t, "Other").pem(t)
	call := func(pems ...string) string {
		return fmt.Sprintf("provider::clm::split_chain(%q)", strings.Join(pems, ""))
	}
	parts := func(leaf knownvalue.Check, roots ...string) knownvalue.Check {
		var list []knownvalue.Check
		for _, pem := range roots {
			list = append(list, knownvalue.StringExact(pem))
		}
		return knownvalue.ObjectExact(map[string]knownvalue.Check{
			"leaf_pem": leaf, "intermediates_pem": knownvalue.ListExact(nil), "roots_pem": knownvalue.ListExact(list),
		})
	}
	tell(t, estate, computes("", map[string]knownvalue.Check{
		call(root, leaf):       parts(knownvalue.StringExact(leaf), root),
		call(leaf, root, root): parts(knownvalue.StringExact(leaf), root),
		call(root, other):      parts(knownvalue.Null(), root, other),
		call("a note\n", leaf): parts(knownvalue.StringExact(leaf)),
	}))
}

// The colours change at 90, 30 and 10 days; what befell a certificate outweighs
// its days.
func TestStatusColorFunction(t *testing.T) {
	t.Parallel()
	facts := map[string]knownvalue.Check{}
	for days, color := range map[int]string{
		400: "green", 91: "green", 90: "blue", 31: "blue", 30: "yellow", 11: "yellow", 10: "orange", 1: "orange", 0: "orange", -1: "red", -400: "red",
	} {
		for status, outweighed := range map[string]string{
			"issued": color, "superseded": color, "on_hold": "black", "expired": "red", "revoked": "black", "push_failed": "gray", "removed": "purple",
		} {
			facts[fmt.Sprintf("provider::clm::status_color(%q, %d)", status, days)] = knownvalue.StringExact(outweighed)
		}
	}
	// Fractions of a day do not count as a day that is left.
	facts[`provider::clm::status_color("issued", 10.9)`] = knownvalue.StringExact("orange")
	facts[`provider::clm::status_color("issued", 0.1)`] = knownvalue.StringExact("orange")
	facts[`provider::clm::status_color("issued", -0.1)`] = knownvalue.StringExact("red")
	tell(t, clmtest.NewBackend(t), computes("", facts))
}

func TestFunctionsRefuse(t *testing.T) {
	t.Parallel()
	root, other := newOpensslRoot(t, "Root"), opensslCertificate(t, "Leaf", append(strongKey, "-addext", "basicConstraints=critical,CA:FALSE")...)
	made := enrol(t, clmtest.NewBackend(t), 24)
	two := newFile(t, "two.pem", []byte(root.pem(t)+other.pem(t)))
	leaves := newFile(t, "leaves.pem", []byte(made.CertificatePEM+other.pem(t)))
	cases := map[string]refused{}
	for name, c := range map[string]struct{ call, detail string }{
		"no PEM":          {`parse_certificate("hello")`, "The input is neither a PEM nor a DER certificate"},
		"empty":           {`parse_certificate("")`, "parameter: The input is empty."},
		"null":            {`parse_certificate(null)`, "argument must not be null"},
		"private key":     {fmt.Sprintf("parse_certificate(file(%q))", root.path("root.key")), "The PEM text holds a PRIVATE KEY, no CERTIFICATE."},
		"two":             {fmt.Sprintf("parse_certificate(file(%q))", two), "One certificate is expected, 2 are there: give the chain separately."},
		"fingerprint":     {`fingerprint("hello")`, "The input is neither a PEM nor a DER certificate"},
		"fingerprint two": {fmt.Sprintf("fingerprint(file(%q))", two), "One certificate is expected, 2 are there"},
		"split nothing":   {`split_chain("")`, "parameter: The input is empty."},
		"split leaves":    {fmt.Sprintf("split_chain(file(%q))", leaves), "The bundle holds 2 end-entity certificates"},
		"unknown status":  {`status_color("lost", 1)`, "Unknown status lost. Use one of issued, superseded, on_hold, expired, revoked, push_failed, removed."},
		"no number":       {`status_color("issued", "soon")`, "a number is required"},
	} {
		cases[name] = refused{"output \"NAME\" {\n  value = provider::clm::" + c.call + "\n}\n", refusal{summary: "Invalid function argument", detail: c.detail}}
	}
	refusedTogether(t, clmtest.NewBackend(t).Provider(), "", cases)
}
