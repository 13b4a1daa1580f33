package pki_test

import (
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
