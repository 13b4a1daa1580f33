package backend

import (
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"net"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/servers"
)

// While a server reloads, its old processes answer as well as the new ones: it is
// watched until the new certificate is seen twice in a row.
func TestWatchIsNotTakenInByAReload(t *testing.T) {
	t.Parallel()
	before, after := pair(t, "before"), pair(t, "after")
	answers := []tls.Certificate{before, after, before, after}
	var looks atomic.Int64
	address := servers.StartScripted(t, func(conn net.Conn) {
		served := after
		if n := int(looks.Add(1)); n <= len(answers) {
			served = answers[n-1]
		}
		_ = tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{served}}).Handshake() // the prober judges it
	})
	digest := sha256.Sum256(after.Certificate[0])
	expected := clm.Version{Certificate: after.Certificate[0], FingerprintSHA256: hex.EncodeToString(digest[:])}
	sightings := (&watcher{}).Watch(t.Context(), clm.Verification{Addresses: []string{address}}, expected)
	if !clm.AllInSync(sightings) || looks.Load() != int64(len(answers))+1 {
		t.Errorf("after %d looks it is seen as %+v", looks.Load(), sightings)
	}
}

func pair(t *testing.T, name string) tls.Certificate {
	t.Helper()
	certFile, keyFile := filepath.Join(t.TempDir(), "cert.pem"), filepath.Join(t.TempDir(), "key.pem")
	made := exec.CommandContext(t.Context(), "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
		"-subj", "/CN="+name, "-keyout", keyFile, "-out", certFile)
	if out, err := made.CombinedOutput(); err != nil {
		t.Fatalf("openssl: %v\n%s", err, out)
	}
	certificate, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		t.Fatal(err)
	}
	return certificate
}
