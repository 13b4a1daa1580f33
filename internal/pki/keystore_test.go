package pki_test

import (
	"crypto"
	"crypto/x509"
	"slices"
	"testing"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

// served is a key with its leaf, one intermediate and a root: what a connector puts on a device.
type served struct {
	root   ca
	middle *x509.Certificate
	key    crypto.Signer
	leaf   *x509.Certificate
}

func newServed(t testing.TB, spec pki.KeySpec) served {
	t.Helper()
	s := served{root: newRoot(t, "Root", pki.KeySpec{}), key: newKey(t, spec)}
	middle := newRoot(t, "Intermediate", pki.KeySpec{})
	var err error
	s.middle, err = pki.CrossSign(middle.cert, s.root.cert, s.root.key, now.Add(-time.Minute))
	must(t, err)
	s.leaf, err = pki.CreateLeaf(leafRequest("served.example", s.key.Public()), s.middle, middle.key)
	must(t, err)
	return s
}

func (s served) chain() []*x509.Certificate { return []*x509.Certificate{s.middle, s.root.cert} }
func (s served) all() []*x509.Certificate   { return append([]*x509.Certificate{s.leaf}, s.chain()...) }

func (s served) entry(trusted ...pki.TrustedEntry) pki.KeyEntry {
	return pki.KeyEntry{Alias: "My Shop", Key: s.key, Certificate: s.leaf, Chain: s.chain(), Trusted: trusted}
}

// trusted are both issuers, under aliases.
func (s served) trusted(t testing.TB) []pki.TrustedEntry {
	t.Helper()
	entries, err := pki.TrustChain(s.chain(), "Corp Root", []string{"Corp Issuing"})
	must(t, err)
	return entries
}

// storeSpecs are the kinds of key that Java tells apart.
var storeSpecs = []pki.KeySpec{{Algorithm: pki.RSA}, {Algorithm: pki.ECDSA}, {Algorithm: pki.Ed25519}}

// keytoolOn runs one keytool command on a key store.
func keytoolOn(t testing.TB, command, storeType string, store []byte, storePassword string, args ...string) string {
	t.Helper()
	base := []string{"-J-XX:TieredStopAtLevel=1", command, "-storetype", storeType, "-keystore", file(t, "store", store), "-storepass", storePassword}
	return run(t, "keytool", append(base, args...)...)
}

// wantUsable has Java sign with the key, which takes its password and its content, and OpenSSL check what it signed.
func wantUsable(t *testing.T, storeType string, store []byte, storePassword, keyPassword string, key crypto.Signer) {
	t.Helper()
	request := keytoolOn(t, "-certreq", storeType, store, storePassword, "-alias", "my shop", "-keypass", keyPassword)
	out := openssl(t, "req", "-in", file(t, "request.pem", []byte(request)), "-verify", "-pubkey", "-noout")
	if want := openssl(t, "pkey", "-in", keyFile(t, key), "-pubout"); out != want {
		t.Errorf("Java signs for another key:\n%s\nwant\n%s", out, want)
	}
}

func TestTrustChain(t *testing.T) {
	t.Parallel()
	s := newServed(t, pki.KeySpec{})
	for name, tt := range map[string]struct {
		chain   []*x509.Certificate
		root    string
		middles []string
		want    []pki.TrustedEntry
	}{
		"nothing":           {s.chain(), "", nil, nil},
		"the root":          {s.chain(), "r", nil, []pki.TrustedEntry{{Alias: "r", Certificate: s.root.cert}}},
		"an intermediate":   {s.chain()[:1], "", []string{"i"}, []pki.TrustedEntry{{Alias: "i", Certificate: s.middle}}},
		"passed over":       {s.chain(), "r", []string{""}, []pki.TrustedEntry{{Alias: "r", Certificate: s.root.cert}}},
		"both, bottom up":   {s.chain(), "r", []string{"i"}, []pki.TrustedEntry{{Alias: "i", Certificate: s.middle}, {Alias: "r", Certificate: s.root.cert}}},
		"the root by alone": {s.chain()[1:], "r", nil, []pki.TrustedEntry{{Alias: "r", Certificate: s.root.cert}}},
	} {
		got, err := pki.TrustChain(tt.chain, tt.root, tt.middles)
		must(t, err)
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %v, want %v", name, got, tt.want)
		}
	}
	_, err := pki.TrustChain(s.chain()[:1], "r", nil)
	wantError(t, err, pki.NoCertificate, "root_alias", `the chain has no root certificate for the alias "r": leave the alias out, or have the root included`)
	_, err = pki.TrustChain(s.chain(), "", []string{"a", "b"})
	wantError(t, err, pki.NoCertificate, "intermediate_aliases", "there are 2 aliases for 1 intermediate certificates: give at most one for each")
}

