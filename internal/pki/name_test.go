package pki_test

import (
	"strings"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

func TestNamesAccepted(t *testing.T) {
	t.Parallel()
	label := strings.Repeat("a", 63)
	names := pki.Names{
		DNS: []string{
			"example.com", "localhost", "*.example.com", "EXAMPLE.org", "1.example", "3com.example", "xn--bcher-kva.example", "a-b.example",
			"db--1.internal", label + ".example", strings.Repeat(label+".", 3) + strings.Repeat("b", 61),
		},
		IPs:    []string{"192.0.2.1", "2001:db8::1", "::1"},
		Emails: []string{"user@example.com", "first.last+tag@mail.example", strings.Repeat("l", 64) + "@example.com"},
		URIs: []string{
			"https://example.com/path?q=1#f", "spiffe://trust_domain.example/workload", "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
			"https://192.0.2.1:8443/", "https://[2001:db8::1]/", "mailto:user@example.com", "file:/etc/hosts",
		},
	}
	must(t, names.Check())
	// What Check lets through must also issue and read back.
	root := newRoot(t, "Root", pki.KeySpec{})
	req := leafRequest("x", newKey(t, pki.KeySpec{}).Public())
	req.Names = names
	cert, err := pki.CreateLeaf(req, root.cert, root.key)
	must(t, err)
	got := pki.NamesOf(cert)
	for i, pair := range [][2][]string{{got.DNS, names.DNS}, {got.IPs, names.IPs}, {got.Emails, names.Emails}, {got.URIs, names.URIs}} {
		if strings.Join(pair[0], " ") != strings.Join(pair[1], " ") {
			t.Errorf("names %d read back as %v", i, pair[0])
		}
	}
}

func TestNamesRefused(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", 64)
	for _, tt := range []struct {
		names       pki.Names
		field, text string
	}{
		{pki.Names{DNS: []string{""}}, "dns_names", `"" has no host name`},
		{pki.Names{DNS: []string{"ok.example", "a b.example"}}, "dns_names", `"a b.example" holds ' ', which a host name cannot have: use letters, digits and hyphens`},
		{pki.Names{DNS: []string{"a_b.example"}}, "dns_names", `"a_b.example" holds '_', which a host name cannot have: use letters, digits and hyphens`},
		{pki.Names{DNS: []string{"example.com."}}, "dns_names", `"example.com." ends in a dot: write example.com`},
		{pki.Names{DNS: []string{"a..b"}}, "dns_names", `"a..b" has an empty label`},
		{pki.Names{DNS: []string{".example.com"}}, "dns_names", `".example.com" has an empty label`},
		{pki.Names{DNS: []string{"-a.example"}}, "dns_names", `the label "-a" in "-a.example" starts or ends with a hyphen`},
		{pki.Names{DNS: []string{"a-.example"}}, "dns_names", `the label "a-" in "a-.example" starts or ends with a hyphen`},
		{pki.Names{DNS: []string{long + ".example"}}, "dns_names", `the label "` + long + `" has 64 characters, at most 63 are allowed`},
		{pki.Names{DNS: []string{strings.Repeat("abc.", 63) + "ab"}}, "dns_names", "the name has 254 characters, at most 253 are allowed"},
		{pki.Names{DNS: []string{"*." + strings.Repeat("abc.", 62) + "abcd"}}, "dns_names", "the name has 254 characters, at most 253 are allowed"},
		{pki.Names{DNS: []string{"*"}}, "dns_names", "a wildcard cannot stand alone: give the domain, such as *.example.com"},
		{pki.Names{DNS: []string{"a.*.example"}}, "dns_names", `"a.*.example" has a wildcard in a place that no client matches: use it as the whole first label, such as *.example.com`},
		{pki.Names{DNS: []string{"w*.example"}}, "dns_names", `"w*.example" has a wildcard in a place that no client matches: use it as the whole first label, such as *.example.com`},
		{pki.Names{DNS: []string{"192.0.2.1"}}, "dns_names", `"192.0.2.1" is an IP address: move it to ip_addresses`},
		{pki.Names{DNS: []string{"2001:db8::1"}}, "dns_names", `"2001:db8::1" is an IP address: move it to ip_addresses`},
		{pki.Names{DNS: []string{"256.0.2.1"}}, "dns_names", `"256.0.2.1" ends in a number, as only IP addresses do`},
		{pki.Names{DNS: []string{"bücher.example"}}, "dns_names", `"bücher.example" is not in ASCII: write xn--bcher-kva.example`},
		{pki.Names{DNS: []string{"*.bücher.example"}}, "dns_names", `"*.bücher.example" is not in ASCII: write *.xn--bcher-kva.example`},
		{pki.Names{DNS: []string{"a\u202e.example"}}, "dns_names", `"a\u202e.example" is not in ASCII: use the xn-- form`},
		{pki.Names{DNS: []string{"xn--a.example"}}, "dns_names", `the label "xn--a" in "xn--a.example" does not decode to a valid international name`},
		{pki.Names{DNS: []string{"a.example", "A.example"}}, "dns_names", `"a.example" and "A.example" are the same name: remove one`},
		{pki.Names{IPs: []string{"192.0.2.256"}}, "ip_addresses", `"192.0.2.256" is not an IP address`},
		{pki.Names{IPs: []string{"10.0.0.0/8"}}, "ip_addresses", `"10.0.0.0/8" is not an IP address: a certificate names single addresses, such as 10.0.0.0`},
		{pki.Names{IPs: []string{"192.0.2.1:443"}}, "ip_addresses", `"192.0.2.1:443" is not an IP address: write 192.0.2.1`},
		{pki.Names{IPs: []string{"host.example"}}, "ip_addresses", `"host.example" is not an IP address: move it to dns_names`},
		{pki.Names{IPs: []string{"fe80::1%eth0"}}, "ip_addresses", `"fe80::1%eth0" has a zone, which certificates cannot carry: write fe80::1`},
		{pki.Names{IPs: []string{"::ffff:192.0.2.1"}}, "ip_addresses", `"::ffff:192.0.2.1" is an IPv4 address in IPv6 form: write 192.0.2.1`},
		{pki.Names{IPs: []string{"2001:db8::1", "2001:DB8:0::1"}}, "ip_addresses", `"2001:db8::1" and "2001:DB8:0::1" are the same name: remove one`},
		{pki.Names{Emails: []string{"user"}}, "email_addresses", `"user" is not an email address: write it as user@example.com`},
		{pki.Names{Emails: []string{"User <u@example.com>"}}, "email_addresses", `"User <u@example.com>" is not an email address: write it as user@example.com`},
		{pki.Names{Emails: []string{"a..b@example.com"}}, "email_addresses", `"a..b@example.com" is not an email address: write it as user@example.com`},
		{pki.Names{Emails: []string{"ü@example.com"}}, "email_addresses", `"ü@example.com" has a local part that is not in ASCII: use an ASCII alias`},
		{pki.Names{Emails: []string{long + "l@example.com"}}, "email_addresses", "the part before the @ has 65 characters, at most 64 are allowed"},
		{pki.Names{Emails: []string{"a@b@c"}}, "email_addresses", `"a@b@c" holds '@', which a host name cannot have: use letters, digits and hyphens`},
		{pki.Names{Emails: []string{"a@*.example"}}, "email_addresses", `"a@*.example" has a wildcard in a place that no client matches: use it as the whole first label, such as *.example.com`},
		{pki.Names{Emails: []string{"a@b.example", "a@B.example"}}, "email_addresses", `"a@b.example" and "a@B.example" are the same name: remove one`},
		{pki.Names{URIs: []string{"/path"}}, "uris", `"/path" is a relative URI: start it with a scheme, such as https: or spiffe:`},
		{pki.Names{URIs: []string{"https:"}}, "uris", `"https:" has nothing after the scheme`},
		{pki.Names{URIs: []string{"https://"}}, "uris", `"https://" has no host name`},
		{pki.Names{URIs: []string{"file:///etc"}}, "uris", `"file:///etc" has no host name`},
		{pki.Names{URIs: []string{"https://a_b.example/"}}, "uris", `"https://a_b.example/" holds '_', which a host name cannot have: use letters, digits and hyphens`},
		{pki.Names{URIs: []string{"https://a/ü"}}, "uris", `"https://a/ü" is not in ASCII: percent-encode it`},
		{pki.Names{URIs: []string{"https://a/ b"}}, "uris", `"https://a/ b" is not a URI`},
		{pki.Names{URIs: []string{"https://a:b/"}}, "uris", `"https://a:b/" is not a URI`},
		{pki.Names{URIs: []string{"urn:a:b", "urn:a:b"}}, "uris", `"urn:a:b" and "urn:a:b" are the same name: remove one`},
	} {
		wantError(t, tt.names.Check(), pki.InvalidName, tt.field, tt.text)
	}
}

func TestSubjectCheck(t *testing.T) {
	t.Parallel()
	must(t, pki.Subject{
		CommonName: strings.Repeat("ü", 64), SerialNumber: "HRB 1234/5", Organization: []string{strings.Repeat("o", 64)}, OrganizationalUnit: []string{"A", "B"},
		Country: []string{"DE"}, Province: []string{strings.Repeat("p", 128)}, Locality: []string{"شرکت\u200cها"}, StreetAddress: []string{"1 Road"}, PostalCode: []string{"12345"},
	}.Check("subject"))
	one := func(s string) []string { return []string{s} }
	for _, tt := range []struct {
		subject     pki.Subject
		field, text string
	}{
		{pki.Subject{CommonName: strings.Repeat("ü", 65)}, "common_name", "the value has 65 characters, at most 64 are allowed (RFC 5280): shorten it"},
		{pki.Subject{CommonName: " x"}, "common_name", `" x" has leading or trailing space: remove it`},
		{pki.Subject{CommonName: "a\x00"}, "common_name", `"a\x00" holds a character that cannot be shown: remove it`},
		{pki.Subject{CommonName: "a\u202eb"}, "common_name", `"a\u202eb" holds a character that cannot be shown: remove it`},
		{pki.Subject{CommonName: "a\xff"}, "common_name", "the value is not valid UTF-8"},
		{pki.Subject{Organization: one(strings.Repeat("o", 65))}, "subject.organization", "the value has 65 characters, at most 64 are allowed (RFC 5280): shorten it"},
		{pki.Subject{OrganizationalUnit: one(strings.Repeat("o", 65))}, "subject.organizational_unit", "the value has 65 characters, at most 64 are allowed (RFC 5280): shorten it"},
		{pki.Subject{OrganizationalUnit: []string{"a", "a"}}, "subject.organizational_unit", `"a" is given twice: remove one`},
		{pki.Subject{Province: one(strings.Repeat("o", 129))}, "subject.province", "the value has 129 characters, at most 128 are allowed (RFC 5280): shorten it"},
		{pki.Subject{Locality: one(strings.Repeat("o", 129))}, "subject.locality", "the value has 129 characters, at most 128 are allowed (RFC 5280): shorten it"},
		{pki.Subject{StreetAddress: one("x ")}, "subject.street_address", `"x " has leading or trailing space: remove it`},
		{pki.Subject{PostalCode: one("")}, "subject.postal_code", "the value is empty: leave it out, or give a value"},
		{pki.Subject{Country: one("Germany")}, "subject.country", `"Germany" is not an ISO 3166 country code: use two capital letters, such as DE or US`},
		{pki.Subject{Country: one("us")}, "subject.country", `"us" is not an ISO 3166 country code: write US`},
		{pki.Subject{SerialNumber: "a_b"}, "subject.serial_number", `"a_b" holds a character that a serial number cannot have: use letters, digits, space and '()+,-./:=?`},
		{pki.Subject{SerialNumber: strings.Repeat("1", 65)}, "subject.serial_number", "the value has 65 characters, at most 64 are allowed (RFC 5280): shorten it"},
	} {
		wantError(t, tt.subject.Check("subject"), pki.InvalidName, tt.field, tt.text)
	}
	wantError(t, pki.Subject{Country: one("x")}.Check(""), pki.InvalidName, "country", `"x" is not an ISO 3166 country code: use two capital letters, such as DE or US`)
}
