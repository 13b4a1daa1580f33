package probe_test

import (
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/servers"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/probe"
)

// What no client of ours would speak to is seen all the same: old versions, old
// suites, and new ones.
func TestDevicesOfEveryAge(t *testing.T) {
	t.Parallel()
	for _, device := range []struct {
		kind, version string
		args          []string
	}{
		{"rsa", "TLS 1.0", []string{"-tls1", "-cipher", "AES128-SHA:@SECLEVEL=0"}},                    // RSA key exchange
		{"ec", "TLS 1.0", []string{"-tls1", "-cipher", "ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0"}},         // signed with SHA-1
		{"rsa", "TLS 1.1", []string{"-tls1_1", "-cipher", "ECDHE-RSA-AES128-SHA:@SECLEVEL=0"}},        // signed with MD5 and SHA-1
		{"rsa", "TLS 1.2", []string{"-tls1_2", "-cipher", "AES256-SHA256:AES128-SHA256:@SECLEVEL=0"}}, // CBC, RSA key exchange
		{"rsa", "TLS 1.2", []string{"-tls1_2", "-groups", "P-521"}},
		{"ec", "TLS 1.3", []string{"-tls1_3", "-ciphersuites", "TLS_CHACHA20_POLY1305_SHA256"}},
	} {
		t.Run(device.version+" "+strings.Join(device.args[1:], " "), func(t *testing.T) {
			t.Parallel()
			s := newSite(t, device.kind)
			server := servers.StartOpenSSL(t, "127.0.0.1:0", s.Certificate, s.Key, append(device.args, "-cert_chain", s.Chain)...)
			s.checks(t, server.Address, probe.TLS)
			if got := served(t, server.Address); got.TLSVersion != device.version {
				t.Errorf("got %s (%s), want %s", got.TLSVersion, got.CipherSuite, device.version)
			}
		})
	}
}

// IPv6 is looked at like IPv4. The machine must have ::1.
func TestIPv6(t *testing.T) {
	t.Parallel()
	s := newSite(t, "ec")
	server := servers.StartOpenSSL(t, "[::1]:0", s.Certificate, s.Key, "-cert_chain", s.Chain)
	s.checks(t, server.Address, probe.TLS)
	if got := served(t, server.Address).Address; got != server.Address || !strings.HasPrefix(got, "[::1]:") {
		t.Errorf("got %s, want %s", got, server.Address)
	}
}

// The name is sent, and verified. A certificate for another name is reported.
func TestServerNameIsAskedForAndVerified(t *testing.T) {
	t.Parallel()
	first, second := newSite(t, "ec"), newSite(t, "ec")
	server := servers.StartOpenSSL(t, "127.0.0.1:0", first.Certificate, first.Key,
		"-servername", "second.example.com", "-cert2", second.Certificate, "-key2", second.Key)
	for asked, want := range map[string]*site{name: first, "second.example.com": second} {
		got := look(t, &probe.Prober{}, probe.Request{Address: server.Address, ServerName: asked}).Served
		if got == nil || got.FingerprintSHA256 != want.fingerprint() {
			t.Errorf("asking for %s: got %+v, want %s", asked, got, want.fingerprint())
		}
		if got != nil && got.NameMatches != (asked == name) {
			t.Errorf("asking for %s: name matches: %v; the certificate is valid for %s", asked, got.NameMatches, name)
		}
	}
}

// A server that lets in only who has a certificate shows its own first.
func TestClientCertificateRequired(t *testing.T) {
	t.Parallel()
	for kind, args := range map[string][]string{"ec": {"-tls1_3"}, "rsa": {"-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256"}} {
		s := newSite(t, kind)
		server := servers.StartOpenSSL(t, "127.0.0.1:0", s.Certificate, s.Key, append(args, "-cert_chain", s.Chain, "-Verify", "1")...)
		s.checks(t, server.Address, probe.TLS)
		if got := served(t, server.Address); !got.ClientCertificateRequested {
			t.Errorf("%v: got %+v, want a client certificate to be requested", args, got)
		}
	}
}