func TestEncodeKeyStoreRefuses(t *testing.T) {
	t.Parallel()
	s := newServed(t, pki.KeySpec{})
	change := func(change func(*pki.KeyEntry)) pki.KeyEntry {
		entry := s.entry(pki.TrustedEntry{Alias: "root", Certificate: s.root.cert})
		change(&entry)
		return entry
	}
	for name, tt := range map[string]struct {
		entry       pki.KeyEntry
		password    string
		code        pki.Code
		field, text string
	}{
		"not ASCII":      {s.entry(), "pässwort", pki.Unsupported, "password", "Java cannot open a file whose password has non-ASCII characters: use ASCII letters, digits and punctuation"},
		"a line end":     {s.entry(), "secret\n", pki.Unsupported, "password", "the password holds a control character: remove it; a line end from a file is the usual cause"},
		"no certificate": {change(func(e *pki.KeyEntry) { e.Certificate = nil }), password, pki.NoCertificate, "certificate_pem", "there is no certificate to write"},
		"no key":         {change(func(e *pki.KeyEntry) { e.Key = nil }), password, pki.NoPrivateKey, "private_key_pem", "there is no private key for CN=served.example"},
		"another key": {change(func(e *pki.KeyEntry) { e.Key = s.root.key }), password, pki.KeyMismatch, "private_key_pem",
			"the private key does not belong to CN=served.example: give the key that the certificate was issued for"},
		"a key in hardware": {change(func(e *pki.KeyEntry) { e.Key = lyingSigner{s.key, s.key.Public()} }), password, pki.Unsupported, "private_key_pem",
			"a private key of type pki_test.lyingSigner cannot be exported"},
		"a gap in the chain": {change(func(e *pki.KeyEntry) { e.Chain = []*x509.Certificate{s.middle, nil} }), password, pki.NoCertificate, "certificate_pem", "certificate 2 of 2 in the chain is missing"},
		"no alias":           {change(func(e *pki.KeyEntry) { e.Alias = "" }), password, pki.InvalidName, "alias", "an entry of the key store has no alias: give one, such as the certificate's name"},
		"a bad alias":        {change(func(e *pki.KeyEntry) { e.Alias = "a\x00" }), password, pki.InvalidName, "alias", `"a\x00" holds a character that cannot be shown: remove it`},
		"an alias twice": {change(func(e *pki.KeyEntry) { e.Alias = "Root" }), password, pki.Ambiguous, "alias",
			`two entries have the alias "root": give each another one; upper and lower case are the same to Java`},
		"trust in nothing": {change(func(e *pki.KeyEntry) { e.Trusted[0].Certificate = nil }), password, pki.NoCertificate, "certificate_pem", `the certificate for the alias "root" is missing`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := pki.EncodeKeyStorePKCS12(tt.entry, tt.password, pki.PKCS12Modern)
			wantError(t, err, tt.code, tt.field, tt.text)
			_, err = pki.EncodeKeyStoreJKS(tt.entry, tt.password, "")
			wantError(t, err, tt.code, tt.field, tt.text)
		})
	}
	_, err := pki.EncodeKeyStorePKCS12(s.entry(), password, "rc2")
	wantError(t, err, pki.Unsupported, "pkcs12_profile", `PKCS#12 profile "rc2" is not known: use modern or legacy`)
}
