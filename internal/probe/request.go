package probe

import (
	"net"
	"net/netip"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// Protocol is what an address speaks before TLS.
type Protocol = string

// The protocols that can be looked at.
const (
	TLS        Protocol = "tls"        // TLS from the first byte on
	SMTP       Protocol = "smtp"       // STARTTLS, RFC 3207
	IMAP       Protocol = "imap"       // STARTTLS, RFC 9051, section 6.2.1
	POP3       Protocol = "pop3"       // STLS, RFC 2595, section 4
	PostgreSQL Protocol = "postgresql" // SSLRequest of the frontend/backend protocol 3.0
)

// Protocols lists them, for messages and documentation.
var Protocols = clm.Protocols

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
	if err := clm.CheckAddress("address", r.Address); err != nil {
		return err
	}
	return clm.CheckProtocol("protocol", r.protocol())
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
