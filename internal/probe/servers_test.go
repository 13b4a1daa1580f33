package probe_test

import (
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/servers"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/probe"
)

// Each real server shows its certificate, and the next one after a reload.

func TestNginx(t *testing.T) {
	t.Parallel()
	s := newSite(t, "ec")
	server := servers.StartNginx(t, s.Certificate, s.Key)
	reloads(t, s, server, server.Address, probe.TLS)
}

func TestApache(t *testing.T) {
	t.Parallel()
	s := newSite(t, "rsa")
	server := servers.StartApache(t, s.Certificate, s.Key)
	reloads(t, s, server, server.Address, probe.TLS)
}

func TestHAProxy(t *testing.T) {
	t.Parallel()
	s := newSite(t, "ec")
	server := servers.StartHAProxy(t, s.Bundle)
	reloads(t, s, server, server.Address, probe.TLS)
}

func TestPostfix(t *testing.T) {
	t.Parallel()
	s := newSite(t, "ec")
	server := servers.StartPostfix(t, s.Certificate, s.Key)
	reloads(t, s, server, server.Address, probe.SMTP)
}

func TestDovecot(t *testing.T) {
	t.Parallel()
	s := newSite(t, "rsa")
	server := servers.StartDovecot(t, s.Certificate, s.Key)
	s.checks(t, server.POP3, probe.POP3)
	s.checks(t, server.IMAPS, probe.TLS)
	reloads(t, s, server, server.Address, probe.IMAP)
}

func TestPostgreSQL(t *testing.T) {
	t.Parallel()
	s := newSite(t, "ec")
	server := servers.StartPostgreSQL(t, s.Certificate, s.Key)
	reloads(t, s, server, server.Address, probe.PostgreSQL)
}

func TestTomcat(t *testing.T) {
	t.Parallel()
	s := newSite(t, "ec")
	server := servers.StartTomcat(t, s.Certificate, s.Key)
	reloads(t, s, server, server.Address, probe.TLS)
}

func TestTomcatKeystore(t *testing.T) {
	t.Parallel()
	s := newSite(t, "ec")
	dir := filepath.Dir(s.Key)
	openssl(t, dir, "pkcs12", "-export", "-in", s.Certificate, "-inkey", s.Key, "-out", "server.p12", "-passout", "pass:changeit")
	server := servers.StartTomcatKeystore(t, filepath.Join(dir, "server.p12"), "PKCS12", "changeit")
	s.checks(t, server.Address, probe.TLS)
}

// A fingerprint is what openssl says it is.
func TestFingerprintIsThatOfOpenSSL(t *testing.T) {
	t.Parallel()
	s := newSite(t, "ec")
	server := servers.StartNginx(t, s.Certificate, s.Key)
	printed := openssl(t, filepath.Dir(s.Certificate), "x509", "-in", s.Certificate, "-noout", "-fingerprint", "-sha256")
	_, colons, _ := strings.Cut(strings.TrimSpace(printed), "=")
	want, err := hex.DecodeString(strings.ReplaceAll(colons, ":", ""))
	if err != nil {
		t.Fatal(err)
	}
	if got := served(t, server.Address); got.FingerprintSHA256 != hex.EncodeToString(want) {
		t.Errorf("got %s, openssl says %s", got.FingerprintSHA256, colons)
	}
}

// A server without its intermediate has an incomplete chain; so have those whose
// administrator put another in the file.
func TestIncompleteChainIsSeen(t *testing.T) {
	t.Parallel()
	s := newSite(t, "ec")
	whole, err := os.ReadFile(s.Certificate)
	if err != nil {
		t.Fatal(err)
	}
	put(t, s.Certificate, 0o644, encode("CERTIFICATE", s.leaf.Raw))
	server := servers.StartNginx(t, s.Certificate, s.Key)
	r := probe.Request{Address: server.Address, ServerName: name}
	verdict := probe.Judge(s.expected(), (&probe.Prober{}).Probe(t.Context(), []probe.Request{r})[0])[0]
	if verdict.Reason != "incomplete_chain" || verdict.FingerprintSHA256 != s.fingerprint() {
		t.Errorf("without the intermediate: got %+v, want incomplete_chain", verdict)
	}
	put(t, s.Certificate, 0o644, whole)
	server.Reload(t)
	s.follows(t, server.Address, probe.TLS)
}

// reloads sees the certificate, has it renewed, and sees the new one.
func reloads(t *testing.T, s *site, server interface{ Reload(testing.TB) }, address string, protocol probe.Protocol) {
	t.Helper()
	s.checks(t, address, protocol)
	s.renew(t, "ec")
	server.Reload(t)
	s.follows(t, address, protocol)
}
