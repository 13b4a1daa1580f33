package pki_test

import (
	"crypto/x509"
	"path/filepath"
	"strings"
	"testing"

	"software.sslmate.com/src/go-pkcs12"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

var profiles = []pki.PKCS12Profile{pki.PKCS12Modern, pki.PKCS12Legacy}

func (b bundle) content() pki.PKCS12 {
	return pki.PKCS12{PrivateKey: b.key, Certificate: b.leaf, Chain: []*x509.Certificate{b.root.cert}, Alias: "my alias"}
}

func encode(t testing.TB, content pki.PKCS12, profile pki.PKCS12Profile) []byte {
	t.Helper()
	data, err := pki.EncodePKCS12(content, password, profile)
	must(t, err)
	return data
}

// Every kind of key in every profile is read by OpenSSL and by us, whole.
func TestEncodePKCS12(t *testing.T) {
	t.Parallel()
	for _, spec := range specs {
		for _, profile := range profiles {
			t.Run(specName(spec)+" "+string(profile), func(t *testing.T) {
				t.Parallel()
				b := newBundle(t, spec)
				data := encode(t, b.content(), profile)
				got, err := pki.DecodePKCS12(data, password)
				b.wantWhole(t, got, err, "my alias")
				out := openssl(t, "pkcs12", "-in", file(t, "x.p12", data), "-noenc", "-passin", "pass:"+password)
				key, err := pki.ParsePrivateKey([]byte(out))
				must(t, err)
				must(t, pki.CheckKeyPair(b.leaf, key))
				if got := string(pki.EncodeCertificates(b.leaf, b.root.cert)); !pki.SamePEM(out, got) {
					t.Errorf("openssl reads other certificates: %s", out)
				}
				if strings.Count(out, "friendlyName: my alias") != 2 || strings.Count(out, "localKeyID") != 2 {
					t.Errorf("key and certificate lack their attributes: %s", out)
				}
			})
		}
	}
}

func TestEncodePKCS12ReadByGo(t *testing.T) {
	t.Parallel()
	b := newBundle(t, pki.KeySpec{})
	for _, profile := range profiles {
		key, leaf, chain, err := pkcs12.DecodeChain(encode(t, b.content(), profile), password)
		must(t, err)
		if !leaf.Equal(b.leaf) || len(chain) != 1 || !chain[0].Equal(b.root.cert) || key == nil {
			t.Errorf("%s: go-pkcs12 reads something else", profile)
		}
	}
}

// Java shows the entry under its alias, and a file without keys as trusted certificates, each under its own.
func TestEncodePKCS12ReadByJava(t *testing.T) {
	t.Parallel()
	b := newBundle(t, pki.KeySpec{})
	trust := pki.PKCS12{Certificate: b.root.cert, Chain: []*x509.Certificate{b.leaf}, Alias: "anchor"}
	for name, tt := range map[string]struct {
		data []byte
		want []string
	}{
		"modern": {encode(t, b.content(), pki.PKCS12Modern), []string{"Alias name: my alias", "PrivateKeyEntry", "chain length: 2"}},
		"legacy": {encode(t, b.content(), pki.PKCS12Legacy), []string{"Alias name: my alias", "PrivateKeyEntry", "chain length: 2"}},
		"trust":  {encode(t, trust, pki.PKCS12Modern), []string{"contains 2 entries", "Alias name: anchor\n", "Alias name: anchor-2", "trustedCertEntry"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out := run(t, "keytool", "-J-XX:TieredStopAtLevel=1", "-list", "-v", "-keystore", file(t, "x.p12", tt.data), "-storepass", password)
			for _, want := range tt.want {
				if !strings.Contains(out, want) {
					t.Errorf("keytool does not show %q:\n%s", want, out)
				}
			}
		})
	}
}

func TestEncodePKCS12EmptyPassword(t *testing.T) {
	t.Parallel()
	b := newBundle(t, pki.KeySpec{})
	for _, profile := range profiles {
		data, err := pki.EncodePKCS12(b.content(), "", profile)
		must(t, err)
		openssl(t, "pkcs12", "-in", file(t, "x.p12", data), "-noenc", "-passin", "pass:")
		got, err := pki.DecodePKCS12(data, "")
		b.wantWhole(t, got, err, "my alias")
	}
}

func TestEncodePKCS12Refuses(t *testing.T) {
	t.Parallel()
	b := newBundle(t, pki.KeySpec{})
	other := newKey(t, pki.KeySpec{})
	for _, tt := range []struct {
		content     pki.PKCS12
		password    string
		profile     pki.PKCS12Profile
		code        pki.Code
		field, text string
	}{
		{b.content(), "pässwort", pki.PKCS12Modern, pki.Unsupported, "pfx_password", "Java cannot open a file whose password has non-ASCII characters: use ASCII letters, digits and punctuation"},
		{b.content(), "secret\n", pki.PKCS12Modern, pki.Unsupported, "pfx_password", "the password holds a control character: remove it; a line end from a file is the usual cause"},
		{b.content(), "x", "rc2", pki.Unsupported, "pkcs12_profile", `PKCS#12 profile "rc2" is not known: use modern or legacy`},
		{pki.PKCS12{PrivateKey: b.key}, "x", pki.PKCS12Modern, pki.NoCertificate, "certificate_pem", "there is no certificate to write"},
		{pki.PKCS12{PrivateKey: other, Certificate: b.leaf}, "x", pki.PKCS12Legacy, pki.KeyMismatch, "private_key_pem", "the private key does not belong to CN=bundle.example: give the key that the certificate was issued for"},
		{pki.PKCS12{Certificate: b.leaf, Alias: "a\x00b"}, "x", pki.PKCS12Legacy, pki.InvalidName, "alias", `"a\x00b" holds a character that cannot be shown: remove it`},
	} {
		_, err := pki.EncodePKCS12(tt.content, tt.password, tt.profile)
		wantError(t, err, tt.code, tt.field, tt.text)
	}
}

// Two files with the same content share no salt, so no bytes of ciphertext.
func TestEncodePKCS12IsSalted(t *testing.T) {
	t.Parallel()
	b := newBundle(t, pki.KeySpec{})
	first, second := encode(t, b.content(), pki.PKCS12Legacy), encode(t, b.content(), pki.PKCS12Legacy)
	if string(first[100:200]) == string(second[100:200]) {
		t.Error("two files have the same ciphertext")
	}
}

func TestDecodePKCS12Refuses(t *testing.T) {
	t.Parallel()
	b := newBundle(t, pki.KeySpec{})
	whole := encode(t, b.content(), pki.PKCS12Legacy)
	noCerts := filepath.Join(t.TempDir(), "key.p12")
	openssl(t, "pkcs12", "-export", "-nocerts", "-inkey", b.keyPEM, "-passout", "pass:"+password, "-out", noCerts)
	stranger, err := pkcs12.LegacyDES.Encode(newKey(t, pki.KeySpec{}), b.leaf, nil, password)
	must(t, err)
	for name, tt := range map[string]struct {
		data        []byte
		code        pki.Code
		field, text string
	}{
		"empty":         {nil, pki.Malformed, "pfx", "the PKCS#12 file is empty"},
		"cut off":       {whole[:len(whole)-20], pki.Malformed, "pfx", "the PKCS#12 file is damaged or cut off: the ASN.1 ends too early: copy it again"},
		"followed":      {append(whole[:len(whole):len(whole)], "more"...), pki.Malformed, "pfx", "4 bytes follow the end of the PKCS#12 file"},
		"random":        {[]byte("hello, world"), pki.Malformed, "pfx", "the input is not a PKCS#12 file"},
		"a certificate": {b.leaf.Raw, pki.Malformed, "pfx", "the input is not a PKCS#12 file"},
		"PEM":           {read(t, b.leafPEM), pki.Malformed, "pfx", "the input is not a PKCS#12 file: it is PEM; give it as certificate_pem and private_key_pem"},
		"base64":        {[]byte("MIIDQgIBAzCCAw"), pki.Malformed, "pfx", "the input is not a PKCS#12 file: it is base64; decode it first"},
		"JKS": {[]byte("\xfe\xed\xfe\xed\x00\x00"), pki.Malformed, "pfx",
			"the input is not a PKCS#12 file: it is a Java keystore (JKS); convert it with: keytool -importkeystore -deststoretype PKCS12"},
		"no certificate":   {read(t, noCerts), pki.NoCertificate, "pfx", "the PKCS#12 file holds no certificate: export it again with the certificate"},
		"a stranger's key": {stranger, pki.KeyMismatch, "pfx", "the private key in the PKCS#12 file belongs to none of its certificates: export it again with the key's own certificate"},
		"too large":        {make([]byte, 16<<20+1), pki.Unsupported, "pfx", "the file has 16777217 bytes, more than a PKCS#12 file can need (16777216)"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := pki.DecodePKCS12(tt.data, password)
			wantError(t, err, tt.code, tt.field, tt.text)
		})
	}
}
