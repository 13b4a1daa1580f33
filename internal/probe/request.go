package probe

import (
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// Protocol is what an address speaks before TLS.
type Protocol string

// The protocols that can be looked at.
const (
	TLS        Protocol = "tls"        // TLS from the first byte on
	SMTP       Protocol = "smtp"       // STARTTLS, RFC 3207
	IMAP       Protocol = "imap"       // STARTTLS, RFC 9051, section 6.2.1
	POP3       Protocol = "pop3"       // STLS, RFC 2595, section 4
	PostgreSQL Protocol = "postgresql" // SSLRequest of the frontend/backend protocol 3.0
)

// Protocols lists them, for messages and documentation.
var Protocols = []Protocol{TLS, SMTP, IMAP, POP3, PostgreSQL}

// Request names what to look at.
type Request struct {
	// Address is host:port. The host is an IPv4 address, an IPv6 address in
	// brackets or a DNS name; a DNS name is looked at under all its addresses.
	Address string
	// ServerName is the name asked for (SNI) and the name the certificate should
	// be valid for. "" stands for the host of Address.
	ServerName string
	// Protocol is spoken there; "" stands for TLS.
	Protocol Protocol
}

// Check tells whether a request is well formed, without looking.
func (r Request) Check() error {
	host, port, err := net.SplitHostPort(r.Address)
	if err != nil || host == "" {
		return clm.Invalid("address", "%q is not host:port", r.Address).
			WithHint("write web.example.com:443, 192.0.2.1:443 or, with brackets, [2001:db8::1]:443")
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return clm.Invalid("address", "%q in %q is not a port", port, r.Address).WithHint("use a number from 1 to 65535")
	}
	if !slices.Contains(Protocols, r.protocol()) {
		return clm.Invalid("protocol", "%q is not a protocol that can be looked at", r.Protocol).WithHint("use one of %s", listed(Protocols))
	}
	return nil
}

func (r Request) protocol() Protocol {
	if r.Protocol == "" {
		return TLS
	}
	return r.Protocol
}

// serverName is the name to ask for and to verify. An IP address is verified,
// and never asked for (RFC 6066, section 3): crypto/tls sees to that.
func (r Request) serverName() string {
	if r.ServerName != "" {
		return r.ServerName
	}
	host, _ := r.split()
	return host
}

// split takes a request apart that was checked.
func (r Request) split() (host, port string) {
	host, port, err := net.SplitHostPort(r.Address)
	if err != nil {
		return r.Address, ""
	}
	return host, port
}

// literal is the host as an IP address, and whether it is one.
func (r Request) literal() (netip.Addr, bool) {
	host, _ := r.split()
	ip, err := netip.ParseAddr(host)
	return ip, err == nil
}

func listed(protocols []Protocol) string {
	words := make([]string, len(protocols))
	for i, p := range protocols {
		words[i] = string(p)
	}
	return strings.Join(words, ", ")
}
