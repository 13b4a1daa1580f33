package explore

import (
	"crypto/x509"
	"encoding/pem"
	"strings"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// chain is certificates in the order in which they are served.
type chain struct {
	certificates []*x509.Certificate
	fingerprint  string // of the first
	links        string // who vouches for whom
}

func newChain(certificates []*x509.Certificate) *chain {
	c := &chain{certificates: certificates}
	var links []string
	for _, certificate := range certificates {
		links = append(links, certificate.Subject.CommonName+"<"+certificate.Issuer.CommonName)
	}
	c.links = strings.Join(links, " ")
	if len(certificates) > 0 {
		c.fingerprint = clm.FingerprintOf(certificates[0].Raw)
	}
	return c
}

// inPEM parses a file.
func (s *shard) inPEM(d document) *chain {
	if known, ok := s.parsed[d.sha256]; ok {
		return known
	}
	var all []*x509.Certificate
	for block, rest := pem.Decode(d.content); block != nil; block, rest = pem.Decode(rest) {
		all = append(all, parsed(block.Bytes))
	}
	return s.remember(d.sha256, all)
}

// inDER parses certificates of the estate.
func (s *shard) inDER(ders [][]byte) *chain {
	name := ""
	for _, der := range ders {
		name += string(der)
	}
	if known, ok := s.parsed[name]; ok {
		return known
	}
	var all []*x509.Certificate
	for _, der := range ders {
		all = append(all, parsed(der))
	}
	return s.remember(name, all)
}

func parsed(der []byte) *x509.Certificate {
	certificate, err := x509.ParseCertificate(der)
	panicOn(err)
	return certificate
}

// remember keeps what was parsed, and what was verified, for a while: most leaves are
// met in one action only.
func (s *shard) remember(name string, all []*x509.Certificate) *chain {
	if len(s.parsed) > 2000 {
		clear(s.parsed)
		clear(s.verified)
	}
	s.parsed[name] = newChain(all)
	return s.parsed[name]
}
