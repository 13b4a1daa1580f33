package pki

import (
	"crypto/x509"
	"slices"
)

// EncodeKeyStorePKCS12 writes the entry as EncodePKCS12 does, and the trusted certificates so that Java lists them too. One that
// is also part of the chain is in the file once. Other programs see a chain, each certificate with its alias as friendly name.
//
// Every reader builds the chain that it sends from the certificates it finds: a trusted root counts as part of the chain.
func EncodeKeyStorePKCS12(entry KeyEntry, password string, profile PKCS12Profile) ([]byte, error) {
	if err := CheckPasswordPKCS12(storePasswordField, password); err != nil {
		return nil, err
	}
	writer, err := newPKCS12Writer(password, profile)
	if err != nil {
		return nil, err
	}
	if err := entry.check(); err != nil {
		return nil, err
	}
	content := PKCS12{PrivateKey: entry.Key, Certificate: entry.Certificate, Alias: entry.Alias}
	return writer.encode(content, entry.certBags(content))
}

// certBags are the key's certificate, then the others.
func (e KeyEntry) certBags(content PKCS12) []safeBag {
	bags := []safeBag{certificateBag(e.Certificate, content.attributes(e.Alias))}
	for _, other := range e.others() {
		bags = append(bags, certificateBag(other.Certificate, other.attributes()))
	}
	return bags
}

// others are the rest of the chain in its order, under their aliases if they are trusted, then what is trusted beyond it.
func (e KeyEntry) others() []TrustedEntry {
	issuers := e.fullChain()[1:]
	var out []TrustedEntry
	for _, cert := range issuers {
		entries := e.trusting(cert)
		if len(entries) == 0 {
			entries = []TrustedEntry{{Certificate: cert}}
		}
		out = append(out, entries...)
	}
	for _, entry := range e.Trusted {
		if !slices.ContainsFunc(issuers, entry.Certificate.Equal) {
			out = append(out, entry)
		}
	}
	return out
}

func (e KeyEntry) trusting(cert *x509.Certificate) []TrustedEntry {
	var out []TrustedEntry
	for _, entry := range e.Trusted {
		if entry.Certificate.Equal(cert) {
			out = append(out, entry)
		}
	}
	return out
}

// attributes make Java list a certificate as trusted; one without an alias is there for the chain alone.
func (e TrustedEntry) attributes() []bagAttribute {
	if e.Alias == "" {
		return nil
	}
	return PKCS12{}.attributes(e.Alias)
}
