package main_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
)

// small is a workspace with one team's configuration, applied.
func small(t *testing.T) *clmtest.Workspace {
	t.Helper()
	w := clmtest.NewWorkspace(t, clmtest.NewestCLI(t))
	w.Write("main.tf", shopOf(1, 2))
	w.Write("device/etc/hostname", "device\n")
	w.Init()
	w.Apply()
	return w
}

// refused runs a command that must fail with one line that says these words.
func refused(t *testing.T, w *clmtest.Workspace, words []string, args ...string) {
	t.Helper()
	out, err := w.Exec(clmtest.Binary(t), args...)
	if err == nil || strings.Count(out, "error:") != 1 || strings.Contains(out, "panic") {
		t.Errorf("%v does not end with one error (%v):\n%s", args, err, out)
	}
	for _, word := range words {
		if !strings.Contains(out, word) {
			t.Errorf("%v does not say %q:\n%s", args, word, out)
		}
	}
}

func TestABackupIsRestoredByWhoeverHasTheKey(t *testing.T) {
	t.Parallel()
	w := small(t)
	backup := filepath.Join(t.TempDir(), "estate.db")
	if out := w.Provider("backup", backup); !strings.Contains(out, backup) || !strings.Contains(out, "key") {
		t.Errorf("backup does not say where it is and what else is needed: %s", out)
	}
	if info, err := os.Stat(backup); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the backup has the mode %v (%v), want 0600", info.Mode(), err)
	}
	refused(t, w, []string{"exists already"}, "backup", backup)
	w.Provider("revoke", "certificate-1-0") // after the backup, and lost with the disk
	lost := filepath.Join(w.Dir, "lost")
	if err := os.Rename(filepath.Join(w.Dir, ".clm"), lost); err != nil {
		t.Fatal(err)
	}
	refused(t, w, []string{"no estate in", "--data-dir"}, "verify-audit")

	w.Write(".clm/clm.db", read(t, backup))
	before := contents(t, filepath.Join(w.Dir, ".clm"))
	refused(t, w, []string{"estate.key", "CLM_KEY_FILE"}, "revoke", "certificate-1-0")
	out, err := w.Try("plan", "-no-color", "-input=false")
	if err == nil || !strings.Contains(out, "Cannot open the estate in .clm") {
		t.Errorf("without the key a restored backup is planned with (%v):\n%s", err, out)
	}
	wantSame(t, "a backup without its key", before, contents(t, filepath.Join(w.Dir, ".clm")))

	w.Write(".clm/estate.key", read(t, filepath.Join(lost, "estate.key")))
	w.PlanEmpty()
	w.Provider("verify-audit")
	w.Provider("revoke", "certificate-1-0")
	w.Apply() // opens the root's key and makes a new one
	w.PlanEmpty()
	wantVerified(t, filepath.Join(w.Dir, "device/tls/0"))
}

func TestRewrapChangesTheKeyForGood(t *testing.T) {
	t.Parallel()
	w := small(t)
	old := filepath.Join(w.Dir, ".clm/estate.key")
	key := filepath.Join(t.TempDir(), "new.key")
	if out := w.Provider("rewrap", "--new-key-file", key); !strings.HasPrefix(out, "3 private keys") { // a root's and two certificates'
		t.Errorf("rewrap says %s", out)
	}
	wrong := []string{"does not open this estate", "another key", "CLM_KEY_FILE"}
	refused(t, w, wrong, "verify-audit")
	refused(t, w, wrong, "revoke", "certificate-1-0", "--key-file", old)
	w.Env = append(w.Env, "CLM_KEY_FILE="+key)
	w.PlanEmpty()
	w.Provider("revoke", "certificate-1-0")
	w.Apply()
	w.PlanEmpty()
	wantVerified(t, filepath.Join(w.Dir, "device/tls/0"))

	w.Env = append(w.Env, "CLM_NEW_PASSPHRASE=open sesame")
	w.Provider("rewrap")
	refused(t, w, nil, "verify-audit")
	w.Env = append(w.Env, "CLM_KEY_FILE=", "CLM_PASSPHRASE=open sesame")
	w.PlanEmpty()
	w.Provider("revoke", "certificate-1-1", "--reason", "superseded")
	w.Apply()
	w.PlanEmpty()
	wantVerified(t, filepath.Join(w.Dir, "device/tls/1"))
	w.Provider("verify-audit")
}

func TestVerifyAuditNoticesEveryKindOfTampering(t *testing.T) {
	t.Parallel()
	w := small(t)
	backup := filepath.Join(t.TempDir(), "estate.db")
	w.Provider("backup", backup)
	whole := w.Provider("verify-audit")
	for name, c := range map[string]struct{ statement, tells string }{
		"a row altered": {`UPDATE audit_events SET document = replace(document, 'certificate.enrol', 'certificate.renew') WHERE sequence =
			(SELECT MIN(sequence) FROM audit_events WHERE document LIKE '%certificate.enrol%')`, "was altered"},
		"a principal altered":   {`UPDATE audit_events SET document = replace(document, 'local:', 'somebody:') WHERE sequence = 2`, "audit row 2"},
		"a row removed":         {`DELETE FROM audit_events WHERE sequence = 3`, "rows are missing"},
		"the first row removed": {`DELETE FROM audit_events WHERE sequence = 1`, "rows are missing"},
		"a row slipped in": {`INSERT INTO audit_events SELECT (SELECT MAX(sequence) + 1 FROM audit_events), hash, document
			FROM audit_events WHERE sequence = 1`, "audit row 1"},
		"two rows exchanged": {`UPDATE audit_events SET document = (SELECT document FROM audit_events AS other
			WHERE other.sequence = 5 - audit_events.sequence) WHERE sequence IN (2, 3)`, "audit row 3 follows row 1"},
	} {
		dir := t.TempDir()
		for file, from := range map[string]string{"clm.db": backup, "estate.key": filepath.Join(w.Dir, ".clm/estate.key")} {
			overwrite(t, filepath.Join(dir, file), read(t, from))
		}
		if out := w.Provider("verify-audit", "--data-dir", dir); out != whole {
			t.Errorf("before %s: %s", name, out)
		}
		execute(t, filepath.Join(dir, "clm.db"), c.statement)
		refused(t, w, []string{c.tells}, "verify-audit", "--data-dir", dir)
	}
}
