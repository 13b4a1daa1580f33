package main_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/servers"
)

// debianServer is a server as Debian configures it, and what its administrator adds to
// have it serve the certificate at HOST.
type debianServer struct {
	protocol, port string
	folder         string   // of its configuration; the certificate is in tls below it
	copied, empty  []string // folders of the machine that are its own
	files          string   // of a connector's file_system, but the directory
	adds           map[string]string
	start          string // a script, beside the certificate
}

const serveVendor = `
resource "clm_device" "site" {
  name   = "site"
  vendor = "VENDOR"
  local  = { root_directory = "/" }
}
`

var asInstalled = map[string]debianServer{
	"nginx": {
		protocol: "tls", port: "443", folder: "/etc/nginx", copied: []string{"/etc/nginx", "/var/lib/nginx", "/var/log/nginx"}, files: pemFiles,
		adds: map[string]string{"conf.d/shop.conf": `
server {
  listen HOST:443 ssl;
  ssl_certificate tls/shop.crt;
  ssl_certificate_key tls/shop.key;
  return 204;
}
`},
		start: "rm ../sites-enabled/default; service nginx start",
	},
	"apache": {
		protocol: "tls", port: "443", folder: "/etc/apache2", copied: []string{"/etc/apache2", "/var/lib/apache2", "/var/log/apache2"}, files: pemFiles,
		adds: map[string]string{"ports.conf": "Listen HOST:443\n", "sites-available/shop.conf": `
<VirtualHost HOST:443>
  ServerName shop.example.com
  SSLEngine on
  SSLCertificateFile /etc/apache2/tls/shop.crt
  SSLCertificateKeyFile /etc/apache2/tls/shop.key
</VirtualHost>
`},
		start: "a2dissite -q 000-default; a2enmod -q ssl; a2ensite -q shop; service apache2 start",
	},
	"haproxy": {
		protocol: "tls", port: "443", folder: "/etc/haproxy", copied: []string{"/etc/haproxy"}, files: `certificate_file = "shop.pem", key_file = "shop.pem"`,
		adds: map[string]string{"shop.cfg": `
frontend shop
  bind HOST:443 ssl crt /etc/haproxy/tls/shop.pem
  http-request return status 204
`},
		start: "cat shop.crt shop.key >shop.pem; cat ../shop.cfg >>../haproxy.cfg; service haproxy start",
	},
	"postfix": {
		protocol: "smtp", port: "25", folder: "/etc/postfix", copied: []string{"/etc/postfix", "/var/lib/postfix", "/var/spool/postfix"}, files: pemFiles,
		start: `
postconf -e smtpd_tls_cert_file=/etc/postfix/tls/shop.crt smtpd_tls_key_file=/etc/postfix/tls/shop.key
postconf -M# smtp/inet
postconf -M HOST:smtp/inet="HOST:smtp inet n - y - - smtpd"
service postfix start
`,
	},
	"dovecot": {
		protocol: "imap", port: "143", folder: "/etc/dovecot", copied: []string{"/etc/dovecot", "/var/lib/dovecot"}, files: pemFiles,
		adds: map[string]string{"local.conf": `
listen = HOST
ssl_cert = </etc/dovecot/tls/shop.crt
ssl_key = </etc/dovecot/tls/shop.key
`},
		start: "service dovecot start",
	},
	"postgresql": {
		protocol: "postgresql", port: "5432", folder: "/etc/postgresql", empty: []string{"/etc/postgresql", "/var/lib/postgresql", "/var/log/postgresql"},
		files: pemFiles + `, owner = "postgres"`,
		adds: map[string]string{"shop.conf": `
listen_addresses = 'HOST'
ssl_cert_file = '/etc/postgresql/tls/shop.crt'
ssl_key_file = '/etc/postgresql/tls/shop.key'
`},
		start: `
chown postgres shop.key
pg_createcluster $(ls /usr/lib/postgresql | tail -n 1) main
mv ../shop.conf ../*/main/conf.d
service postgresql start
`,
	},
}

// What a vendor presets has a server of Debian, configured where Debian configures it,
// take in what was pushed. It speaks to init scripts here: there is no systemd.
func TestVendorPresets(t *testing.T) {
	t.Parallel()
	for vendor, server := range asInstalled {
		t.Run(vendor, func(t *testing.T) {
			t.Parallel()
			s := server.runs(t, vendor)
			s.configure(`"shop.example.com"`, "winter")
			s.Init()
			first := s.applied()
			client := s.client()
			client.Settles(t, first)
			s.configure(`"shop.example.com", "www.example.com"`, "winter")
			second := s.applied()
			client.Settles(t, second)
			s.unbroken(client.Stop(), first, second)
			if now := s.served(); now != second {
				t.Errorf("%s is served, want %s", now, second)
			}
			s.PlanEmpty()
		})
	}
}

// runs starts the server on a machine of its own, where applies run, too.
func (i debianServer) runs(t *testing.T, vendor string) *servedSite {
	t.Helper()
	host, tls := servers.Loopback(), filepath.Join(i.folder, "tls")
	m := servers.StartMachine(t, i.copied, i.empty)
	m.Write(t, filepath.Join(tls, ".keep"), "")
	clmtest.OpenSSL(t, m.Path(tls), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=before", "-keyout", "shop.key", "-out", "shop.crt")
	for name, text := range i.adds {
		m.Write(t, filepath.Join(i.folder, name), strings.ReplaceAll(text, "HOST", host))
	}
	m.Run(t, "cd "+tls+"\n"+strings.ReplaceAll(i.start, "HOST", host))
	s := newServedSite(t, host+":"+i.port, i.protocol, tls, i.files)
	s.with(strings.ReplaceAll(serveVendor, "VENDOR", vendor), "overwrite = true")
	s.CLI = m.Command(t, s.CLI)
	return s
}
