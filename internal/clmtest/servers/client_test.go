package servers_test

import (
	"crypto/tls"
	"crypto/x509"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/servers"
)

// A client that noticed nothing would prove nothing.
func TestClientNotices(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		start    func(t *testing.T) (address string)
		protocol string
		text     string
	}{
		"a stranger":        {stranger, "tls", "certificate signed by unknown authority"},
		"a server gone":     {gone, "tls", "connection refused"},
		"one that hangs up": {scripted(servers.Close), "tls", "shaking hands: "},
		"one without TLS":   {scripted(servers.Say("220 mx\r\n", "250 mx\r\n", "502 what?\r\n")), "smtp", `before TLS: 502 "what?"`},
		"mail that refuses": {scripted(servers.Say("* OK imap\r\n", "a BAD what?\r\n")), "imap", `before TLS: the server said "a BAD what?"`},
		"data in the clear": {scripted(servers.Say("", "N")), "postgresql", `before TLS: the server answered "N"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := servers.Connect(t, tt.start(t), tt.protocol, &tls.Config{RootCAs: x509.NewCertPool(), ServerName: "shop.example.com"})
			servers.Await(t, "failure", func() bool { return len(c.Met().Failures) > 0 })
			if met := c.Stop(); !strings.Contains(met.Failures[0].Error(), tt.text) || met.Handshakes > 0 {
				t.Errorf("met were %+v, want %q", met, tt.text)
			}
		})
	}
}

func scripted(script servers.Script) func(*testing.T) string {
	return func(t *testing.T) string { t.Helper(); return servers.StartScripted(t, script) }
}

func stranger(t *testing.T) string { t.Helper(); return own(t).Address }

func gone(t *testing.T) string {
	t.Helper()
	server := own(t)
	server.Stop(t)
	return server.Address
}

// own is a server that vouches for itself.
func own(t *testing.T) *servers.Nginx {
	t.Helper()
	certificate, key := filepath.Join(t.TempDir(), "crt"), filepath.Join(t.TempDir(), "key")
	cmd := exec.CommandContext(t.Context(), "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=shop.example.com",
		"-addext", "subjectAltName=DNS:shop.example.com", "-keyout", key, "-out", certificate)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("openssl: %v\n%s", err, out)
	}
	return servers.StartNginx(t, certificate, key)
}
