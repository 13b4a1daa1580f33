package pki_test

import (
	"bytes"
	"crypto/x509"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

const trustPassword = "changeit"

// trustStores are the formats in which Java reads trusted certificates, by the names keytool has for them.
var trustStores = map[string]func([]*x509.Certificate, string) ([]byte, error){
	"PKCS12": pki.EncodeTrustStorePKCS12,
	"JKS":    pki.EncodeTrustStoreJKS,
}

// trusted are CA certificates with every kind of key.
func trusted(t testing.TB) []*x509.Certificate {
	t.Helper()
	var out []*x509.Certificate
	for _, spec := range specs {
		out = append(out, newRoot(t, "Trusted "+specName(spec), spec).cert)
	}
	return out
}

// keytool reads a key store, with no more of a compiler than so short a run needs.
func keytool(t testing.TB, storeType string, store []byte, args ...string) string {
	t.Helper()
	base := []string{"-J-XX:TieredStopAtLevel=1", "-list", "-storetype", storeType, "-keystore", file(t, "store", store), "-storepass", trustPassword}
	return run(t, "keytool", append(base, args...)...)
}

// colons is a fingerprint as keytool prints it.
func colons(fingerprint string) string {
	pairs := slices.Collect(slices.Chunk([]byte(strings.ToUpper(fingerprint)), 2))
	return string(bytes.Join(pairs, []byte(":")))
}

// Java lists every certificate as trusted, each under its alias, and hands back the bytes that went in.
func TestEncodeTrustStoreReadByJava(t *testing.T) {
	t.Parallel()
	certs := trusted(t)
	for storeType, encode := range trustStores {
		t.Run(storeType, func(t *testing.T) {
			t.Parallel()
			store, err := encode(certs, trustPassword)
			must(t, err)
			listed := strings.Join(strings.Fields(keytool(t, storeType, store)), " ")
			if n := strings.Count(listed, "trustedCertEntry"); n != len(certs) || !strings.Contains(listed, fmt.Sprintf("contains %d entries", n)) {
				t.Errorf("keytool lists %d trusted certificates:\n%s", n, listed)
			}
			exported := keytool(t, storeType, store, "-rfc")
			for _, cert := range certs {
				fingerprint := pki.Fingerprint(cert.Raw)
				if want := "trustedCertEntry, Certificate fingerprint (SHA-256): " + colons(fingerprint); !strings.Contains(listed, want) {
					t.Errorf("keytool does not list %s:\n%s", want, listed)
				}
				_, entry, _ := strings.Cut(exported, "Alias name: "+fingerprint[:16]+"\n")
				entry, _, _ = strings.Cut(entry, "Alias name: ")
				if !pki.SamePEM(entry, string(pki.EncodeCertificates(cert))) {
					t.Errorf("keytool has another certificate under the alias of %s:\n%s", cert.Subject, entry)
				}
			}
		})
	}
}

// The date that Java shows comes from the certificate, since the clock's would change the file.
func TestEncodeTrustStoreJKSDate(t *testing.T) {
	t.Parallel()
	root := newRoot(t, "Root", pki.KeySpec{}).cert
	store, err := pki.EncodeTrustStoreJKS([]*x509.Certificate{root}, trustPassword)
	must(t, err)
	if out := keytool(t, "JKS", store, "-J-Duser.timezone=UTC", "-v"); !strings.Contains(out, "Creation date: Nov 22, 2026") {
		t.Errorf("the entry has another date:\n%s", out)
	}
}

// Java knows a changed store, and a wrong password, by the digest or MAC.
func TestEncodeTrustStoreIntegrity(t *testing.T) {
	t.Parallel()
	root := newRoot(t, "Root", pki.KeySpec{}).cert
	complaints := map[string]string{"PKCS12": "Failed PKCS12 integrity checking", "JKS": "Keystore was tampered with, or password was incorrect"}
	for storeType, encode := range trustStores {
		store, err := encode([]*x509.Certificate{root}, trustPassword)
		must(t, err)
		changed := bytes.Replace(store, root.Signature, make([]byte, len(root.Signature)), 1)
		for name, tt := range map[string]struct {
			store    []byte
			password string
		}{
			"wrong password": {store, "changed"}, "changed certificate": {changed, trustPassword},
		} {
			t.Run(storeType+" "+name, func(t *testing.T) {
				t.Parallel()
				out, err := exec.Command("keytool", "-J-XX:TieredStopAtLevel=1", "-list", "-storetype", storeType,
					"-keystore", file(t, "store", tt.store), "-storepass", tt.password).CombinedOutput()
				if err == nil || !strings.Contains(string(out), complaints[storeType]) {
					t.Errorf("keytool takes it: %v\n%s", err, out)
				}
			})
		}
	}
}

// OpenSSL reads the certificates in their order, under their aliases; so do we.
func TestEncodeTrustStorePKCS12ReadByOpenSSL(t *testing.T) {
	t.Parallel()
	certs := trusted(t)
	store, err := pki.EncodeTrustStorePKCS12(certs, trustPassword)
	must(t, err)
	out := openssl(t, "pkcs12", "-in", file(t, "store.p12", store), "-passin", "pass:"+trustPassword, "-nokeys")
	if !pki.SamePEM(out, string(pki.EncodeCertificates(certs...))) {
		t.Errorf("openssl reads other certificates: %s", out)
	}
	for _, cert := range certs {
		if !strings.Contains(out, "friendlyName: "+pki.Fingerprint(cert.Raw)[:16]+"\n") {
			t.Errorf("%s lacks its alias: %s", cert.Subject, out)
		}
	}
	got, err := pki.DecodePKCS12(store, trustPassword)
	must(t, err)
	if all := append([]*x509.Certificate{got.Certificate}, got.Chain...); !slices.EqualFunc(all, certs, (*x509.Certificate).Equal) {
		t.Errorf("we read %v", names(all))
	}
	_, err = pki.DecodePKCS12(store, "wrong")
	wantError(t, err, pki.IncorrectPassword, "pfx_password", "the password does not open the PKCS#12 file")
}

// Certificates, their order and the password decide every byte, and nothing else does. Repetitions do not count.
func TestEncodeTrustStoreIsDeterministic(t *testing.T) {
	t.Parallel()
	a, b := newRoot(t, "A", pki.KeySpec{}).cert, newRoot(t, "B", pki.KeySpec{}).cert
	again, err := x509.ParseCertificate(a.Raw)
	must(t, err)
	for storeType, encode := range trustStores {
		store := func(password string, certs ...*x509.Certificate) string {
			data, err := encode(certs, password)
			must(t, err)
			return string(data)
		}
		first := store(trustPassword, a, b)
		for name, tt := range map[string]struct {
			other string
			same  bool
		}{
			"the same":         {store(trustPassword, a, b), true},
			"parsed again":     {store(trustPassword, again, b), true},
			"repeated":         {store(trustPassword, a, b, again), true},
			"in another order": {store(trustPassword, b, a), false},
			"without one":      {store(trustPassword, a), false},
			"another password": {store("changed", a, b), false},
		} {
			if (first == tt.other) != tt.same {
				t.Errorf("%s %s: same bytes %v, want %v", storeType, name, !tt.same, tt.same)
			}
		}
	}
}

func TestEncodeTrustStoreRefuses(t *testing.T) {
	t.Parallel()
	root := newRoot(t, "Root", pki.KeySpec{}).cert
	one := []*x509.Certificate{root}
	for _, tt := range []struct {
		certs       []*x509.Certificate
		password    string
		code        pki.Code
		field, text string
	}{
		{nil, trustPassword, pki.NoCertificate, "certificate_pem", "there is no certificate to trust"},
		{[]*x509.Certificate{root, nil}, trustPassword, pki.NoCertificate, "certificate_pem", "certificate 2 of 2 is missing"},
		{one, "", pki.Unsupported, "password", "the password of the trust store is empty: give one; Java's own is changeit"},
		{one, "pässwort", pki.Unsupported, "password", "Java cannot open a file whose password has non-ASCII characters: use ASCII letters, digits and punctuation"},
		{one, "secret\n", pki.Unsupported, "password", "the password holds a control character: remove it; a line end from a file is the usual cause"},
	} {
		for _, encode := range trustStores {
			_, err := encode(tt.certs, tt.password)
			wantError(t, err, tt.code, tt.field, tt.text)
		}
	}
}
