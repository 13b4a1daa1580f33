package auth

import (
	"context"
	"crypto/x509"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// longestName keeps a name in the audit trail readable.
const longestName = 256

// shown is the principal of a chain: an agent, or somebody known by name.
func (c Config) shown(ctx context.Context, chain []*x509.Certificate) (clm.Principal, error) {
	if c.Agents != nil {
		by, err := c.Agents(ctx, chain)
		if err == nil || clm.KindOf(err) != clm.KindNotFound {
			return by, err
		}
	}
	return c.certificate(chain[0])
}

// certificate is the principal of a client certificate: its first URI, else its common
// name. A name that could pass for something else in a log is none.
func (c Config) certificate(cert *x509.Certificate) (clm.Principal, error) {
	if c.Now().After(cert.NotAfter) {
		return clm.Principal{}, clm.Errorf(clm.KindDenied, "the client certificate expired %s", cert.NotAfter.UTC().Format(time.RFC3339)).
			WithHint("connect again with one that is valid")
	}
	name := cert.Subject.CommonName
	if len(cert.URIs) > 0 {
		name = cert.URIs[0].String()
	}
	if name == "" || len(name) > longestName || !utf8.ValidString(name) || strings.ContainsFunc(name, unprintable) {
		return clm.Principal{}, clm.Errorf(clm.KindDenied, "the client certificate has no name to go by").
			WithHint("give it a URI or a common name of at most %d printable characters", longestName)
	}
	role, mapped := c.Roles[name]
	if !mapped {
		role = clm.RoleViewer
	}
	return clm.Principal{Name: "certificate:" + name, Role: role}, nil
}

func unprintable(r rune) bool { return !unicode.IsPrint(r) }
