package main_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // reads the estate behind its back

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
)

// TestTeamsShareADatabase: several machines have nothing in common but the URL and
// the key. They race for making the estate as well.
func TestTeamsShareADatabase(t *testing.T) {
	t.Parallel()
	environment, databaseURL, _ := clmtest.OnPostgres(t)
	workspaces := make([]*clmtest.Workspace, 3)
	for i := range workspaces {
		w := clmtest.NewWorkspace(t, clmtest.NewestCLI(t))
		w.Env = append(w.Env, environment...)
		w.Write("main.tf", shopOf(i, 2))
		w.Write("device/etc/hostname", "device\n")
		workspaces[i] = w
	}
	atOnce(t, workspaces, "", "init", "-input=false")
	atOnce(t, workspaces, "6 added, 0 changed, 0 destroyed", "apply", "-no-color", "-input=false", "-auto-approve")
	db := openPostgres(t, databaseURL)
	shared := pairs(t, db, "SELECT name, id FROM root_certificates")["root-0"]
	for i, w := range workspaces {
		w.Write("shared.tf", sharedOf(i, shared))
	}
	atOnce(t, workspaces, "2 added, 0 changed, 0 destroyed", "apply", "-no-color", "-input=false", "-auto-approve")
	atOnce(t, workspaces, "No changes.", "plan", "-no-color", "-input=false", "-detailed-exitcode")
	for _, w := range workspaces {
		for _, place := range []string{"0", "1", "shared"} {
			wantVerified(t, filepath.Join(w.Dir, "device/tls", place))
		}
	}
	rows := pairs(t, db, "SELECT 'n', COUNT(*)::text FROM audit_events")["n"]
	if out := workspaces[0].Provider("verify-audit"); rows == "0" || !strings.HasPrefix(out, rows+" rows, unbroken") {
		t.Errorf("there are %s audit rows, and verify-audit says %s", rows, out)
	}
}

func openPostgres(t *testing.T, databaseURL string) *sql.DB {
	t.Helper()
	db, err := sql.Open("pgx", databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// TestDatabaseSettingsThatDoNotWork are one clear error each, without the password.
func TestDatabaseSettingsThatDoNotWork(t *testing.T) {
	t.Parallel()
	environment, databaseURL, secrets := clmtest.OnPostgres(t)
	w := clmtest.NewWorkspace(t, clmtest.NewestCLI(t))
	w.Write("main.tf", shopOf(0, 1))
	w.Write("device/etc/hostname", "device\n")
	w.Init()
	for name, c := range map[string]struct {
		environment []string
		says        string
	}{
		"no key":     {environment[:1], "Set key_file or passphrase, or CLM_KEY_FILE or CLM_PASSPHRASE"},
		"two places": {append(environment, "CLM_DATA_DIR=estate"), "Both a data folder and a database are given"},
		"no URL":     {[]string{"CLM_DATABASE_URL=" + secrets[0], environment[1]}, "The URL of the database cannot be read"},
		"nobody there": {[]string{"CLM_DATABASE_URL=" + strings.Replace(databaseURL, "clm-pg-", "none-", 1), environment[1]},
			"check that it runs, accepts connections and can be reached from here"},
	} {
		w.Env = c.environment
		out, err := w.Try("plan", "-no-color", "-input=false")
		if err == nil || !strings.Contains(oneLine(out), c.says) || strings.Contains(out, secrets[0]) {
			t.Errorf("%s: the plan ends with %v, want that it says %q and not the password:\n%s", name, err, c.says, out)
		}
	}
	w.Env = environment
	if out, err := w.Exec(clmtest.Binary(t), "verify-audit"); err == nil || !strings.Contains(out, "there is no estate in postgres://") || strings.Contains(out, secrets[0]) {
		t.Errorf("a command makes an estate by mistake, or tells the password (%v): %s", err, out)
	}
}

// TestMigratingToPostgres: the copy goes on where the folder ends. Its trail
// verifies, nothing is planned, and what is then repaired and renewed is on the
// copy alone.
func TestMigratingToPostgres(t *testing.T) {
	t.Parallel()
	q := newQuickstart(t, clmtest.NewestCLI(t))
	before := q.devices()
	q.Init()
	q.isMadeAsPlanned(before)
	rows := strings.Fields(q.Provider("verify-audit"))[0]
	file := read(t, filepath.Join(q.Dir, ".clm/clm.db"))

	environment, databaseURL, secrets := clmtest.OnPostgres(t)
	out := q.Provider("migrate", "--from", ".clm", "--to", databaseURL)
	if !strings.Contains(out, "are the same in both") || strings.Contains(out, secrets[0]) {
		t.Errorf("migrating says %s", out)
	}
	if read(t, filepath.Join(q.Dir, ".clm/clm.db")) != file {
		t.Error("the folder was not left as it is")
	}
	if out, err := q.Exec(clmtest.Binary(t), "migrate", "--from", ".clm", "--to", databaseURL); err == nil || !strings.Contains(out, "is not empty") || strings.Contains(out, secrets[0]) {
		t.Errorf("migrating twice ends with %v: %s", err, out)
	}
	if got := strings.Fields(q.Provider("verify-audit"))[0]; got != rows {
		t.Errorf("the trail in the folder has %s rows, want %s", got, rows)
	}

	if err := os.Rename(filepath.Join(q.Dir, ".clm"), filepath.Join(q.Dir, "away")); err != nil {
		t.Fatal(err)
	}
	q.Env = append(q.Env, environment[0], "CLM_KEY_FILE="+filepath.Join(q.Dir, "away/estate.key"))
	q.PlanEmpty()
	if out := q.Provider("verify-audit"); !strings.Contains(out, "rows, unbroken") || strings.HasPrefix(out, rows+" ") {
		t.Errorf("the trail of %s rows and one that tells of the migration is now %s", rows, out)
	}
	q.isRepaired()
	q.isEnrolledAgainOnceRevoked()
}
