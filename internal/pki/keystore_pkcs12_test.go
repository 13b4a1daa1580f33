package pki_test

import (
	"strings"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

func keyStorePKCS12(t testing.TB, entry pki.KeyEntry, profile pki.PKCS12Profile) []byte {
	t.Helper()
	data, err := pki.EncodeKeyStorePKCS12(entry, password, profile)
	must(t, err)
	return data
}

// OpenSSL reads key and chain in both profiles, and what protects them; so do we.
func TestEncodeKeyStorePKCS12ReadByOpenSSL(t *testing.T) {
	t.Parallel()
	shrouds := map[pki.PKCS12Profile]string{
		pki.PKCS12Modern: "MAC: sha256, Iteration 10000 MAC length: 32, salt length: 16 PKCS7 Encrypted data: PBES2, PBKDF2, AES-256-CBC, Iteration 10000, PRF hmacWithSHA256",
		pki.PKCS12Legacy: "MAC: sha1, Iteration 2048 MAC length: 20, salt length: 8 PKCS7 Encrypted data: pbeWithSHA1And3-KeyTripleDES-CBC, Iteration 2048",
	}
	for _, spec := range storeSpecs {
		s := newServed(t, spec)
		for _, profile := range profiles {
			t.Run(specName(spec)+" "+string(profile), func(t *testing.T) {
				t.Parallel()
				data := keyStorePKCS12(t, s.entry(s.trusted(t)...), profile)
				path := file(t, "store.p12", data)
				args := []string{"pkcs12", "-in", path, "-noenc", "-passin", "pass:" + password}
				if profile == pki.PKCS12Legacy {
					args = append(args, "-legacy")
				}
				out := openssl(t, args...)
				if !pki.SamePEM(out, string(pki.EncodeCertificates(s.all()...))) {
					t.Errorf("openssl reads other certificates: %s", out)
				}
				key, err := pki.ParsePrivateKey([]byte(out))
				must(t, err)
				must(t, pki.CheckKeyPair(s.leaf, key))
				for alias, times := range map[string]int{"My Shop": 2, "Corp Issuing": 1, "Corp Root": 1} {
					if strings.Count(out, "friendlyName: "+alias+"\n") != times {
						t.Errorf("%s is not there %d times: %s", alias, times, out)
					}
				}
				if info := runBoth(t, append(args, "-info", "-nokeys", "-nocerts")...); !strings.Contains(strings.Join(strings.Fields(info), " "), shrouds[profile]) {
					t.Errorf("openssl sees other protection: %s", info)
				}
				got, err := pki.DecodePKCS12(data, password)
				must(t, err)
				if got.Alias != "My Shop" || !got.Certificate.Equal(s.leaf) || strings.Join(names(got.Chain), ",") != strings.Join(names(s.chain()), ",") {
					t.Errorf("we read %q %v", got.Alias, names(got.Chain))
				}
			})
		}
	}
}

// Java finds the key with its whole chain, and lists what is trusted and nothing else.
func TestEncodeKeyStorePKCS12ReadByJava(t *testing.T) {
	t.Parallel()
	s := newServed(t, pki.KeySpec{})
	for name, tt := range map[string]struct {
		entry   pki.KeyEntry
		trusted []string
	}{
		"alone":       {s.entry(), nil},
		"the root":    {s.entry(pki.TrustedEntry{Alias: "Corp Root", Certificate: s.root.cert}), []string{"corp root"}},
		"two aliases": {s.entry(append(s.trusted(t), pki.TrustedEntry{Alias: "again", Certificate: s.root.cert})...), []string{"corp issuing", "corp root", "again"}},
	} {
		for _, profile := range profiles {
			t.Run(name+" "+string(profile), func(t *testing.T) {
				t.Parallel()
				wantListed(t, "PKCS12", keyStorePKCS12(t, tt.entry, profile), password, s.all(), tt.trusted)
			})
		}
	}
}

func TestEncodeKeyStorePKCS12UsedByJava(t *testing.T) {
	t.Parallel()
	for _, spec := range storeSpecs {
		t.Run(specName(spec), func(t *testing.T) {
			t.Parallel()
			s := newServed(t, spec)
			wantUsable(t, "PKCS12", keyStorePKCS12(t, s.entry(), pki.PKCS12Modern), password, password, s.key)
		})
	}
}

// A trusted certificate that is no part of the chain is in the file too.
func TestEncodeKeyStorePKCS12TrustsBeyondTheChain(t *testing.T) {
	t.Parallel()
	s := newServed(t, pki.KeySpec{})
	entry := s.entry(pki.TrustedEntry{Alias: "elsewhere", Certificate: newRoot(t, "Elsewhere", pki.KeySpec{}).cert})
	got, err := pki.DecodePKCS12(keyStorePKCS12(t, entry, pki.PKCS12Modern), password)
	must(t, err)
	if all := strings.Join(names(got.Chain), ","); all != strings.Join(names(s.chain()), ",")+",Elsewhere -> Elsewhere" {
		t.Errorf("we read %s", all)
	}
}

// An empty password is some appliances' wish.
func TestEncodeKeyStorePKCS12EmptyPassword(t *testing.T) {
	t.Parallel()
	data, err := pki.EncodeKeyStorePKCS12(newServed(t, pki.KeySpec{}).entry(), "", pki.PKCS12Modern)
	must(t, err)
	openssl(t, "pkcs12", "-in", file(t, "store.p12", data), "-noenc", "-passin", "pass:")
}
