package pki_test

import (
	"crypto/x509"
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

const (
	aliasHead   = "Alias name: "
	keyPassword = "another-one"
)

func keyStoreJKS(t testing.TB, entry pki.KeyEntry, keyPassword string) []byte {
	t.Helper()
	data, err := pki.EncodeKeyStoreJKS(entry, password, keyPassword)
	must(t, err)
	return data
}

// wantListed checks that Java finds one key, under the alias of served, with the chain, and trusts what has these aliases.
func wantListed(t *testing.T, storeType string, store []byte, storePassword string, chain []*x509.Certificate, trusted []string) {
	t.Helper()
	out := keytoolOn(t, "-list", storeType, store, storePassword, "-rfc")
	if want := fmt.Sprintf("contains %d entr", 1+len(trusted)); !strings.Contains(out, want) {
		t.Errorf("keytool does not say that the store %s...:\n%s", want, out)
	}
	entry := entryOf(out, "my shop")
	if !strings.Contains(entry, "PrivateKeyEntry") || !pki.SamePEM(entry, string(pki.EncodeCertificates(chain...))) {
		t.Errorf("keytool shows another key entry:\n%s", out)
	}
	for _, alias := range trusted {
		want := chain[len(chain)-1]
		if alias == "corp issuing" {
			want = chain[1]
		}
		if entry := entryOf(out, alias); !strings.Contains(entry, "trustedCertEntry") || !pki.SamePEM(entry, string(pki.EncodeCertificates(want))) {
			t.Errorf("keytool shows another entry for %s:\n%s", alias, out)
		}
	}
}

// entryOf cuts an entry out of what keytool lists.
func entryOf(listed, alias string) string {
	_, entry, _ := strings.Cut(listed, aliasHead+alias+"\n")
	entry, _, _ = strings.Cut(entry, aliasHead)
	return entry
}

// Java finds key, chain and trusted certificates, each under its alias in lower case, whatever the kind of key.
func TestEncodeKeyStoreJKSReadByJava(t *testing.T) {
	t.Parallel()
	for _, spec := range storeSpecs {
		t.Run(specName(spec), func(t *testing.T) {
			t.Parallel()
			s := newServed(t, spec)
			wantListed(t, "JKS", keyStoreJKS(t, s.entry(s.trusted(t)...), ""), password, s.all(), []string{"corp issuing", "corp root"})
		})
	}
}

// The key opens with its own password, which is the store's if none was given, and Java can sign with it.
func TestEncodeKeyStoreJKSUsedByJava(t *testing.T) {
	t.Parallel()
	for _, spec := range storeSpecs {
		t.Run(specName(spec), func(t *testing.T) {
			t.Parallel()
			s := newServed(t, spec)
			wantUsable(t, "JKS", keyStoreJKS(t, s.entry(), keyPassword), password, keyPassword, s.key)
		})
	}
	s := newServed(t, pki.KeySpec{})
	wantUsable(t, "JKS", keyStoreJKS(t, s.entry(), ""), password, password, s.key)
	out, err := exec.Command("keytool", "-J-XX:TieredStopAtLevel=1", "-certreq", "-storetype", "JKS", "-alias", "my shop", "-storepass", password,
		"-keystore", file(t, "store", keyStoreJKS(t, s.entry(), keyPassword)), "-keypass", password).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "UnrecoverableKeyException") {
		t.Errorf("the key opens with the store's password: %v\n%s", err, out)
	}
}

// Java finds an alias beyond ASCII, whatever the case it is asked with. The last one has two UTF-16 units.
func TestEncodeKeyStoreJKSAliases(t *testing.T) {
	t.Parallel()
	s := newServed(t, pki.KeySpec{})
	entry := s.entry()
	entry.Alias = "MÜLLER €😀"
	store := keyStoreJKS(t, entry, "")
	out := keytoolOn(t, "-exportcert", "JKS", store, password, "-rfc", "-J-Dsun.jnu.encoding=UTF-8", "-J-Dfile.encoding=UTF-8", "-alias", "müllER €😀")
	if !pki.SamePEM(out, string(pki.EncodeCertificates(s.leaf))) {
		t.Errorf("keytool exports another certificate:\n%s", out)
	}
	got, err := pki.DecodeKeyStoreJKS(store, password)
	must(t, err)
	if got.Keys[0].Alias != "müller €😀" {
		t.Errorf("we read the alias %q", got.Keys[0].Alias)
	}
	entry.Alias = "ΟΔΟΣ"
	_, err = pki.EncodeKeyStoreJKS(entry, password, "")
	wantError(t, err, pki.InvalidName, "alias", `the lower case of "ΟΔΟΣ" is not the same everywhere: write it in lower case`)
}

func TestEncodeKeyStoreJKSPasswords(t *testing.T) {
	t.Parallel()
	entry := newServed(t, pki.KeySpec{}).entry()
	for _, tt := range []struct{ store, key, field, text string }{
		{"", "", "password", "the password is empty: give one of 6 characters or more"},
		{"", keyPassword, "password", "the password is empty: give one of 6 characters or more"},
		{"12345", "", "password", "the password has fewer than the 6 characters that Java demands: give a longer one"},
		{password, "12345", "private_key_password", "the password has fewer than the 6 characters that Java demands: give a longer one"},
		{password, "schlüssel", "private_key_password", "Java cannot open a file whose password has non-ASCII characters: use ASCII letters, digits and punctuation"},
	} {
		_, err := pki.EncodeKeyStoreJKS(entry, tt.store, tt.key)
		wantError(t, err, pki.Unsupported, tt.field, tt.text)
	}
	_, err := pki.EncodeKeyStoreJKS(entry, "123456", "654321")
	must(t, err)
}

// Two files with the same content share no salt, so no bytes of the protected key.
func TestEncodeKeyStoreJKSIsSalted(t *testing.T) {
	t.Parallel()
	entry := newServed(t, pki.KeySpec{}).entry()
	if first, second := keyStoreJKS(t, entry, ""), keyStoreJKS(t, entry, ""); string(first[80:150]) == string(second[80:150]) {
		t.Error("two files have the same ciphertext")
	}
}
