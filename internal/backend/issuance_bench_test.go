package backend_test

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"database/sql"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

// BenchmarkIssuance measures certificates issued through the API, each durable
// when the answer comes, as a share of the lower of two floors in the same run:
// signing alone, and one durable insert alone. Ten callers are what Terraform
// runs by default.
func BenchmarkIssuance(b *testing.B) {
	for _, callers := range []int{1, 10, 64} {
		b.Run(fmt.Sprintf("callers=%d", callers), func(b *testing.B) {
			signing, inserting := signingFloor(b), insertingFloor(b)
			issue := issuing(b)
			b.ResetTimer()
			issued := perSecond(b, callers, issue)
			b.ReportMetric(issued, "certificates/s")
			b.ReportMetric(issued/min(signing, inserting), "of-lower-floor")
			b.ReportMetric(signing, "signatures/s")
			b.ReportMetric(inserting, "inserts/s")
		})
	}
}

// perSecond runs work in so many goroutines for a second and counts.
func perSecond(b *testing.B, callers int, work func(n int64) error) float64 {
	b.Helper()
	var done, failed atomic.Int64
	var group sync.WaitGroup
	start := time.Now()
	for range callers {
		group.Go(func() {
			for time.Since(start) < time.Second {
				if err := work(done.Add(1)); err != nil {
					failed.Add(1)
					b.Error(err)
					return
				}
			}
		})
	}
	group.Wait()
	return float64(done.Load()-failed.Load()) / time.Since(start).Seconds()
}

// issuing makes the work of enrolling one certificate, with a name of its own,
// under a root of a new estate.
func issuing(b *testing.B) func(n int64) error {
	b.Helper()
	estate := clmtest.NewBackend(b)
	root, err := estate.CreateRootCertificate(b.Context(), api.WriteRootCertificate{
		Name: "bench", Source: api.RootSource{Kind: "self_signed", SelfSigned: &api.SelfSigned{
			Subject: api.Subject{CommonName: "Bench"}, ValidityPeriodHours: 87600,
		}},
	})
	if err != nil {
		b.Fatal(err)
	}
	return func(n int64) error {
		name := fmt.Sprintf("c%d", n)
		_, err := estate.CreateCertificate(context.Background(), api.CertificateSpec{
			Name: name, IssuerID: root.ID, Subject: api.Subject{CommonName: name + ".example.com"},
			DNSNames: []string{name + ".example.com"}, ValidityPeriodHours: 2160, EarlyRenewalHours: 720,
		})
		return err
	}
}

// signingFloor is x509.CreateCertificate alone, one after the other.
func signingFloor(b *testing.B) float64 {
	b.Helper()
	key, err := pki.GenerateKey(pki.KeySpec{}.WithDefaults())
	if err != nil {
		b.Fatal(err)
	}
	root, err := pki.CreateRoot(pki.RootRequest{
		Subject: pki.Subject{CommonName: "Bench"}, Validity: 24 * time.Hour, NotBefore: time.Now(),
	}, key)
	if err != nil {
		b.Fatal(err)
	}
	return perSecond(b, 1, func(int64) error {
		serial, err := pki.NewSerialNumber()
		if err != nil {
			return err
		}
		_, err = x509.CreateCertificate(rand.Reader, &x509.Certificate{SerialNumber: serial, NotAfter: root.NotAfter}, root, key.Public(), key)
		return err
	})
}

// insertingFloor is one row of a certificate's size, durable, one after the other.
func insertingFloor(b *testing.B) float64 {
	b.Helper()
	db, err := sql.Open("sqlite", filepath.Join(b.TempDir(), "floor.db")+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)")
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close() // the folder goes with the benchmark
	if _, err := db.Exec("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT UNIQUE, document BLOB)"); err != nil {
		b.Fatal(err)
	}
	document := make([]byte, 1024)
	return perSecond(b, 1, func(n int64) error {
		_, err := db.Exec("INSERT INTO t (name, document) VALUES (?, ?)", fmt.Sprint(n), document)
		return err
	})
}
