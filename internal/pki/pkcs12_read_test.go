package pki_test

import (
	"crypto"
	"crypto/x509"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"software.sslmate.com/src/go-pkcs12"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

const password = "s3cret-pw"

// bundle is a key with its certificate and issuer, as files for outside programs.
type bundle struct {
	root            ca
	key             crypto.Signer
	leaf            *x509.Certificate
	keyPEM, leafPEM string
	rootPEM, allPEM string
}

func newBundle(t testing.TB, spec pki.KeySpec) bundle {
	t.Helper()
	b := bundle{root: newRoot(t, "Bundle Root", pki.KeySpec{}), key: newKey(t, spec)}
	b.leaf = b.root.leaf(t, "bundle.example", b.key)
	b.keyPEM, b.leafPEM, b.rootPEM = keyFile(t, b.key), certFile(t, b.leaf), certFile(t, b.root.cert)
	b.allPEM = certFile(t, b.leaf, b.root.cert)
	return b
}

// export has openssl write the bundle and returns the file.
func (b bundle) export(t testing.TB, password string, args ...string) []byte {
	t.Helper()
	out := filepath.Join(t.TempDir(), "out.p12")
	base := []string{"pkcs12", "-export", "-inkey", b.keyPEM, "-in", b.leafPEM, "-certfile", b.rootPEM, "-name", "my alias", "-passout", "pass:" + password, "-out", out}
	openssl(t, append(base, args...)...)
	return read(t, out)
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	must(t, err)
	return data
}

// wantWhole checks that a decoded file has all that the bundle put in.
func (b bundle) wantWhole(t *testing.T, got *pki.PKCS12, err error, alias string) {
	t.Helper()
	must(t, err)
	if got.PrivateKey == nil || !pki.SameKey(got.PrivateKey.Public(), b.key.Public()) {
		t.Error("the private key is not the one that went in")
	}
	if !got.Certificate.Equal(b.leaf) || len(got.Chain) != 1 || !got.Chain[0].Equal(b.root.cert) {
		t.Errorf("got certificate %s and %d in the chain", got.Certificate.Subject, len(got.Chain))
	}
	if got.Alias != alias {
		t.Errorf("got alias %q, want %q", got.Alias, alias)
	}
}

// Every way in which OpenSSL protects a file opens with the right password, and with a wrong one says so.
func TestDecodePKCS12FromOpenSSL(t *testing.T) {
	t.Parallel()
	ciphers := []string{
		"AES-128-CBC", "AES-192-CBC", "AES-256-CBC", "DES-EDE3-CBC",
		"PBE-SHA1-3DES", "PBE-SHA1-2DES", "PBE-SHA1-RC2-40", "PBE-SHA1-RC2-128", "PBE-SHA1-RC4-40", "PBE-SHA1-RC4-128",
	}
	ways := map[string][]string{
		"default": nil, "legacy": {"-legacy"}, "nomac": {"-nomac"}, "iterations": {"-iter", "50000"}, "one iteration": {"-noiter", "-nomaciter"},
		"plain certificates": {"-certpbe", "NONE"}, "plain key": {"-keypbe", "NONE"}, "no descriptive name": {"-nomac", "-legacy"},
		"everything plain": {"-certpbe", "NONE", "-keypbe", "NONE"},
	}
	for _, cipher := range ciphers {
		ways[cipher] = []string{"-legacy", "-certpbe", cipher, "-keypbe", cipher}
	}
	for _, digest := range []string{"md5", "sha1", "sha224", "sha256", "sha384", "sha512"} {
		ways["mac "+digest] = []string{"-macalg", digest}
	}
	b := newBundle(t, pki.KeySpec{})
	for name, args := range ways {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data := b.export(t, password, args...)
			got, err := pki.DecodePKCS12(data, password)
			b.wantWhole(t, got, err, "my alias")
			_, err = pki.DecodePKCS12(data, "wrong")
			wantError(t, err, pki.IncorrectPassword, "pfx_password", "the password does not open the PKCS#12 file")
		})
	}
}

func TestDecodePKCS12KeyTypes(t *testing.T) {
	t.Parallel()
	for _, spec := range specs {
		t.Run(specName(spec), func(t *testing.T) {
			t.Parallel()
			b := newBundle(t, spec)
			got, err := pki.DecodePKCS12(b.export(t, password), password)
			b.wantWhole(t, got, err, "my alias")
		})
	}
}

// Writers disagree on how a password becomes bytes. Each odd form opens, with a MAC and without.
func TestDecodePKCS12Passwords(t *testing.T) {
	t.Parallel()
	b := newBundle(t, pki.KeySpec{})
	for name, tt := range map[string]struct{ written, given string }{
		"empty":                            {"", ""},
		"not ASCII":                        {"pässwörd€😀", "pässwörd€😀"},
		"widened, as OpenSSL before 1.1":   {"pÃ¤ss", "päss"},
		"Latin-1, as a terminal may do":    {"p\xe4ss", "päss"},
		"a space at the end is not erased": {"pw ", "pw "},
	} {
		for protection, args := range map[string][]string{"3DES": {"-legacy", "-certpbe", "PBE-SHA1-3DES"}, "3DES without MAC": {"-legacy", "-certpbe", "PBE-SHA1-3DES", "-nomac"}} {
			t.Run(name+", "+protection, func(t *testing.T) {
				t.Parallel()
				got, err := pki.DecodePKCS12(b.export(t, tt.written, args...), tt.given)
				b.wantWhole(t, got, err, "my alias")
			})
		}
	}
	t.Run("Latin-1 under PBES2", func(t *testing.T) {
		t.Parallel()
		got, err := pki.DecodePKCS12(b.export(t, "p\xe4ss"), "päss")
		b.wantWhole(t, got, err, "my alias")
	})
}

