package pki_test

import (
	"crypto/sha1"
	"slices"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

// FuzzDecodePKCS12 looks for panics, and for answers that are neither contents nor a coded error.
func FuzzDecodePKCS12(f *testing.F) {
	b := newBundle(f, pki.KeySpec{})
	for _, args := range [][]string{nil, {"-legacy"}, {"-nomac"}, {"-certpbe", "NONE", "-keypbe", "NONE"}} {
		f.Add(b.export(f, "fixture", append(args, "-iter", "1")...)) // cheap, so that many mutations are tried
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := pki.DecodePKCS12(data, "fixture")
		if err == nil && got.Certificate == nil || err != nil && pki.CodeOf(err) == "" {
			t.Errorf("got %+v, %v", got, err)
		}
	})
}

// FuzzParse does the same for certificates and keys.
func FuzzParse(f *testing.F) {
	b := newBundle(f, pki.KeySpec{})
	f.Add(read(f, b.allPEM))
	f.Add(read(f, b.keyPEM))
	f.Add(b.leaf.Raw)
	f.Fuzz(func(t *testing.T, data []byte) {
		certs, err := pki.ParseCertificates(data)
		if err == nil && len(certs) == 0 || err != nil && pki.CodeOf(err) == "" {
			t.Errorf("got %d certificates, %v", len(certs), err)
		}
		if _, err := pki.ParsePrivateKey(data); err != nil && pki.CodeOf(err) == "" {
			t.Error(err)
		}
		_, _, _, _ = pki.SplitChain(data)
	})
}

// FuzzDecodePKCS7 does the same for certificate bags.
func FuzzDecodePKCS7(f *testing.F) {
	for _, data := range fromOpenSSL(f, newServed(f, pki.KeySpec{})) {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := pki.DecodePKCS7(data)
		if err == nil && len(got) == 0 || err != nil && pki.CodeOf(err) == "" {
			t.Errorf("got %d certificates, %v", len(got), err)
		}
	})
}

// FuzzDecodeKeyStoreJKS does the same for Java's key stores. The digest is made to match, or no mutation would get past it.
func FuzzDecodeKeyStoreJKS(f *testing.F) {
	s := newServed(f, pki.KeySpec{})
	f.Add(keyStoreJKS(f, s.entry(s.trusted(f)...), ""))
	f.Add(keyStoreJKS(f, s.entry(), keyPassword))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, data := range [][]byte{data, digested(data)} {
			got, err := pki.DecodeKeyStoreJKS(data, password)
			if err == nil && got == nil || err != nil && pki.CodeOf(err) == "" {
				t.Errorf("got %+v, %v", got, err)
			}
		}
	})
}

// digested is a key store under the digest that its content should have.
func digested(store []byte) []byte {
	content := store[:max(0, len(store)-sha1.Size)]
	var wide []byte
	for _, character := range []byte(password) {
		wide = append(wide, 0, character)
	}
	sum := sha1.Sum(slices.Concat(wide, []byte("Mighty Aphrodite"), content))
	return slices.Concat(content, sum[:])
}
