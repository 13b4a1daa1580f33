package daemon_test

import (
	"crypto/tls"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/servers"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/daemon"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

// The first start makes a certificate that openssl believes in by the CA file alone, and
// by each name; what is older than TLS 1.2 is not spoken.
func TestItsOwnCertificate(t *testing.T) {
	t.Parallel()
	w := serving(t)
	dir := filepath.Dir(w.config.CAFile)
	for _, name := range [][]string{{"-verify_hostname", "localhost"}, {"-verify_ip", "127.0.0.1"}} {
		args := append([]string{"s_client", "-connect", w.Address(), "-CAfile", w.config.CAFile, "-verify_return_error", "-brief"}, name...)
		clmtest.OpenSSL(t, dir, args...)
	}
	if out, err := clmtest.TryOpenSSL(t, dir, "s_client", "-connect", w.Address(), "-CAfile", w.config.CAFile, "-tls1_1", "-cipher", "ALL:@SECLEVEL=0"); err == nil {
		t.Errorf("TLS 1.1 is spoken:\n%s", out)
	}
	if status, content := w.got(t, api.Certificates, w.token(t, "viewer")); status != http.StatusOK || !strings.Contains(content, `"name":"clm-server localhost"`) {
		t.Errorf("answered %d %s", status, content)
	}
}

// A second start finds what the first made; a server of another name has a certificate of
// its own, from the same root.
func TestItsOwnCertificateAgain(t *testing.T) {
	t.Parallel()
	w := serving(t)
	first := w.presented(t)
	again, err := daemon.Listen(t.Context(), w.estate.Backend, w.config)
	must(t, err)
	if certificate, err := w.estate.Certificate(t.Context(), "clm-server localhost"); err != nil || certificate.SerialNumber != first {
		t.Errorf("a second start has %s, %v, want %s", certificate.SerialNumber, err, first)
	}
	before, err := os.ReadFile(w.config.CAFile)
	must(t, err)
	renamed := w.config
	renamed.Names = []string{"2001:db8::", "*.example.com"}
	_, err = daemon.Listen(t.Context(), w.estate.Backend, renamed)
	must(t, err)
	certificate, err := w.estate.Certificate(t.Context(), "clm-server 2001-db8")
	must(t, err)
	after, err := os.ReadFile(w.config.CAFile)
	must(t, err)
	if names := append(certificate.Spec.DNSNames, certificate.Spec.IPAddresses...); strings.Join(names, " ") != "*.example.com 2001:db8::" || string(before) != string(after) {
		t.Errorf("under another name it has a certificate for %v", names)
	}
	if now := w.presented(t); now != first {
		t.Errorf("the first server serves %s, want %s", now, first)
	}
	if again.Address() == w.Address() {
		t.Error("two servers listen at one address")
	}
}

// presented is the serial number the server shows.
func (w *world) presented(t *testing.T) string {
	t.Helper()
	serial, err := w.dialled(t)
	must(t, err)
	return serial
}

func (w *world) dialled(t *testing.T) (serial string, err error) {
	t.Helper()
	config := w.client.Transport.(*http.Transport).TLSClientConfig.Clone()
	config.ServerName = "localhost"
	conn, err := (&tls.Dialer{Config: config}).DialContext(t.Context(), "tcp", w.Address())
	if err != nil {
		return "", err
	}
	defer conn.Close()
	return pki.SerialNumber(conn.(*tls.Conn).ConnectionState().PeerCertificates[0]), nil
}

// When it is time the server renews its certificate by itself, without a restart.
func TestItsOwnCertificateIsRenewed(t *testing.T) {
	t.Parallel()
	w := serving(t)
	first := w.presented(t)
	w.estate.Clock.Advance(61 * 24 * time.Hour)
	servers.Await(t, "renewed certificate", func() bool { return w.presented(t) != first })
	servers.Await(t, "line in the log", func() bool { return strings.Contains(w.log.String(), "the server's certificate was renewed") })
}

// pair writes a self-signed certificate and its key where the server looks for them.
func pair(t *testing.T, dir, name string) (certificate, key string) {
	t.Helper()
	clmtest.OpenSSL(t, dir, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-subj", "/CN="+name,
		"-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", "new.key", "-out", "new.pem")
	for _, file := range []string{"new.key", "new.pem"} {
		must(t, os.Rename(filepath.Join(dir, file), filepath.Join(dir, "tls"+file[3:])))
	}
	return filepath.Join(dir, "tls.pem"), filepath.Join(dir, "tls.key")
}

// A certificate from files is taken in anew when there is another; one that does not go
// with its key is not, and the log says so.
func TestACertificateFromFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	w := serving(t, func(c *daemon.Config) {
		c.CertificateFile, c.KeyFile = pair(t, dir, "one")
		c.CAFile = c.CertificateFile
	})
	w.estate.Clock.Advance(time.Minute) // the certificates begin at openssl's present
	first := w.presented(t)
	if _, err := w.estate.RootCertificate(t.Context(), "clm-server"); !api.Is(err, api.CodeNotFound) {
		t.Errorf("a certificate of the estate is made beside the one given: %v", err)
	}
	must(t, os.WriteFile(w.config.KeyFile, []byte("nothing"), 0o600))
	servers.Await(t, "line in the log", func() bool { return strings.Contains(w.log.String(), "the one of before is served on") })
	if now := w.presented(t); now != first {
		t.Errorf("beside a broken key %s is served, want %s", now, first)
	}
	pair(t, dir, "two")
	servers.Await(t, "certificate from the new files", func() bool {
		w.client = trusting(t, w.config.CAFile, w.estate.Clock)
		serial, err := w.dialled(t) // not yet, while the old one is served
		return err == nil && serial != first
	})
}

