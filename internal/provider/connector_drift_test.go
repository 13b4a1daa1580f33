package provider_test

import (
	"os"
	"strings"
	"testing"
)

// damages are what others do to files of a connector on a device, and the
// reason a plan then gives.
var damages = []struct {
	name, reason string
	do           func(w *world, at string)
}{
	{"edited", "unknown_certificate", func(w *world, at string) { w.edit(at+"/tls.crt", "# edited\n"+w.read(at, "tls.crt")) }},
	{"emptied", "unknown_certificate", func(w *world, at string) { w.edit(at+"/tls.crt", "") }},
	{"stranger", "unknown_certificate", func(w *world, at string) { w.write(w.root.CertificatePEM, at, "tls.crt") }},
	{"neighbour", "other_managed_certificate", func(w *world, at string) { w.write(w.certificate("mail").CertificatePEM, at, "tls.crt") }},
	{"previous", "previous_certificate", func(w *world, at string) { w.write(w.previous, at, "tls.crt") }},
	{"key-replaced", "key_mismatch", func(w *world, at string) { w.write("no key", at, "tls.key"); w.chmod(0o600, at, "tls.key") }},
	{"key-edited", "key_mismatch", func(w *world, at string) { w.edit(at+"/tls.key", "no key") }},
	{"key-open", "key_exposed", func(w *world, at string) { w.chmod(0o644, at, "tls.key") }},
	{"chain-cut", "incomplete_chain", func(w *world, at string) { w.edit(at+"/chain.crt", "") }},
	{"no-certificate", "not_found", func(w *world, at string) { w.remove(at, "tls.crt") }},
	{"no-key", "not_found", func(w *world, at string) { w.remove(at, "tls.key") }},
	{"no-chain", "not_found", func(w *world, at string) { w.remove(at, "chain.crt") }},
	{"no-private-folder", "not_found", func(w *world, at string) { w.remove(at, ".clm") }},
	{"no-folder", "not_found", func(w *world, at string) { w.remove(at) }},
	{"dangling", "not_found", func(w *world, at string) { w.remove(at, "tls.key"); w.symlink("nowhere", at+"/tls.key") }},
}

// TestConnectorOutsideChanges does all damage at once: every plan says what it
// found, one apply puts everything right, and a connector nobody touched rests.
func TestConnectorOutsideChanges(t *testing.T) {
	w := newWorld(t, []string{"web-1", "web-2"})
	wanted := wishes{"rests": ``}
	plan := keeps(connector("rests"))
	for _, d := range damages {
		wanted[d.name] = ``
		plan = all(plan, updates(connector(d.name)), finds(connector(d.name), "sync_reason", d.reason), finds(connector(d.name), "push_pending", "true"),
			unknown(connector(d.name), "sync_status", "sync_reason", "push_pending"))
	}
	config := wanted.config()
	w.tell(
		act{config: config, after: func() { w.previous = w.certificate("shop").CertificatePEM }},
		act{config: strings.Replace(config, "early_renewal_hours   = 10", "early_renewal_hours   = 10\n  regeneration_trigger  = 1", 1)},
		act{
			before: func() {
				for _, d := range damages {
					d.do(w, "web-1/"+d.name)
					if sync := w.sync(d.name); sync.Status != "out_of_sync" || sync.Reason != d.reason {
						t.Errorf("%s is %s because of %s, expected %s", d.name, sync.Status, sync.Reason, d.reason)
					}
				}
				w.reported("shop", 1, len(damages))
			},
			config: strings.Replace(config, "early_renewal_hours   = 10", "early_renewal_hours   = 10\n  regeneration_trigger  = 1", 1),
			plan:   plan,
			after: func() {
				for _, d := range damages {
					w.holdsAt("shop", d.name, "web-1", d.name)
				}
				w.reported("shop", 1+len(damages), 0)
			},
		},
		act{after: func() { w.bare("web-1") }},
	)
}

// TestConnectorBlockedPlace: what a push cannot put right plans nothing, and is
// put right once the obstacle is gone.
func TestConnectorBlockedPlace(t *testing.T) {
	w := newWorld(t, []string{"web-1", "web-2"})
	config := strings.Replace(wishes{"shop": `directory = "etc/tls"`}.config(), `output "status"`, `output "directory"`, 1)
	config = strings.Replace(config, `"${c.sync_status} ${coalesce(c.sync_reason, "-")}"`, "c.file_system.directory", 1)
	w.tell(
		act{config: config},
		act{
			before: func() { w.rename("web-1/etc/tls", "tls"); w.symlink(w.path("tls"), "web-1/etc/tls") }, config: config,
			plan: all(keeps(connector("shop")), finds(connector("shop"), "sync_reason", "device_unhealthy"), finds(connector("shop"), "push_pending", "false")),
		},
		act{
			before: func() { w.remove("web-1/etc/tls"); w.write("a file", "web-1/etc/tls") }, config: config,
			plan: all(keeps(connector("shop")), finds(connector("shop"), "sync_reason", "device_unhealthy")),
		},
		act{before: func() { w.remove("web-1/etc/tls") }, config: config, plan: updates(connector("shop")), after: func() { w.holds("shop", "web-1/etc/tls") }},
		act{after: func() { w.bare("web-1") }},
	)
}

// edit writes into a file, through whatever link leads there.
func (w *world) edit(path, content string) {
	w.t.Helper()
	if err := os.WriteFile(w.path(path), []byte(content), 0o644); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) chmod(mode os.FileMode, elem ...string) {
	w.t.Helper()
	if err := os.Chmod(w.path(elem...), mode); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) remove(elem ...string) {
	w.t.Helper()
	if err := os.RemoveAll(w.path(elem...)); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) symlink(target, path string) {
	w.t.Helper()
	if err := os.Symlink(target, w.path(path)); err != nil {
		w.t.Fatal(err)
	}
}

// reported checks the counts of clm_sync_status where they come from.
func (w *world) reported(certificate string, in, out int) {
	w.t.Helper()
	report, err := w.SyncStatus(w.t.Context(), certificate)
	if err != nil {
		w.t.Fatal(err)
	}
	if report.InSync != in || report.OutOfSync != out {
		w.t.Errorf("%d in sync and %d out of sync, expected %d and %d", report.InSync, report.OutOfSync, in, out)
	}
}
