package pki_test

import (
	"crypto/rand"
	"crypto/x509"
	"testing"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

// BenchmarkCreateLeaf reports what a checked, profiled and read-back certificate costs as a multiple of the standard library
// merely signing the same template. Both run in turn, so that a busy machine slows them alike.
func BenchmarkCreateLeaf(b *testing.B) {
	for _, spec := range []pki.KeySpec{{}, {Algorithm: pki.RSA}} {
		b.Run(specName(spec.WithDefaults()), func(b *testing.B) {
			root := newRoot(b, "Root", spec)
			req := leafRequest("leaf.example", newKey(b, pki.KeySpec{}).Public())
			template := root.leaf(b, "leaf.example", newKey(b, pki.KeySpec{}))
			var ours, bare time.Duration
			for b.Loop() {
				start := time.Now()
				if _, err := pki.CreateLeaf(req, root.cert, root.key); err != nil {
					b.Fatal(err)
				}
				middle := time.Now()
				if _, err := x509.CreateCertificate(rand.Reader, template, root.cert, req.PublicKey, root.key); err != nil {
					b.Fatal(err)
				}
				ours, bare = ours+middle.Sub(start), bare+time.Since(middle)
			}
			b.ReportMetric(float64(ours)/float64(bare), "x-of-stdlib")
			b.ReportMetric(float64(b.N)/ours.Seconds(), "leaves/s")
		})
	}
}
