package clm

import (
	"slices"
	"strings"
)

// Subject is a distinguished name (RFC 5280, 4.1.2.6). Package pki checks it.
type Subject struct {
	CommonName         string   `json:"common_name,omitempty"`
	SerialNumber       string   `json:"serial_number,omitempty"`
	Organization       []string `json:"organization,omitempty"`
	OrganizationalUnit []string `json:"organizational_unit,omitempty"`
	Country            []string `json:"country,omitempty"`
	Province           []string `json:"province,omitempty"`
	Locality           []string `json:"locality,omitempty"`
	StreetAddress      []string `json:"street_address,omitempty"`
	PostalCode         []string `json:"postal_code,omitempty"`
}

// Names are subject alternative names. Their order carries no meaning.
type Names struct {
	DNS    []string `json:"dns_names,omitempty"`
	IPs    []string `json:"ip_addresses,omitempty"`
	Emails []string `json:"email_addresses,omitempty"`
	URIs   []string `json:"uris,omitempty"`
}

// KeySpec says what key a certificate has.
type KeySpec struct {
	Algorithm string `json:"algorithm"` // RSA | ECDSA | ED25519
	RSABits   int    `json:"rsa_bits,omitempty"`
	Curve     string `json:"ecdsa_curve,omitempty"` // P256 | P384 | P521
}

// Equal tells whether two subjects are the same.
func (s Subject) Equal(o Subject) bool {
	return s.CommonName == o.CommonName && s.SerialNumber == o.SerialNumber &&
		slices.Equal(s.Organization, o.Organization) && slices.Equal(s.OrganizationalUnit, o.OrganizationalUnit) &&
		slices.Equal(s.Country, o.Country) && slices.Equal(s.Province, o.Province) &&
		slices.Equal(s.Locality, o.Locality) && slices.Equal(s.StreetAddress, o.StreetAddress) &&
		slices.Equal(s.PostalCode, o.PostalCode)
}

// Equal tells whether two sets of names are the same, whatever their order.
func (n Names) Equal(o Names) bool {
	return sameSet(n.DNS, o.DNS) && sameSet(n.IPs, o.IPs) && sameSet(n.Emails, o.Emails) && sameSet(n.URIs, o.URIs)
}

func sameSet(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

// Changed lists which parts of a certificate's identity differ, in the words
// of the configuration.
func (n Names) changed(o Names) []string {
	var parts []string
	for _, p := range []struct {
		name string
		a, b []string
	}{{"dns_names", n.DNS, o.DNS}, {"ip_addresses", n.IPs, o.IPs}, {"email_addresses", n.Emails, o.Emails}, {"uris", n.URIs, o.URIs}} {
		if !sameSet(p.a, p.b) {
			parts = append(parts, p.name)
		}
	}
	return parts
}

// listed joins words as a sentence does.
func listed(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}
