package daemon_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/servers"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/daemon"
)

// believer connects to a server all the time, and trusts what the CA file says then.
type believer struct {
	caFile, address string
	clock           *clmtest.Clock
	handshakes      atomic.Int64
	failures        atomic.Pointer[error]
}

func (w *world) believed(t *testing.T) *believer {
	t.Helper()
	b, ended := &believer{caFile: w.config.CAFile, address: w.Address(), clock: w.estate.Clock}, make(chan struct{})
	ctx, stop := context.WithCancel(t.Context())
	go func() {
		defer close(ended)
		for ctx.Err() == nil {
			if err := b.connect(); err != nil {
				b.failures.CompareAndSwap(nil, &err)
			}
			b.handshakes.Add(1)
		}
	}()
	t.Cleanup(func() { stop(); <-ended })
	return b
}

// connect makes one handshake.
func (b *believer) connect() error {
	content, err := os.ReadFile(b.caFile)
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(content) {
		return errors.New("the CA file holds no certificate")
	}
	conn, err := tls.Dial("tcp", b.address, &tls.Config{RootCAs: roots, ServerName: "localhost", Time: b.clock.Now, MinVersion: tls.VersionTLS12})
	if err != nil {
		return err
	}
	return conn.Close()
}

// replacing stages another root for the servers.
func (w *world) replacing(t *testing.T) (old, now api.RootCertificate) {
	t.Helper()
	old, err := w.estate.RootCertificate(t.Context(), "clm-server")
	must(t, err)
	wish := selfSigned("clm-server")
	wish.Source.SelfSigned.Subject.CommonName, wish.DeletionProtection = "CLM server 2", true
	wish.Policy = &api.ReplacementPolicy{Finalize: true, MinimumReceivedPercent: 100, OnFailure: "stop"}
	now, err = w.estate.UpdateRootCertificate(t.Context(), old.ID, wish)
	must(t, err)
	if now.State != "distributing" {
		t.Fatalf("the root is %s", now.State)
	}
	return old, now
}

// advanced drives the replacement on, and tells where it then stands.
func (w *world) advanced(t *testing.T) api.AdvanceResult {
	t.Helper()
	out, err := w.estate.AdvanceRootCertificate(t.Context(), "clm-server", api.Advance{})
	must(t, err)
	return out
}

// The root of the servers is replaced like any other, from staged to retired, while
// clients connect all the time: the server proves by itself that it serves the new one.
func TestItsRootIsReplaced(t *testing.T) {
	t.Parallel()
	w := serving(t)
	b, first := w.believed(t), w.presented(t)
	old, staged := w.replacing(t)
	servers.Await(t, "both roots in the CA file", func() bool {
		content, err := os.ReadFile(w.config.CAFile)
		return err == nil && strings.Count(string(content), "BEGIN CERTIFICATE") == 2
	})
	servers.Await(t, "retired root", func() bool { return w.advanced(t).RootCertificate.State == "active" })
	root, err := w.estate.RootCertificate(t.Context(), "clm-server")
	must(t, err)
	if root.FingerprintSHA256 == old.FingerprintSHA256 || root.FingerprintSHA256 != root.InUseFingerprint || staged.Replacement == nil {
		t.Errorf("the root is %s, was %s", root.FingerprintSHA256, old.FingerprintSHA256)
	}
	servers.Await(t, "the new root alone in the CA file", func() bool {
		content, err := os.ReadFile(w.config.CAFile)
		return err == nil && string(content) == root.CertificatePEM
	})
	at := b.handshakes.Load()
	servers.Await(t, "more handshakes", func() bool { return b.handshakes.Load() > at+20 })
	if failure := b.failures.Load(); failure != nil {
		t.Errorf("of %d handshakes some failed: %v", b.handshakes.Load(), *failure)
	}
	w.client = trusting(t, w.config.CAFile, w.estate.Clock)
	if now := w.presented(t); now == first {
		t.Error("the certificate from before is served on")
	}
	out := clmtest.OpenSSL(t, filepath.Dir(w.config.CAFile), "s_client", "-connect", w.Address(), "-CAfile", w.config.CAFile, "-verify_return_error", "-brief")
	if !strings.Contains(out, "Verification: OK") {
		t.Errorf("openssl says %s", out)
	}
}

// A server that shares the name and has not taken the new certificate in holds the
// retirement back, by the name of the certificate; one that is gone does so for an hour.
func TestAServerThatLagsHoldsItsRootBack(t *testing.T) {
	t.Parallel()
	w := serving(t)
	config := w.config
	config.Recheck = time.Hour
	lagging, err := daemon.Listen(t.Context(), w.estate.Backend, config)
	must(t, err)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- lagging.Run(ctx) }()
	states := func(server string) bool { return w.states(t, server) > 0 }
	servers.Await(t, "statements of both", func() bool { return states(w.Address()) && states(lagging.Address()) })
	w.replacing(t)
	servers.Await(t, "statement of the one that does not lag", func() bool { w.advanced(t); return w.states(t, w.Address()) > 1 })
	blocked := w.advanced(t)
	if names := heldBack(blocked); blocked.RootCertificate.State != "retiring" || !slices.Contains(names, "clm-server localhost") {
		t.Errorf("it is %s, held back by %v", blocked.RootCertificate.State, names)
	}
	stop()
	must(t, <-ended)
	w.estate.Clock.Advance(time.Hour)
	servers.Await(t, "retired root", func() bool { return w.advanced(t).RootCertificate.State == "active" })
}

// states counts what a server has stated.
func (w *world) states(t *testing.T, server string) (n int) {
	t.Helper()
	events, err := w.estate.AuditEvents(t.Context())
	must(t, err)
	for _, e := range events {
		if e.Action == "certificate.serve" && strings.HasSuffix(e.Details["server"], " "+server) {
			n++
		}
	}
	return n
}

func heldBack(out api.AdvanceResult) (names []string) {
	for _, v := range out.Rollout.Violations {
		names = append(names, v.Devices...)
	}
	return names
}
