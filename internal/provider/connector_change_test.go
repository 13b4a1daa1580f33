package provider_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
)

// placing has one connector for each wish, all on devices of one world.
const placing = `
resource "clm_certificate" "of" {
  for_each              = toset(["shop", "mail"])
  name                  = each.key
  issuer_id             = local.root
  dns_names             = ["${each.key}.example.com"]
  validity_period_hours = 100
  early_renewal_hours   = 10
}

resource "clm_device" "of" {
  for_each = toset(["web-1", "web-2"])
  name     = each.key
  local    = { root_directory = "${local.folder}/${each.key}" }
}

resource "clm_connector" "of" {
  for_each          = local.wanted
  name              = try(each.value.name, each.key)
  certificate_id    = clm_certificate.of[try(each.value.certificate, "shop")].id
  device_id         = clm_device.of[try(each.value.device, "web-1")].id
  remove_on_destroy = try(each.value.remove_on_destroy, null)
  timeouts          = try(each.value.timeouts, null)
  file_system = {
    directory        = try(each.value.directory, each.key)
    certificate_file = try(each.value.certificate_file, "tls.crt")
    key_file         = try(each.value.key_file, "tls.key")
    chain_file       = try(each.value.chain_file, "chain.crt")
  }
}

output "pushed" { value = { for k, c in clm_connector.of : k => c.pushed_fingerprint } }
output "status" { value = { for k, c in clm_connector.of : k => "${c.sync_status} ${coalesce(c.sync_reason, "-")}" } }
`

// wishes are connectors of placing, by key.
type wishes map[string]string

func (w wishes) config() string {
	var lines strings.Builder
	for key, wish := range w {
		fmt.Fprintf(&lines, "    %q = { %s }\n", key, wish)
	}
	return "locals {\n  wanted = {\n" + lines.String() + "  }\n}\n" + placing
}

func connector(key string) string { return fmt.Sprintf("clm_connector.of[%q]", key) }

// TestConnectorChanges makes every kind of change to a connector at once.
func TestConnectorChanges(t *testing.T) {
	w := newWorld(t, []string{"web-1", "web-2"})
	before := wishes{
		"rests": ``, "name": ``, "file": ``, "moves": ``, "swaps": ``, "less": ``, "more": `key_file = null, chain_file = null`,
		"deep": `directory = "a/b/c"`, "root": `directory = "."`, "crosses": ``, "stays": `remove_on_destroy = false`, "timeouts": ``,
	}
	after := wishes{
		"rests": ``, "name": `name = "renamed"`, "file": `certificate_file = "other.crt"`, "moves": `directory = "moved/here"`,
		"swaps": `certificate = "mail"`, "less": `key_file = null, chain_file = null`, "more": ``,
		"deep": `directory = "a/b"`, "root": `directory = "top"`, "crosses": `device = "web-2"`, "stays": `remove_on_destroy = false, device = "web-2"`,
		"timeouts": `timeouts = { update = "1m" }`,
	}
	var ids map[string]string
	w.tell(
		act{config: before.config(), after: func() {
			ids = w.connectorIDs()
			w.holdsAt("shop", "rests", "web-1", "rests")
			w.holdsAt("shop", "deep", "web-1", "a", "b", "c")
			w.holdsAt("shop", "root", "web-1")
			w.missing("web-1/more/tls.key", "web-1/more/chain.crt")
		}},
		act{
			config: after.config(),
			plan: all(
				keeps(connector("rests")), replaces(connector("crosses"), connector("stays")),
				updates(connector("timeouts"), connector("name"), connector("file"), connector("moves"), connector("swaps"), connector("less"), connector("more"), connector("deep"), connector("root")),
				unknown(connector("moves"), "sync_status", "last_push_at"),
			),
			after: func() {
				now := w.connectorIDs()
				if now["renamed"] != ids["name"] || now["moves"] != ids["moves"] || now["crosses"] == ids["crosses"] {
					t.Errorf("ids were %v and are %v", ids, now)
				}
				w.holdsAt("shop", "moves", "web-1", "moved", "here")
				w.holdsAt("mail", "swaps", "web-1", "swaps")
				w.holdsAt("shop", "more", "web-1", "more")
				w.holdsAt("shop", "deep", "web-1", "a", "b")
				w.holdsAt("shop", "root", "web-1", "top")
				w.holdsAt("shop", "crosses", "web-2", "crosses")
				w.read("web-1", "stays", "tls.key")
				w.missing("web-1/moves", "web-1/file/tls.crt", "web-1/less/tls.key", "web-1/less/chain.crt", "web-1/a/b/c", "web-1/tls.key", "web-1/crosses")
				w.holdsAt("shop", "stays", "web-2", "stays")
				if w.read("web-1", "file", "other.crt") != w.certificate("shop").CertificatePEM {
					t.Error("the renamed file holds something else")
				}
			},
		},
		act{after: func() {
			w.missing("web-2/crosses", "web-2/.clm/.made/crosses", "web-1/moved", "web-1/top", "web-1/.clm/top")
		}},
	)
}

