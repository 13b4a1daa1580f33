package pki_test

import (
	"bytes"
	"crypto/x509"
	"encoding/binary"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

func TestDecodeKeyStoreJKS(t *testing.T) {
	t.Parallel()
	s := newServed(t, pki.KeySpec{})
	got, err := pki.DecodeKeyStoreJKS(keyStoreJKS(t, s.entry(s.trusted(t)...), keyPassword), password)
	must(t, err)
	if len(got.Keys) != 1 || got.Keys[0].Alias != "my shop" || !got.Keys[0].Certificate.Equal(s.leaf) ||
		!slices.EqualFunc(got.Keys[0].Chain, s.chain(), (*x509.Certificate).Equal) || got.Keys[0].Key != nil {
		t.Errorf("we read the keys %+v", got.Keys)
	}
	if len(got.Trusted) != 2 || got.Trusted[0].Alias != "corp issuing" || !got.Trusted[0].Certificate.Equal(s.middle) ||
		got.Trusted[1].Alias != "corp root" || !got.Trusted[1].Certificate.Equal(s.root.cert) {
		t.Errorf("we read the trusted certificates %+v", got.Trusted)
	}
}

// What Java wrote: two keys with their own passwords, and a trusted certificate.
func TestDecodeKeyStoreJKSFromJava(t *testing.T) {
	t.Parallel()
	store := filepath.Join(t.TempDir(), "java.jks")
	java := func(command string, args ...string) string {
		base := []string{"-J-XX:TieredStopAtLevel=1", command, "-keystore", store, "-storetype", "JKS", "-storepass", password}
		return run(t, "keytool", append(base, args...)...)
	}
	root := newRoot(t, "Root", pki.KeySpec{}).cert
	java("-genkeypair", "-alias", "One", "-keyalg", "EC", "-dname", "CN=one", "-keypass", keyPassword)
	java("-genkeypair", "-alias", "Zwölf", "-keyalg", "Ed25519", "-dname", "CN=two", "-keypass", password)
	java("-importcert", "-noprompt", "-alias", "Root", "-file", certFile(t, root))
	got, err := pki.DecodeKeyStoreJKS(read(t, store), password)
	must(t, err)
	listed := java("-list", "-rfc")
	if len(got.Keys) != 2 || len(got.Trusted) != 1 || got.Trusted[0].Alias != "root" || !got.Trusted[0].Certificate.Equal(root) {
		t.Fatalf("we read %+v of:\n%s", got, listed)
	}
	for _, key := range got.Keys {
		if entry := entryOf(listed, key.Alias); !pki.SamePEM(entry, string(pki.EncodeCertificates(key.Certificate))) {
			t.Errorf("keytool shows something else for %q:\n%s", key.Alias, listed)
		}
	}
	_, err = pki.DecodeKeyStoreJKS(read(t, store), "wrong-one")
	wantError(t, err, pki.IncorrectPassword, "password", "the password does not open the key store")
}

func TestDecodeKeyStoreJKSRefuses(t *testing.T) {
	t.Parallel()
	s := newServed(t, pki.KeySpec{})
	whole := keyStoreJKS(t, s.entry(s.trusted(t)...), "")
	trust, err := pki.EncodeTrustStoreJKS(s.chain(), password)
	must(t, err)
	with := func(data []byte, old, replacement string) []byte {
		if !bytes.Contains(data, []byte(old)) {
			t.Fatalf("there is no %q to replace", old)
		}
		return bytes.Replace(data, []byte(old), []byte(replacement), 1)
	}
	forged := slices.Clone(s.root.cert.Raw)
	forged[len(forged)-1] ^= 1 // the signature's last bit
	changed := func(data []byte) []byte { return with(data, string(s.root.cert.Raw), string(forged)) }
	alias := strings.Repeat("\x00", 3) + "\x02\x00\x10" + pki.Fingerprint(s.middle.Raw)[:16]
	for name, tt := range map[string]struct {
		data        []byte
		password    string
		code        pki.Code
		field, text string
	}{
		"a wrong password":     {whole, "wrong", pki.IncorrectPassword, "password", "the password does not open the key store"},
		"the empty password":   {whole, "", pki.IncorrectPassword, "password", "the password does not open the key store"},
		"of trust alone":       {trust, "wrong", pki.IncorrectPassword, "password", "the password does not open the key store"},
		"empty":                {nil, password, pki.Malformed, "jks", "the key store is empty"},
		"random":               {[]byte("hello, world"), password, pki.Malformed, "jks", "the input is not a JKS key store"},
		"PKCS#12":              {keyStorePKCS12(t, s.entry(), pki.PKCS12Modern), password, pki.Malformed, "jks", "the input is a PKCS#12 file, not JKS: read it as pkcs12"},
		"JCEKS":                {[]byte("\xce\xce\xce\xce\x00\x00"), password, pki.Unsupported, "jks", "the key store is of type JCEKS: convert it with: keytool -importkeystore -deststoretype JKS"},
		"version 1":            {with(whole, "\xfe\xed\x00\x00\x00\x02", "\xfe\xed\x00\x00\x00\x01"), password, pki.Unsupported, "jks", "the key store has version 1, not 2"},
		"the magic alone":      {whole[:4], password, pki.Malformed, "jks", "the key store is damaged or cut off: it ends too early: copy it again"},
		"cut off":              {whole[:len(whole)-30], password, pki.Malformed, "jks", "the key store is damaged or cut off: it ends too early: copy it again"},
		"cut off in a digest":  {whole[:len(whole)-1], password, pki.Malformed, "jks", "the key store is damaged or cut off: it ends too early: copy it again"},
		"followed":             {append(whole[:len(whole):len(whole)], "more"...), password, pki.Malformed, "jks", "the key store is damaged or cut off: bytes follow its last entry: copy it again"},
		"an unknown entry":     {with(trust, alias, "\x00\x00\x00\x03"+alias[4:]), password, pki.Malformed, "jks", "the key store is damaged or cut off: it has an entry of unknown kind: copy it again"},
		"an alias of no text":  {with(trust, alias, alias[:6]+"\xff"+alias[7:]), password, pki.Malformed, "jks", "the key store is damaged or cut off: an alias is not text: copy it again"},
		"changed, with a key":  {changed(whole), password, pki.Malformed, "jks", "the key store is damaged or cut off: its digest does not match, and the password does: copy it again"},
		"changed, without one": {changed(trust), password, pki.IncorrectPassword, "password", "the password does not open the key store"},
		"too large":            {make([]byte, 16<<20+1), password, pki.Unsupported, "jks", "the file has 16777217 bytes, more than a key store can need (16777216)"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := pki.DecodeKeyStoreJKS(tt.data, tt.password)
			wantError(t, err, tt.code, tt.field, tt.text)
		})
	}
	// The parser's own words are not ours to hold.
	_, err = pki.DecodeKeyStoreJKS(with(trust, string(s.middle.Raw[:4]), "junk"), password)
	if pki.CodeOf(err) != pki.Malformed || !strings.Contains(err.Error(), "damaged or cut off: certificate 1 of ") {
		t.Errorf("a certificate that does not parse: %v", err)
	}
}

// A file that promises more than it has costs what it has. Not parallel: the count is the whole process's.
func TestDecodeKeyStoreJKSPromises(t *testing.T) {
	const most = 1<<32 - 1
	for name, numbers := range map[string][]uint32{
		"entries":            {most},
		"a key's bytes":      {1, 1, 0, 0, 0, most},
		"certificates":       {1, 1, 0, 0, 0, 0, most},
		"a certificate long": {1, 2, 0, 0, 0, most},
	} {
		var data []byte
		for _, number := range append([]uint32{0xfeedfeed, 2}, numbers...) {
			data = binary.BigEndian.AppendUint32(data, number)
		}
		data = append(data, make([]byte, 1000)...)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := pki.DecodeKeyStoreJKS(data, password)
		runtime.ReadMemStats(&after)
		if allocated := after.TotalAlloc - before.TotalAlloc; allocated > 1<<20 || pki.CodeOf(err) != pki.Malformed {
			t.Errorf("%s: %v, with %d bytes allocated for a file of %d", name, err, allocated, len(data))
		}
	}
}
