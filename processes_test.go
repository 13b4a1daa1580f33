package main_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
)

// header is what every configuration begins with. Without a provider block the
// CLIs add an error of their own to each of the provider's.
const header = `
terraform {
  required_providers {
    clm = {
      source = "terraform-provider-clm/clm"
    }
  }
}

provider "clm" {}
`

// shopOf is one team's configuration: a root, a machine, certificates and their
// places on it.
func shopOf(team, certificates int) string {
	return header + fmt.Sprintf(`
resource "clm_root_certificate" "own" {
  name = "root-%[1]d"
  self_signed = {
    subject               = { common_name = "Root %[1]d" }
    validity_period_hours = 8760
  }
  deletion_protection = false
}

resource "clm_device" "own" {
  name  = "device-%[1]d"
  local = { root_directory = abspath("device") } # teams share the estate, not the folder
}

resource "clm_certificate" "own" {
  count                 = %[2]d
  name                  = "certificate-%[1]d-${count.index}"
  issuer_id             = clm_root_certificate.own.id
  dns_names             = ["host-${count.index}.team-%[1]d.example.com"]
  validity_period_hours = 720
}

resource "clm_connector" "own" {
  count          = %[2]d
  name           = "connector-%[1]d-${count.index}"
  certificate_id = clm_certificate.own[count.index].id
  device_id      = clm_device.own.id
  file_system = {
    directory        = "tls/${count.index}"
    certificate_file = "server.crt"
    key_file         = "server.key"
    chain_file       = "chain.crt"
  }
}
`, team, certificates)
}

// sharedOf adds a certificate from a root that all teams share.
func sharedOf(team int, rootID string) string {
	return fmt.Sprintf(`
resource "clm_certificate" "shared" {
  name                  = "shared-%[1]d"
  issuer_id             = %[2]q
  dns_names             = ["team-%[1]d.example.com"]
  validity_period_hours = 720
}

resource "clm_connector" "shared" {
  name           = "shared-%[1]d"
  certificate_id = clm_certificate.shared.id
  device_id      = clm_device.own.id
  file_system = {
    directory        = "tls/shared"
    certificate_file = "server.crt"
    key_file         = "server.key"
    chain_file       = "chain.crt"
  }
}
`, team, rootID)
}

func TestTenProcessesShareOneEstate(t *testing.T) {
	t.Parallel()
	const teams, each = 10, 3
	dataDir := filepath.Join(t.TempDir(), "estate")
	workspaces := make([]*clmtest.Workspace, teams)
	for i := range workspaces {
		w := clmtest.NewWorkspace(t, clmtest.NewestCLI(t))
		w.Env = append(w.Env, "CLM_DATA_DIR="+dataDir)
		w.Write("main.tf", shopOf(i, each))
		w.Write("device/etc/hostname", "device\n")
		workspaces[i] = w
	}
	atOnce(t, workspaces, "", "init", "-input=false")

	// Nobody has made the estate yet: the ten race for that as well.
	atOnce(t, workspaces, fmt.Sprintf("%d added, 0 changed, 0 destroyed", 2+2*each), "apply", "-no-color", "-input=false", "-auto-approve")

	db := openDatabase(t, filepath.Join(dataDir, "clm.db"))
	shared := pairs(t, db, "SELECT name, id FROM root_certificates")["root-0"]
	for i, w := range workspaces {
		w.Write("shared.tf", sharedOf(i, shared))
	}
	atOnce(t, workspaces, "2 added, 0 changed, 0 destroyed", "apply", "-no-color", "-input=false", "-auto-approve")
	atOnce(t, workspaces, "No changes.", "plan", "-no-color", "-input=false", "-detailed-exitcode")

	certificates := fmt.Sprint(teams * (each + 1))
	wantCounts(t, filepath.Join(dataDir, "clm.db"), map[string]string{
		"root_certificates": fmt.Sprint(teams), "devices": fmt.Sprint(teams), "private_keys": fmt.Sprint(teams * (each + 2)),
		"certificates": certificates, "versions": certificates, "connectors": certificates,
		"certificate.enrol": certificates, "connector.complete_push": certificates,
	})
	wantSound(t, workspaces[0], filepath.Join(dataDir, "clm.db"))
	for _, w := range workspaces {
		for i := range each {
			wantVerified(t, filepath.Join(w.Dir, "device/tls", fmt.Sprint(i)))
		}
		wantVerified(t, filepath.Join(w.Dir, "device/tls/shared"))
	}
}

// atOnce runs one command in every workspace at the same time, and wants all of
// them to succeed and to say so.
func atOnce(t *testing.T, workspaces []*clmtest.Workspace, says string, args ...string) {
	t.Helper()
	var all sync.WaitGroup
	gate := make(chan struct{})
	for i, w := range workspaces {
		cmd := w.Command(w.CLI, args...)
		all.Go(func() {
			<-gate
			if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), says) {
				t.Errorf("%s in workspace %d: %v, want %q\n%s", args[0], i, err, says, out)
			}
		})
	}
	close(gate)
	all.Wait()
	if t.Failed() {
		t.FailNow()
	}
}

// wantCounts compares the rows of tables, and the audit rows of actions, with
// what there should be.
func wantCounts(t *testing.T, path string, want map[string]string) {
	t.Helper()
	db := openDatabase(t, path)
	actions := pairs(t, db, "SELECT json_extract(document, '$.action') AS action, COUNT(*) FROM audit_events GROUP BY action")
	for name, count := range want {
		have := actions[name]
		if !strings.Contains(name, ".") {
			have = pairs(t, db, "SELECT 'n', COUNT(*) FROM "+name)["n"]
		}
		if have != count {
			t.Errorf("%q rows of %s, want %s; audited: %v", have, name, count, actions)
		}
	}
}

// wantSound asks SQLite and the audit trail whether the estate is whole.
func wantSound(t *testing.T, w *clmtest.Workspace, path string) {
	t.Helper()
	db := openDatabase(t, path)
	var verdict string
	if err := db.QueryRowContext(t.Context(), "PRAGMA integrity_check").Scan(&verdict); err != nil || verdict != "ok" {
		t.Errorf("SQLite's integrity check says %q (%v)", verdict, err)
	}
	broken, err := db.QueryContext(t.Context(), "PRAGMA foreign_key_check")
	if err != nil {
		t.Fatal(err)
	}
	defer broken.Close()
	if broken.Next() || broken.Err() != nil {
		t.Errorf("there are rows that refer to nothing (%v)", broken.Err())
	}
	rows := pairs(t, db, "SELECT 'n', COUNT(*) FROM audit_events")["n"]
	out := w.Provider("verify-audit", "--data-dir", filepath.Dir(path))
	if rows == "0" || !strings.HasPrefix(out, rows+" rows, unbroken") {
		t.Errorf("there are %s audit rows, and verify-audit says %s", rows, out)
	}
}

// wantVerified asks openssl about a set of files on a device.
func wantVerified(t *testing.T, folder string) {
	t.Helper()
	clmtest.OpenSSL(t, folder, "verify", "-x509_strict", "-CAfile", "chain.crt", "server.crt")
	if clmtest.OpenSSL(t, folder, "x509", "-in", "server.crt", "-noout", "-pubkey") != clmtest.OpenSSL(t, folder, "pkey", "-in", "server.key", "-pubout") {
		t.Errorf("%s: the key does not belong to the certificate", folder)
	}
}