// With RSA key exchange such a server turns the probe away before it has shown
// that it has its key. Then it is not in sync.
func TestKeyIsNotProven(t *testing.T) {
	t.Parallel()
	s := newSite(t, "rsa")
	server := servers.StartOpenSSL(t, "127.0.0.1:0", s.Certificate, s.Key,
		"-tls1_2", "-cipher", "AES128-SHA:@SECLEVEL=0", "-cert_chain", s.Chain, "-Verify", "1")
	got := look(t, &probe.Prober{}, probe.Request{Address: server.Address})
	if got.Served == nil || got.Served.KeyProven || got.Served.FingerprintSHA256 != s.fingerprint() {
		t.Fatalf("got %+v, %v; want the certificate, its key not proven", got.Served, got.Err)
	}
	verdict := probe.Judge(s.expected(), probe.Result{Looks: []probe.Look{got}})[0]
	if verdict.Status != "out_of_sync" || verdict.Reason != "connection_failed" {
		t.Errorf("got %+v, want connection_failed", verdict)
	}
}

// A certificate that Go refuses to parse, here for its negative serial number, is
// reported, byte for byte.
func TestCertificateThatCannotBeParsed(t *testing.T) {
	t.Parallel()
	s := newSite(t, "ec")
	der := negativeSerial(t, s)
	if _, err := x509.ParseCertificate(der); err == nil {
		t.Fatal("Go parses the certificate: the test needs a worse one")
	}
	put(t, s.Certificate, 0o644, encode("CERTIFICATE", der))
	server := servers.StartOpenSSL(t, "127.0.0.1:0", s.Certificate, s.Key)
	got := served(t, server.Address)
	if got.FingerprintSHA256 != fingerprint(der) || got.KeyProven || got.NameMatches {
		t.Errorf("got %+v, want %s, nothing proven", got, fingerprint(der))
	}
}

// Where TLS 1.3 hides such a certificate, the look fails and says why.
func TestCertificateThatCannotBeParsedNorSeen(t *testing.T) {
	t.Parallel()
	s := newSite(t, "ec")
	put(t, s.Certificate, 0o644, encode("CERTIFICATE", negativeSerial(t, s)))
	server := servers.StartOpenSSL(t, "127.0.0.1:0", s.Certificate, s.Key, "-tls1_3")
	got := failure(t, &probe.Prober{}, probe.Request{Address: server.Address})
	if got.Cause != probe.CauseHandshake || !strings.Contains(got.Error(), "negative serial number") {
		t.Errorf("got %s: %v; want it to say what is wrong with the certificate", got.Cause, got)
	}
}

// negativeSerial is a certificate of the site's key that openssl makes and Go
// refuses.
func negativeSerial(t testing.TB, s *site) []byte {
	t.Helper()
	dir := filepath.Dir(s.Key)
	openssl(t, dir, "req", "-x509", "-key", s.Key, "-subj", "/CN="+name, "-set_serial", "-5", "-days", "5", "-out", "negative.crt")
	text, err := os.ReadFile(filepath.Join(dir, "negative.crt"))
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(text)
	if block == nil {
		t.Fatalf("openssl wrote %q", text)
	}
	return block.Bytes
}

// Garbage is never mistaken for a chain, and never crashes a look.
func TestGarbageInsteadOfTLS(t *testing.T) {
	t.Parallel()
	for _, head := range []string{"\x16\x03\x01", "\x16\x03\x03\x00\x05", "\x16\x03\x03\x00\x10\x0b\x00\x00\x0c\x00\x00\x09\xff\xff\xff", "\x15\x03\x03\x00\x02", ""} {
		garbage := make([]byte, 2000)
		if _, err := rand.Read(garbage); err != nil {
			t.Fatal(err)
		}
		address := servers.StartScripted(t, servers.Say("", head+string(garbage)))
		got := failure(t, &probe.Prober{}, probe.Request{Address: address})
		if got.Reason() != "connection_failed" {
			t.Errorf("%q: got %s: %v", head, got.Cause, got)
		}
	}
}
