package command_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/backend"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/client"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/command"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// typed is what a command prints, and how it fails.
func typed(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out strings.Builder
	err := command.Run(t.Context(), "1.2.3", args, &out)
	return out.String(), err
}

func prints(t *testing.T, want string, args ...string) {
	t.Helper()
	if got, err := typed(t, args...); err != nil || got != want {
		t.Errorf("%v\ngot  %s%v\nwant %s", args, got, err, want)
	}
}

func refuses(t *testing.T, want string, args ...string) {
	t.Helper()
	if out, err := typed(t, args...); err == nil || err.Error() != want || out != "" {
		t.Errorf("%v\ngot  %v%s\nwant %s", args, err, out, want)
	}
}

// asking opens an estate for some questions, and closes it.
func asking(t *testing.T, c backend.Config, ask func(*client.Client)) {
	t.Helper()
	b, err := backend.Open(t.Context(), c)
	must(t, err)
	ask(client.New(client.Options{Endpoint: "http://embedded", Transport: b.Transport(backend.LocalPrincipal(""))}))
	must(t, b.Close())
}

// lived is an estate with a certificate in it, and the serial number of that.
func lived(t *testing.T) (dir, serial string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "estate")
	asking(t, backend.Config{DataDir: dir}, func(c *client.Client) {
		root, err := c.CreateRootCertificate(t.Context(), api.WriteRootCertificate{Name: "lab", Source: api.RootSource{
			Kind: "self_signed", SelfSigned: &api.SelfSigned{Subject: api.Subject{CommonName: "Lab"}, ValidityPeriodHours: 8760},
		}})
		must(t, err)
		out, err := c.CreateCertificate(t.Context(), api.CertificateSpec{
			Name: "shop", IssuerID: root.ID, Subject: api.Subject{CommonName: "shop.example.com"}, ValidityPeriodHours: 720,
		})
		must(t, err)
		serial = out.Certificate.SerialNumber
	})
	return dir, serial
}

func TestVersion(t *testing.T) {
	t.Parallel()
	prints(t, "1.2.3\n", "version")
}

func TestRevoke(t *testing.T) {
	t.Parallel()
	dir, serial := lived(t)
	refuses(t, `there is no certificate "nobody"`, "revoke", "nobody", "--data-dir", dir)
	refuses(t, `"boredom" is not a revocation reason (use unspecified, key_compromise, ca_compromise, affiliation_changed, superseded, `+
		`cessation_of_operation, privilege_withdrawn or aa_compromise)`, "revoke", "shop", "--reason", "boredom", "--data-dir", dir)
	told := "revoked shop, serial number " + serial + " (key_compromise)\n"
	prints(t, told, "revoke", "shop", "--reason", "key_compromise", "--data-dir", dir)
	prints(t, told, "revoke", "shop", "--data-dir", dir) // for good, and for the first reason
	asking(t, backend.Config{DataDir: dir}, func(c *client.Client) {
		certificate, err := c.Certificate(t.Context(), "shop")
		must(t, err)
		events, err := c.AuditEvents(t.Context())
		must(t, err)
		last := events[len(events)-1]
		if certificate.Status != "revoked" || certificate.Due.Operation != "re_enrol" || last.Action != "certificate.revoke" || last.Principal != backend.LocalPrincipal("").Name {
			t.Errorf("it is %s, due %s; last in the trail: %s by %s", certificate.Status, certificate.Due.Operation, last.Action, last.Principal)
		}
	})
}

func TestVerifyAudit(t *testing.T) {
	t.Parallel()
	dir, _ := lived(t)
	last := ""
	asking(t, backend.Config{DataDir: dir}, func(c *client.Client) {
		events, err := c.AuditEvents(t.Context())
		must(t, err)
		last = events[len(events)-1].Hash
	})
	prints(t, "2 rows, unbroken; the last hash is "+last+"\n", "verify-audit", "--data-dir", dir)
}

