package pki

import (
	"crypto/x509"
	"errors"
	"net"
	"net/netip"
	"net/url"
	"strings"
)

// Names are the subject alternative names of a certificate (RFC 5280, section 4.2.1.6).
type Names struct {
	DNS, IPs, Emails, URIs []string
}

// IsEmpty reports whether there is no name of any kind.
func (n Names) IsEmpty() bool { return len(n.DNS)+len(n.IPs)+len(n.Emails)+len(n.URIs) == 0 }

// Check refuses the first bad or repeated name, with field dns_names, ip_addresses, email_addresses or uris. Two spellings of
// one name, such as a.example and A.EXAMPLE, are a repetition.
func (n Names) Check() error {
	checkIP := func(s string) error { _, err := ParseIP(s); return err }
	sameIP := func(s string) string { addr, _ := ParseIP(s); return addr.String() }
	exact := func(s string) string { return s }
	return firstError(
		checkEach("dns_names", n.DNS, CheckDNSName, strings.ToLower),
		checkEach("ip_addresses", n.IPs, checkIP, sameIP),
		checkEach("email_addresses", n.Emails, CheckEmail, lowerDomain),
		checkEach("uris", n.URIs, CheckURI, exact),
	)
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func checkEach(field string, names []string, check func(string) error, canonical func(string) string) error {
	seen := map[string]string{}
	for _, name := range names {
		if err := check(name); err != nil {
			return withField(err, field)
		}
		if before, ok := seen[canonical(name)]; ok {
			return refuse(InvalidName, field, "remove one", "%q and %q are the same name", before, name)
		}
		seen[canonical(name)] = name
	}
	return nil
}

func withField(err error, field string) error {
	var e *Error
	if !errors.As(err, &e) {
		return err
	}
	placed := *e
	placed.Field = field
	return &placed
}

// lowerDomain lowers what follows the @; the part before it is the receiver's business (RFC 5321, section 2.4).
func lowerDomain(s string) string {
	local, domain, _ := strings.Cut(s, "@")
	return local + "@" + strings.ToLower(domain)
}

// ParseIP reads an IPv4 or IPv6 address without zone, port or prefix length. An IPv4 address written as IPv6
// (::ffff:192.0.2.1) is refused: a certificate would carry it as IPv4, and it would read back as something else.
func ParseIP(s string) (netip.Addr, error) {
	addr, err := netip.ParseAddr(s)
	switch {
	case err != nil:
		return netip.Addr{}, refuse(InvalidName, "ip_addresses", ipHint(s), "%q is not an IP address", s)
	case addr.Zone() != "":
		return netip.Addr{}, refuse(InvalidName, "ip_addresses", "write "+addr.WithZone("").String(), "%q has a zone, which certificates cannot carry", s)
	case addr.Is4In6():
		return netip.Addr{}, refuse(InvalidName, "ip_addresses", "write "+addr.Unmap().String(), "%q is an IPv4 address in IPv6 form", s)
	}
	return addr, nil
}

func ipHint(s string) string {
	if prefix, err := netip.ParsePrefix(s); err == nil {
		return "a certificate names single addresses, such as " + prefix.Addr().String()
	}
	if port, err := netip.ParseAddrPort(s); err == nil {
		return "write " + port.Addr().String()
	}
	if CheckDNSName(s) == nil {
		return "move it to dns_names"
	}
	return ""
}

// addTo puts the names, which Check has passed, into a template.
func (n Names) addTo(template *x509.Certificate) error {
	template.DNSNames, template.EmailAddresses = n.DNS, n.Emails
	for _, s := range n.IPs {
		addr, err := ParseIP(s)
		if err != nil {
			return err
		}
		template.IPAddresses = append(template.IPAddresses, net.IP(addr.AsSlice()))
	}
	for _, s := range n.URIs {
		uri, err := url.Parse(s)
		if err != nil {
			return refuse(InvalidName, "uris", "", "%q is not a URI", s)
		}
		template.URIs = append(template.URIs, uri)
	}
	return nil
}

// NamesOf returns the subject alternative names of cert.
func NamesOf(cert *x509.Certificate) Names {
	return namesOf(cert.DNSNames, cert.IPAddresses, cert.EmailAddresses, cert.URIs)
}

func namesOf(dns []string, ips []net.IP, emails []string, uris []*url.URL) Names {
	names := Names{DNS: dns, Emails: emails}
	for _, ip := range ips {
		names.IPs = append(names.IPs, ip.String())
	}
	for _, uri := range uris {
		names.URIs = append(names.URIs, uri.String())
	}
	return names
}