// TestConnectorMovesOverForeignFiles: a move neither overwrites nor removes what
// was never the connector's, whatever its name.
func TestConnectorMovesOverForeignFiles(t *testing.T) {
	w := newWorld(t, []string{"web-1", "web-2"})
	place := func(directory, file string) string {
		return wishes{"shop": fmt.Sprintf("directory = %q, certificate_file = %q", directory, file)}.config()
	}
	w.tell(
		act{
			before: func() {
				w.write("foreign", "web-1", "theirs", "tls.crt")
				w.write("foreign", "web-1", "ours", "new.crt")
			},
			config: place("ours", "tls.crt"),
		},
		act{config: place("theirs", "tls.crt"), refused: []complaint{{
			about: connector("shop"), words: []string{"theirs/tls.crt is there already, and this connector did not put it there", "move it away, or choose another name"},
		}}},
		act{before: func() { w.holds("shop", "web-1", "ours") }, config: place("elsewhere", "new.crt"), plan: updates(connector("shop")), after: func() {
			w.missing("web-1/ours/tls.crt", "web-1/ours/tls.key")
			for _, file := range []string{"theirs/tls.crt", "ours/new.crt"} {
				if w.read("web-1", file) != "foreign" {
					t.Errorf("%s was touched", file)
				}
			}
		}},
		act{},
	)
}

// TestConnectorMovesThereAndBack moves twice while the device is away: what is
// tidied up afterwards is the place left, not the one returned to.
func TestConnectorMovesThereAndBack(t *testing.T) {
	w := newWorld(t, []string{"web-1", "web-2"})
	here, there := wishes{"shop": `directory = "here"`}.config(), wishes{"shop": `directory = "there"`}.config()
	w.tell(
		act{config: here},
		act{
			before: func() { w.rename("web-1", "away") }, config: there, plan: updates(connector("shop")),
			warns: []string{`web-1 (connector shop): device "web-1" does not answer`},
		},
		act{config: here, plan: updates(connector("shop")), warns: []string{"web-1"}},
		act{before: func() { w.rename("away", "web-1") }, config: here, after: func() { w.holds("shop", "web-1", "here"); w.missing("web-1/there") }},
		act{after: func() { w.bare("web-1") }},
	)
}

// connectorIDs are the connectors' ids by name.
func (w *world) connectorIDs() map[string]string {
	w.t.Helper()
	connectors, err := w.Connectors(w.t.Context(), "")
	if err != nil {
		w.t.Fatal(err)
	}
	ids := map[string]string{}
	for _, c := range connectors {
		ids[c.Name] = c.ID
	}
	return ids
}

// missing wants nothing at these paths.
func (w *world) missing(paths ...string) {
	w.t.Helper()
	for _, path := range paths {
		if _, err := os.Lstat(w.path(path)); !os.IsNotExist(err) {
			w.t.Errorf("%s is there: %v", path, err)
		}
	}
}

// TestConnectorChainOfAnIntermediate has an issuer below a root: the chain goes
// into its own file, or after the certificate, where clients want it.
func TestConnectorChainOfAnIntermediate(t *testing.T) {
	w := newWorld(t, []string{"web-1", "web-2"})
	root := w.intermediate()
	w.tell(
		act{
			config: wishes{"apart": ``, "joined": `chain_file = null`, "public": `key_file = null`}.config(),
			plan:   creates(connector("apart"), connector("joined"), connector("public")),
			after: func() {
				clmtest.OpenSSL(t, w.path("web-1"), "verify", "-CAfile", root, "-untrusted", "apart/chain.crt", "apart/tls.crt")
				clmtest.OpenSSL(t, w.path("web-1"), "verify", "-CAfile", root, "-untrusted", "joined/tls.crt", "joined/tls.crt")
				for file, certificates := range map[string]int{"apart/tls.crt": 1, "apart/chain.crt": 2, "joined/tls.crt": 2, "public/tls.crt": 1} {
					if got := strings.Count(w.read("web-1", file), "BEGIN CERTIFICATE"); got != certificates {
						t.Errorf("%s holds %d certificates, expected %d", file, got, certificates)
					}
					w.mode(0o644, "web-1", file)
				}
				w.mode(0o600, "web-1", "joined", "tls.key")
				w.missing("web-1/public/tls.key", "web-1/joined/chain.crt")
			},
		},
		act{after: func() { w.bare("web-1") }},
	)
}

// intermediate makes a CA below an openssl root the world's issuer, and returns
// the root's file.
func (w *world) intermediate() string {
	w.t.Helper()
	dir := w.t.TempDir()
	openssl := func(args ...string) { w.t.Helper(); clmtest.OpenSSL(w.t, dir, args...) }
	ca := []string{"-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign", "-nodes", "-days", "3650"}
	key := []string{"-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"}
	openssl(append(append([]string{"req", "-x509", "-keyout", "root.key", "-out", "root.pem", "-subj", "/CN=Top"}, key...), ca...)...)
	openssl(append(append([]string{"req", "-x509", "-CA", "root.pem", "-CAkey", "root.key", "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Below"}, key...), ca...)...)
	read := func(name string) string {
		content, err := os.ReadFile(dir + "/" + name)
		if err != nil {
			w.t.Fatal(err)
		}
		return string(content)
	}
	w.Clock.Advance(time.Minute) // openssl looked at another clock
	issuer, err := w.CreateRootCertificate(w.t.Context(), certificateOf(read("ca.pem")+read("root.pem"), read("ca.key")))
	if err != nil {
		w.t.Fatal(err)
	}
	w.root = issuer
	return dir + "/root.pem"
}