// A backup is an estate of its own once it has the key beside it, and none without.
func TestBackup(t *testing.T) {
	t.Parallel()
	dir, serial := lived(t)
	restored := t.TempDir()
	copied := filepath.Join(restored, "clm.db")
	prints(t, "backed up to "+copied+"; keep the key that opens it in another place\n", "backup", copied, "--data-dir", dir)
	if _, err := typed(t, "backup", copied, "--data-dir", dir); err == nil || !strings.Contains(err.Error(), copied) {
		t.Errorf("a backup goes over another: %v", err)
	}
	if _, err := typed(t, "revoke", "shop", "--data-dir", restored); err == nil || !strings.Contains(err.Error(), "estate.key cannot be read") {
		t.Errorf("a backup opens without its key: %v", err)
	}
	key := filepath.Join(dir, backend.DefaultKeyFile)
	prints(t, "revoked shop, serial number "+serial+" (unspecified)\n", "revoke", "shop", "--data-dir", restored, "--key-file", key)
}

func TestRewrap(t *testing.T) {
	t.Parallel()
	dir, serial := lived(t)
	const said = "2 private keys are sealed with the new key; set key_file or the passphrase of the provider accordingly\n"
	key := filepath.Join(t.TempDir(), "new.key")
	prints(t, said, "rewrap", "--new-key-file", key, "--data-dir", dir)
	if info, err := os.Stat(key); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the new key file: %v, %v", info, err)
	}
	const wrong = ` does not open this estate: its secrets were sealed with another key (set key_file (or CLM_KEY_FILE), or passphrase (or CLM_PASSPHRASE), to what it was when the estate was made)`
	refuses(t, "the key in "+filepath.Join(dir, "estate.key")+wrong, "verify-audit", "--data-dir", dir)
	prints(t, said, "rewrap", "--new-passphrase", "correct horse", "--data-dir", dir, "--key-file", key)
	refuses(t, "the key in "+key+wrong, "verify-audit", "--data-dir", dir, "--key-file", key)
	refuses(t, "the key from the passphrase"+wrong, "verify-audit", "--data-dir", dir, "--passphrase", "hunter2")
	prints(t, "revoked shop, serial number "+serial+" (unspecified)\n", "revoke", "shop", "--data-dir", dir, "--passphrase", "correct horse")
}

// A command never makes an estate, and leaves nothing where there is none.
func TestNoEstateThere(t *testing.T) {
	t.Parallel()
	for name, dir := range map[string]string{"no folder": filepath.Join(t.TempDir(), "none"), "an empty folder": t.TempDir()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := "there is no estate in " + dir + ": stat " + filepath.Join(dir, "clm.db") + ": no such file or directory (name its folder with --data-dir)"
			backup := filepath.Join(t.TempDir(), "x")
			for _, args := range [][]string{
				{"backup", backup}, {"rewrap", "--new-passphrase", "x"}, {"revoke", "shop"}, {"verify-audit"}, {"token", "list"},
			} {
				refuses(t, want, append(args, "--data-dir", dir)...)
			}
			refuses(t, strings.Replace(want, "--data-dir", "--from", 1), "migrate", "--from", dir, "--to", "postgres://clm@/none?host=/none")
			if left, err := os.ReadDir(dir); len(left) > 0 {
				t.Errorf("left behind: %v, %v", left, err)
			}
		})
	}
}

func TestWrongArguments(t *testing.T) {
	t.Parallel()
	for want, args := range map[string][]string{
		"unexpected argument frobnicate":                                  {"frobnicate"},
		`expected "<certificate>"`:                                        {"revoke"},
		`expected "<destination>"`:                                        {"backup"},
		"unexpected argument again":                                       {"verify-audit", "again"},
		"unknown flag --force":                                            {"revoke", "shop", "--force"},
		"missing flags: --new-key-file=STRING or --new-passphrase=STRING": {"rewrap"},
		"--new-key-file and --new-passphrase can't be used together":      {"rewrap", "--new-key-file", "a", "--new-passphrase", "b"},
		`expected one of "agent", "backup", "enrolment-token", "internet-gateway", "migrate", ...`: {},
	} {
		refuses(t, want, args...)
	}
}
