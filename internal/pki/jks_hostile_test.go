package pki

import (
	"bytes"
	"encoding/asn1"
	"testing"
)

// Like the PKCS#12 files beside them, these parts no honest program writes.

func TestTextOfJKS(t *testing.T) {
	t.Parallel()
	for encoded, want := range map[string]string{
		"a":                        "a",
		"\xc0\x80":                 "\x00",
		"\xc3\xbc":                 "ü",
		"\xe2\x82\xac":             "€",
		"\xed\xa0\xbd\xed\xb8\x80": "😀",
		"\xed\xa0\xbd":             "\ufffd",
	} {
		if got, ok := textOfJKS([]byte(encoded)); got != want || !ok {
			t.Errorf("%x: got %q %v, want %q", encoded, got, ok, want)
		}
	}
	for _, encoded := range []string{"\x80", "\xff", "\xc3", "\xe2\x82", "\xc3a", "\xe2\x82a", "\xf0\x9f\x98\x80"} {
		if got, ok := textOfJKS([]byte(encoded)); ok {
			t.Errorf("%x: got %q, want no text", encoded, got)
		}
	}
}

func TestOpensJKSKey(t *testing.T) {
	t.Parallel()
	protected, err := protectJKSKey(selfSigned(t).PrivateKey, "right")
	if err != nil {
		t.Fatal(err)
	}
	var info encryptedPrivateKeyInfo
	if err := unmarshal(protected, &info); err != nil {
		t.Fatal(err)
	}
	short, foreign := info, info
	short.EncryptedData = short.EncryptedData[:39]
	foreign.Algorithm.Algorithm = oidTripleDES
	for name, tt := range map[string]struct {
		protected []byte
		password  string
		want      bool
	}{
		"the password":      {protected, "right", true},
		"another":           {protected, "wrong", false},
		"too short":         {marshal(short), "right", false},
		"another algorithm": {marshal(foreign), "right", false},
		"no ASN.1":          {[]byte("key"), "right", false},
	} {
		if got := opensJKSKey(tt.protected, tt.password); got != tt.want {
			t.Errorf("%s: opens %v, want %v", name, got, tt.want)
		}
	}
}

// An attribute certificate among the certificates is passed over (RFC 5652, section 10.2.2).
func TestDecodePKCS7PassesOverOthers(t *testing.T) {
	t.Parallel()
	cert := selfSigned(t).Certificate
	other := asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 2, IsCompound: true, Bytes: marshal(oidData)}
	got, err := certificatesOf(append(marshal(other), cert.Raw...))
	if err != nil || len(got) != 1 || !bytes.Equal(got[0].Raw, cert.Raw) {
		t.Errorf("got %d certificates, %v", len(got), err)
	}
}
