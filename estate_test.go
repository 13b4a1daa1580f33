package main_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
)

// lookAround is a configuration that opens the estate and changes nothing.
const lookAround = header + `
data "clm_devices" "all" {}
`

// damage is something that happens to an estate, and what the user is told.
type damage struct {
	name  string
	env   []string
	do    func(t *testing.T, dir string)
	tells []string // words of what happened and of what to do, beside the folder
}

var damages = []damage{
	{"a file where the folder should be", nil, func(t *testing.T, dir string) {
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
		overwrite(t, dir, "a file")
	}, []string{"cannot be made", "not a directory", "set data_dir to a folder"}},

	{"a folder where the database should be", nil, func(t *testing.T, dir string) {
		remove(t, dir, "clm.db")
		if err := os.Mkdir(filepath.Join(dir, "clm.db"), 0o700); err != nil {
			t.Fatal(err)
		}
	}, []string{"cannot be opened", "it is a folder", "move the folder away"}},

	{"a database that is something else", nil, func(t *testing.T, dir string) {
		overwrite(t, filepath.Join(dir, "clm.db"), strings.Repeat("not a database ", 1000))
	}, []string{"is damaged, or not an estate", "backups", "move the file away"}},

	{"a database with garbage in it", nil, func(t *testing.T, dir string) {
		content := []byte(read(t, filepath.Join(dir, "clm.db")))
		copy(content[100:], strings.Repeat("garbage ", 1000))
		overwrite(t, filepath.Join(dir, "clm.db"), string(content))
	}, []string{"is damaged, or not an estate", "backups", "move the file away"}},

	{"a database cut short", nil, func(t *testing.T, dir string) {
		if err := os.Truncate(filepath.Join(dir, "clm.db"), 5000); err != nil {
			t.Fatal(err)
		}
	}, []string{"is damaged, or not an estate", "backups", "move the file away"}},

	{"an empty database", nil, func(t *testing.T, dir string) {
		overwrite(t, filepath.Join(dir, "clm.db"), "")
	}, []string{"is empty", "backup"}},

	{"another program's database", nil, func(t *testing.T, dir string) {
		remove(t, dir, "clm.db")
		execute(t, filepath.Join(dir, "clm.db"), "CREATE TABLE songs (title TEXT)")
	}, []string{"belongs to another program", "set data_dir to a folder of its own"}},

	{"a database of a newer version", nil, func(t *testing.T, dir string) {
		execute(t, filepath.Join(dir, "clm.db"), "INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)")
	}, []string{"newer provider", "9999", "upgrade the provider"}},

	{"a key file that is missing", nil, func(t *testing.T, dir string) {
		remove(t, dir, "estate.key")
	}, []string{"estate.key cannot be read", "no such file", "CLM_KEY_FILE"}},

	{"a key file with another key", nil, func(t *testing.T, dir string) {
		overwrite(t, filepath.Join(dir, "estate.key"), "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=\n")
	}, []string{"estate.key does not open this estate", "another key", "CLM_KEY_FILE"}},

	{"a key file that holds no key", nil, func(t *testing.T, dir string) {
		overwrite(t, filepath.Join(dir, "estate.key"), "short\n")
	}, []string{"estate.key does not hold a key", "32 bytes"}},

	{"a key file others may read", nil, func(t *testing.T, dir string) {
		if err := os.Chmod(filepath.Join(dir, "estate.key"), 0o644); err != nil {
			t.Fatal(err)
		}
	}, []string{"may be read by others", "0644", "chmod 600"}},

	{"a passphrase in place of the key file", []string{"CLM_PASSPHRASE=open sesame"}, func(*testing.T, string) {},
		[]string{"the passphrase does not open this estate", "CLM_PASSPHRASE"}},

	{"two keys at once", []string{"CLM_PASSPHRASE=open sesame", "CLM_KEY_FILE=estate.key"}, func(*testing.T, string) {},
		[]string{"Both a key file and a passphrase", "Give one of them"}},
}

// Whatever is wrong with an estate, the user gets one error that names the
// folder, what happened and what to do, and nothing in the folder changes.
func TestADamagedEstateIsLeftAloneWithOneClearError(t *testing.T) {
	t.Parallel()
	w := clmtest.NewWorkspace(t, clmtest.NewestCLI(t))
	w.Write("main.tf", lookAround)
	w.Init()
	locked := planOnLockedEstate(t, w)
	for _, d := range damages {
		dir := newEstate(t)
		d.do(t, dir)
		before := inventory(t, dir)
		wantOneError(t, d.name, dir, planOn(t, w, dir, d.env...), d.tells...)
		if out, err := providerOn(t, w, dir, d.env, "verify-audit"); err == nil {
			t.Errorf("%s: the command line does not mind:\n%s", d.name, out)
		}
		wantSame(t, d.name, before, inventory(t, dir))
	}
	locked()
}

func TestAPassphraseOpensAnEstateOnlyWhenItIsTheRightOne(t *testing.T) {
	t.Parallel()
	w := clmtest.NewWorkspace(t, clmtest.NewestCLI(t))
	w.Write("main.tf", lookAround)
	w.Init()
	dir := filepath.Join(t.TempDir(), "estate")
	if out := planOn(t, w, dir, "CLM_PASSPHRASE=open sesame"); len(errorsIn(t, out)) > 0 {
		t.Fatalf("an estate cannot be made with a passphrase:\n%s", out)
	}
	if _, err := os.Stat(filepath.Join(dir, "estate.key")); !os.IsNotExist(err) {
		t.Errorf("there is a key file beside the passphrase (%v)", err)
	}
	before := contents(t, dir)
	wantOneError(t, "a wrong passphrase", dir, planOn(t, w, dir, "CLM_PASSPHRASE=open barley"), "the passphrase does not open this estate", "CLM_PASSPHRASE")
	wantOneError(t, "no passphrase", dir, planOn(t, w, dir), "passphrase", "CLM_PASSPHRASE")
	wantSame(t, "a wrong passphrase", before, contents(t, dir))
	if out := planOn(t, w, dir, "CLM_PASSPHRASE=open sesame"); len(errorsIn(t, out)) > 0 {
		t.Errorf("the right passphrase does not open the estate:\n%s", out)
	}
}