// A client certificate is let in when an authority the server knows has made it, and
// may do what its role says.
func TestClientCertificates(t *testing.T) {
	t.Parallel()
	authority, stranger := t.TempDir(), t.TempDir()
	trusted, trustedKey := pair(t, authority, "ops")
	unknown, unknownKey := pair(t, stranger, "ops")
	w := serving(t, func(c *daemon.Config) {
		c.ClientCAFile, c.Roles = trusted, map[string]clm.Role{"ops": clm.RoleAdministrator}
	})
	known, err := tls.LoadX509KeyPair(trusted, trustedKey)
	must(t, err)
	w.client = trusting(t, w.config.CAFile, w.estate.Clock, known)
	if status, content := w.got(t, api.AccessTokens, ""); status != http.StatusOK {
		t.Errorf("answered %d %s", status, content)
	}
	foreign, err := tls.LoadX509KeyPair(unknown, unknownKey)
	must(t, err)
	resp, err := trusting(t, w.config.CAFile, w.estate.Clock, foreign).Get("https://" + w.Address() + api.Devices)
	if err == nil {
		resp.Body.Close()
		if resp.StatusCode != http.StatusUnauthorized { // a client sends no certificate that nobody asks for
			t.Errorf("a certificate of a stranger is answered %s", resp.Status)
		}
	}
}

// What contradicts itself is refused before anything listens.
func TestListenRefuses(t *testing.T) {
	t.Parallel()
	estate := clmtest.NewBackend(t)
	for want, c := range map[string]daemon.Config{
		"--tls-certificate and --tls-key belong together":          {Listen: "127.0.0.1:0", KeyFile: "key.pem"},
		"--insecure-http is for a loopback address alone":          {Listen: "0.0.0.0:0", InsecureHTTP: true},
		"and example.com:80 is none":                               {Listen: "example.com:80", InsecureHTTP: true},
		"--insecure-http serves without TLS":                       {Listen: "127.0.0.1:0", InsecureHTTP: true, ClientCAFile: "ca.pem"},
		"--client-certificate-role has no effect":                  {Listen: "127.0.0.1:0", Roles: map[string]clm.Role{"ops": clm.RoleViewer}},
		`--client-certificate-role ops: "root" is not a role`:      {Listen: "127.0.0.1:0", ClientCAFile: "ca.pem", Roles: map[string]clm.Role{"ops": "root"}},
		"finding the server's certificate: reading none and none:": {Listen: "127.0.0.1:0", CertificateFile: "none", KeyFile: "none"},
	} {
		c.Log, c.CAFile = slogTo(&clmtest.Journal{}), filepath.Join(t.TempDir(), "ca.pem")
		if _, err := daemon.Listen(t.Context(), estate.Backend, c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %s", c, err, want)
		}
	}
}
