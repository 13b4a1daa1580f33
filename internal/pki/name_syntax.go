package pki

import (
	"net/netip"
	"net/url"
	"strings"

	"golang.org/x/net/idna"
)

const (
	maxLabel     = 63  // octets, RFC 1035, section 2.3.4
	maxName      = 253 // characters without the final dot, RFC 1035, section 2.3.4
	maxLocalPart = 64  // octets, RFC 5321, section 4.5.3.1.1
)

// CheckDNSName refuses what is not a host name in the preferred name syntax (RFC 1034, section 3.5; RFC 1123, section 2.1),
// save that the leftmost label may be "*". Labels starting with "xn--" must be valid A-labels (RFC 5890).
func CheckDNSName(s string) error {
	if _, err := netip.ParseAddr(s); err == nil {
		return refuse(InvalidName, "dns_names", "move it to ip_addresses", "%q is an IP address", s)
	}
	host, wildcard := strings.CutPrefix(s, "*.")
	if s == "*" {
		return refuse(InvalidName, "dns_names", "give the domain, such as *.example.com", "a wildcard cannot stand alone")
	}
	if err := checkHost("dns_names", s, host, ""); err != nil {
		return err
	}
	if wildcard && len(s) > maxName {
		return refuse(InvalidName, "dns_names", "", "the name has %d characters, at most %d are allowed", len(s), maxName)
	}
	return nil
}

// checkHost checks host, which is shown as part of name. extra are characters allowed beside letters, digits and hyphen.
func checkHost(field, name, host, extra string) error {
	switch {
	case host == "":
		return refuse(InvalidName, field, "", "%q has no host name", name)
	case !isASCII(host):
		return refuse(InvalidName, field, aLabelHint(name), "%q is not in ASCII", name)
	case strings.HasSuffix(host, "."):
		return refuse(InvalidName, field, "write "+strings.TrimSuffix(name, "."), "%q ends in a dot", name)
	case len(host) > maxName:
		return refuse(InvalidName, field, "", "the name has %d characters, at most %d are allowed", len(host), maxName)
	}
	labels := strings.Split(host, ".")
	for _, label := range labels {
		if err := checkLabel(field, name, label, extra); err != nil {
			return err
		}
	}
	if isNumber(labels[len(labels)-1]) {
		return refuse(InvalidName, field, "", "%q ends in a number, as only IP addresses do", name)
	}
	return nil
}

func checkLabel(field, name, label, extra string) error {
	switch {
	case label == "":
		return refuse(InvalidName, field, "", "%q has an empty label", name)
	case len(label) > maxLabel:
		return refuse(InvalidName, field, "", "the label %q has %d characters, at most %d are allowed", label, len(label), maxLabel)
	case strings.Contains(label, "*"):
		return refuse(InvalidName, field, "use it as the whole first label, such as *.example.com", "%q has a wildcard in a place that no client matches", name)
	case strings.HasPrefix(label, "-") || strings.HasSuffix(label, "-"):
		return refuse(InvalidName, field, "", "the label %q in %q starts or ends with a hyphen", label, name)
	}
	for _, r := range label {
		if !isHostCharacter(r) && !strings.ContainsRune(extra, r) {
			return refuse(InvalidName, field, "use letters, digits and hyphens", "%q holds %q, which a host name cannot have", name, r)
		}
	}
	if strings.HasPrefix(strings.ToLower(label), "xn--") && !isALabel(label) {
		return refuse(InvalidName, field, "", "the label %q in %q does not decode to a valid international name", label, name)
	}
	return nil
}

func isHostCharacter(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-'
}

func isNumber(s string) bool {
	return strings.Trim(s, "0123456789") == ""
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// isALabel holds a label to RFC 5890, section 2.3.2.1: it decodes, and encodes again to itself.
func isALabel(label string) bool {
	label = strings.ToLower(label)
	unicode, err := idna.Registration.ToUnicode(label)
	if err != nil {
		return false
	}
	again, err := idna.Registration.ToASCII(unicode)
	return err == nil && again == label
}

func aLabelHint(name string) string {
	rest, wildcard := strings.CutPrefix(name, "*.")
	ascii, err := idna.Lookup.ToASCII(rest)
	if err != nil {
		return "use the xn-- form"
	}
	if wildcard {
		ascii = "*." + ascii
	}
	return "write " + ascii
}

// CheckEmail refuses what is not a Mailbox with an ASCII local part in dot-atom form (RFC 5280, section 4.2.1.6; RFC 5321,
// section 4.1.2). Quoted local parts and address literals are legal, but nobody uses them and few readers take them.
func CheckEmail(s string) error {
	local, domain, found := strings.Cut(s, "@")
	switch {
	case !found || local == "" || domain == "" || strings.ContainsAny(s, "<> \t"):
		return refuse(InvalidName, "email_addresses", "write it as user@example.com", "%q is not an email address", s)
	case !isASCII(local):
		return refuse(InvalidName, "email_addresses", "use an ASCII alias", "%q has a local part that is not in ASCII", s)
	case len(local) > maxLocalPart:
		return refuse(InvalidName, "email_addresses", "", "the part before the @ has %d characters, at most %d are allowed", len(local), maxLocalPart)
	case !isDotAtom(local):
		return refuse(InvalidName, "email_addresses", "write it as user@example.com", "%q is not an email address", s)
	}
	return checkHost("email_addresses", s, domain, "")
}

// isDotAtom is dot-atom-text of RFC 5322, section 3.2.3.
func isDotAtom(s string) bool {
	for atom := range strings.SplitSeq(s, ".") {
		if atom == "" {
			return false
		}
		for _, r := range atom {
			if !isHostCharacter(r) && !strings.ContainsRune("!#$%&'*+/=?^_`{|}~", r) {
				return false
			}
		}
	}
	return true
}

// CheckURI refuses what RFC 5280, section 4.2.1.6, does: relative URIs, URIs with a scheme and nothing else, and an authority
// whose host is neither a host name nor an IP address. SPIFFE trust domains may hold underscores, as their standard says.
func CheckURI(s string) error {
	uri, err := url.Parse(s)
	switch {
	case !isASCII(s):
		return refuse(InvalidName, "uris", "percent-encode it", "%q is not in ASCII", s)
	case err != nil || strings.ContainsAny(s, " <>\"{}|\\^`"):
		return refuse(InvalidName, "uris", "", "%q is not a URI", s)
	case uri.Scheme == "":
		return refuse(InvalidName, "uris", "start it with a scheme, such as https: or spiffe:", "%q is a relative URI", s)
	case strings.HasPrefix(s[len(uri.Scheme)+1:], "//"):
		return checkAuthority(s, uri)
	case uri.Opaque == "" && uri.Path == "":
		return refuse(InvalidName, "uris", "", "%q has nothing after the scheme", s)
	}
	return nil
}

func checkAuthority(s string, uri *url.URL) error {
	host := uri.Hostname()
	if addr, err := netip.ParseAddr(host); err == nil && addr.Zone() == "" {
		return nil
	}
	extra := ""
	if uri.Scheme == "spiffe" {
		extra = "_"
	}
	return checkHost("uris", s, host, extra)
}