// planOnLockedEstate starts a plan on an estate another process has locked. It is
// a minute before the provider gives up, so that goes on beside other things; the
// function returned waits for it.
func planOnLockedEstate(t *testing.T, w *clmtest.Workspace) func() {
	t.Helper()
	dir := newEstate(t)
	before := contents(t, dir)
	holder, err := openDatabase(t, filepath.Join(dir, "clm.db")).Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{"PRAGMA locking_mode = EXCLUSIVE", "BEGIN EXCLUSIVE", "DELETE FROM settings WHERE name = 'none'"} {
		if _, err := holder.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	printed := make(chan string, 1)
	cmd := w.Command(w.CLI, planArgs...)
	cmd.Env = append(cmd.Env, "CLM_DATA_DIR="+dir)
	go func() {
		out, _ := cmd.CombinedOutput() // what it prints is judged
		printed <- string(out)
	}()
	return func() {
		t.Helper()
		wantOneError(t, "a locked database", dir, <-printed, "locked by another process", "1m0s", "wait for the other run to end")
		if err := holder.Close(); err != nil { // only now: reading the file here would drop the lock
			t.Error(err)
		}
		wantSame(t, "a locked database", before, contents(t, dir))
	}
}

// newEstate makes an estate with something in it, in a folder of its own, and
// closes it.
func newEstate(t *testing.T) string {
	t.Helper()
	estate := clmtest.NewBackend(t)
	_, err := estate.CreateRootCertificate(t.Context(), api.WriteRootCertificate{Name: "corp", Source: api.RootSource{
		Kind: "self_signed", SelfSigned: &api.SelfSigned{Subject: api.Subject{CommonName: "Corp"}, ValidityPeriodHours: 8760},
	}})
	if err == nil {
		err = estate.Backend.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return estate.Config.DataDir
}

// planArgs leave the state alone, so that several may run in one workspace.
var planArgs = []string{"plan", "-json", "-input=false", "-lock=false"}

func planOn(t *testing.T, w *clmtest.Workspace, dir string, env ...string) string {
	t.Helper()
	cmd := w.Command(w.CLI, planArgs...)
	cmd.Env = append(append(cmd.Env, "CLM_DATA_DIR="+dir), env...)
	out, _ := cmd.CombinedOutput() // what it prints is judged
	return string(out)
}

// providerOn runs the provider's own command line.
func providerOn(t *testing.T, w *clmtest.Workspace, dir string, env []string, args ...string) (string, error) {
	t.Helper()
	cmd := w.Command(clmtest.Binary(t), args...)
	cmd.Env = append(append(cmd.Env, "CLM_DATA_DIR="+dir), env...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// errorsIn reads the errors from a CLI's JSON output.
func errorsIn(t *testing.T, out string) (errors []string) {
	t.Helper()
	for line := range strings.Lines(out) {
		var event struct {
			Diagnostic *struct{ Severity, Summary, Detail string }
		}
		if err := json.Unmarshal([]byte(line), &event); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		if d := event.Diagnostic; d != nil && d.Severity == "error" {
			errors = append(errors, d.Summary+"\n"+d.Detail)
		}
	}
	return errors
}

func wantOneError(t *testing.T, what, dir, out string, words ...string) {
	t.Helper()
	found := errorsIn(t, out)
	if len(found) != 1 {
		t.Errorf("%s: %d errors, want one:\n%s", what, len(found), out)
		return
	}
	if !strings.HasPrefix(what, "two keys") {
		words = append(words, "Cannot open the estate in "+dir)
	}
	for _, word := range words {
		if !strings.Contains(found[0], word) {
			t.Errorf("%s: the error does not say %q:\n%s", what, word, found[0])
		}
	}
}

// inventory is what lies in an estate's folder: names, modes and content. SQLite
// keeps two files there whenever somebody looks, and the lock is empty.
func inventory(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || strings.HasSuffix(path, ".db-wal") || strings.HasSuffix(path, ".db-shm") || entry.Name() == "clm.lock" {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		all[path] = info.Mode().String()
		if entry.Type().IsRegular() {
			all[path] += " " + read(t, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// contents is the inventory of an estate that was in use: looking at it may move
// rows from the journal into the database, so these are compared one by one.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := inventory(t, dir)
	path := filepath.Join(dir, "clm.db")
	delete(all, path)
	for table, dump := range rows(t, path, openCopy(t, path)) {
		all[table] = string(dump)
	}
	return all
}

func wantSame(t *testing.T, what string, before, after map[string]string) {
	t.Helper()
	for path, content := range before {
		if after[path] != content {
			t.Errorf("%s: %s has changed", what, path)
		}
	}
	for path := range after {
		if _, ok := before[path]; !ok {
			t.Errorf("%s: %s was made", what, path)
		}
	}
}

func overwrite(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func remove(t *testing.T, dir, name string) {
	t.Helper()
	if err := os.Remove(filepath.Join(dir, name)); err != nil {
		t.Fatal(err)
	}
}

// execute changes a database behind the estate's back.
func execute(t *testing.T, path, statement string, args ...any) {
	t.Helper()
	db := openDatabase(t, path)
	if _, err := db.ExecContext(t.Context(), statement, args...); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}
