package auth

import (
	"crypto/x509"
	"encoding/base64"
	"net/http"
	"net/netip"
	"strings"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// What an internet gateway sends along with what it relays: the certificate that was
// verified in the handshake (RFC 9440), and the address it came from. Only what the
// gateway itself has added counts, which is the last address.
const (
	clientCert   = "Client-Cert"
	forwardedFor = "X-Forwarded-For"
)

func speaksForAnother(r *http.Request) bool { return len(r.Header.Values(clientCert)) > 0 }

// forItself refuses who would speak for another without being a gateway.
func forItself(r *http.Request, by clm.Principal) error {
	if !speaksForAnother(r) {
		return nil
	}
	return clm.Errorf(clm.KindDenied, "principal %s is no internet gateway, and speaks for nobody else", by.Name).WithHint("leave out the header %s", clientCert)
}

// relaying is a request of an internet gateway: its own, or that of an agent it has let
// in, or that of somebody who has nothing but an enrolment token. What is not let in
// counts against who sent it, not against the gateway: anybody outside could shut out all
// others otherwise.
func (c Config) relaying(failures *failures, gateway clm.Principal, w http.ResponseWriter, r *http.Request, next http.Handler) {
	sender, relayed := senderOf(r)
	if relayed {
		if wait := failures.wait(sender); wait > 0 {
			tooMany(w, wait)
			return
		}
	}
	by := gateway
	if speaksForAnother(r) {
		var err error
		if by, err = c.relayed(r, gateway); err != nil {
			if relayed && clm.KindOf(err) == clm.KindDenied {
				failures.add(sender)
			}
			refuse(w, err)
			return
		}
	} else if r.URL.Path == api.AgentEnrolment {
		enrolling(failures, sender, gateway.Name, w, r, next)
		return
	}
	next.ServeHTTP(w, r.WithContext(clm.WithPrincipal(r.Context(), by)))
}

func (c Config) relayed(r *http.Request, gateway clm.Principal) (clm.Principal, error) {
	shown, err := parseClientCert(r.Header.Values(clientCert))
	if err != nil {
		return clm.Principal{}, err
	}
	return c.Relayed(r.Context(), gateway, shown)
}

// senderOf is whom a gateway relays, by network; the gateway itself where it does not say.
func senderOf(r *http.Request) (sender netip.Prefix, relayed bool) {
	given := r.Header.Values(forwardedFor)
	if len(given) == 0 {
		return addressOf(r.RemoteAddr), false
	}
	all := strings.Split(given[len(given)-1], ",")
	return networkOf(strings.TrimSpace(all[len(all)-1])), true
}

// parseClientCert reads a certificate from a byte sequence (RFC 9440, section 2.2, and RFC
// 8941, section 3.3.5).
func parseClientCert(given []string) (*x509.Certificate, error) {
	unreadable := clm.Errorf(clm.KindDenied, "the header %s is no certificate", clientCert).WithHint("send it once, as :base64 of its DER: (RFC 9440)")
	if len(given) != 1 || len(given[0]) < 2 || !strings.HasPrefix(given[0], ":") || !strings.HasSuffix(given[0], ":") {
		return nil, unreadable
	}
	der, err := base64.StdEncoding.DecodeString(given[0][1 : len(given[0])-1])
	if err != nil {
		return nil, unreadable
	}
	shown, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, unreadable
	}
	return shown, nil
}