// Roots are handed around as files without a key, which many readers refuse.
func TestDecodePKCS12CertificatesOnly(t *testing.T) {
	t.Parallel()
	b := newBundle(t, pki.KeySpec{})
	for name, tt := range map[string]struct {
		input string
		want  *x509.Certificate
		chain int
	}{
		"a root alone":                   {b.rootPEM, b.root.cert, 0},
		"a leaf alone":                   {b.leafPEM, b.leaf, 0},
		"the CA comes before other ones": {b.allPEM, b.root.cert, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out := filepath.Join(t.TempDir(), "out.p12")
			openssl(t, "pkcs12", "-export", "-nokeys", "-in", tt.input, "-caname", "root", "-passout", "pass:"+password, "-out", out)
			got, err := pki.DecodePKCS12(read(t, out), password)
			must(t, err)
			if got.PrivateKey != nil || !got.Certificate.Equal(tt.want) || len(got.Chain) != tt.chain {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestDecodePKCS12FromKeytool(t *testing.T) {
	t.Parallel()
	for name, flag := range map[string]string{"modern": "-J-Dfile.encoding=UTF-8", "legacy": "-J-Dkeystore.pkcs12.legacy"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := filepath.Join(t.TempDir(), "store.p12")
			run(t, "keytool", "-J-XX:TieredStopAtLevel=1", flag, "-genkeypair", "-alias", "Java", "-keyalg", "EC", "-dname", "CN=java", "-storetype", "PKCS12", "-keystore", store, "-storepass", password)
			got, err := pki.DecodePKCS12(read(t, store), password)
			must(t, err)
			if got.Alias != "java" || got.PrivateKey == nil || got.Certificate.Subject.CommonName != "java" {
				t.Errorf("got alias %q, certificate %s", got.Alias, got.Certificate.Subject)
			}
		})
	}
}

// PBMAC1 and what else go-pkcs12 writes.
func TestDecodePKCS12FromGo(t *testing.T) {
	t.Parallel()
	b := newBundle(t, pki.KeySpec{})
	for name, encoder := range map[string]*pkcs12.Encoder{
		"PBMAC1": pkcs12.Modern2026, "modern": pkcs12.Modern2023, "3DES": pkcs12.LegacyDES, "RC2": pkcs12.LegacyRC2, "without password": pkcs12.Passwordless,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			word := password
			if encoder == pkcs12.Passwordless {
				word = ""
			}
			data, err := encoder.Encode(b.key, b.leaf, []*x509.Certificate{b.root.cert}, word)
			must(t, err)
			got, err := pki.DecodePKCS12(data, word)
			b.wantWhole(t, got, err, "")
			if encoder != pkcs12.Passwordless {
				_, err = pki.DecodePKCS12(data, "wrong")
				wantError(t, err, pki.IncorrectPassword, "pfx_password", "the password does not open the PKCS#12 file")
			}
		})
	}
}

// What NSS and GnuTLS write; see testdata/README.md.
func TestDecodePKCS12Fixtures(t *testing.T) {
	t.Parallel()
	passwords := map[string]string{"nss.p12": "pässwörd€", "gnutls-null-password.p12": ""}
	paths, err := filepath.Glob("testdata/*.p12")
	must(t, err)
	if len(paths) != 3 {
		t.Fatalf("testdata has %d files", len(paths))
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			word, ok := passwords[filepath.Base(path)]
			if !ok {
				word = "fixture"
			}
			got, err := pki.DecodePKCS12(read(t, path), word)
			must(t, err)
			must(t, pki.CheckKeyPair(got.Certificate, got.PrivateKey))
			issuers := slices.Collect(func(yield func(string) bool) {
				for _, cert := range got.Chain {
					yield(cert.Subject.String())
				}
			})
			want := "CN=Fixture Root"
			if strings.Contains(path, "-password") {
				want = ""
			}
			if got.Certificate.Subject.String() != "CN=fixture.example" || strings.Join(issuers, " ") != want || got.Alias != "fixture" {
				t.Errorf("got %s, chain %v, alias %q", got.Certificate.Subject, issuers, got.Alias)
			}
		})
	}
}

// Of a long chain, the certificates come back from the bottom up whatever order they were written in.
func TestDecodePKCS12OrdersChain(t *testing.T) {
	t.Parallel()
	old, young := newRoot(t, "Old Root", pki.KeySpec{}), newRoot(t, "New Root", pki.KeySpec{})
	cross, err := pki.CrossSign(young.cert, old.cert, old.key, now)
	must(t, err)
	stranger := newRoot(t, "Stranger", pki.KeySpec{})
	key := newKey(t, pki.KeySpec{})
	leaf := young.leaf(t, "leaf.example", key)
	data, err := pkcs12.Modern2023.Encode(key, leaf, []*x509.Certificate{stranger.cert, old.cert, cross}, password)
	must(t, err)
	got, err := pki.DecodePKCS12(data, password)
	must(t, err)
	if want := []*x509.Certificate{cross, old.cert, stranger.cert}; !slices.EqualFunc(got.Chain, want, (*x509.Certificate).Equal) {
		t.Errorf("got %v", names(got.Chain))
	}
}

func names(certs []*x509.Certificate) (out []string) {
	for _, cert := range certs {
		out = append(out, cert.Issuer.CommonName+" -> "+cert.Subject.CommonName)
	}
	return out
}
