//go:build unix

package main_test

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
)

// modes are the rights of a data folder, its database and its key.
type modes struct{ folder, database, key fs.FileMode }

func TestAFolderWithoutRightsIsLeftAloneWithOneClearError(t *testing.T) {
	t.Parallel()
	w := clmtest.NewWorkspace(t, clmtest.NewestCLI(t))
	w.Write("main.tf", lookAround)
	w.Init()
	ordinary := ordinaryUser(t, w)
	for name, c := range map[string]struct {
		estate func(*testing.T) string
		modes
		within string // the folder of the estate, in the one that is made
		tells  []string
	}{
		"nothing may be made": {
			emptyFolder, modes{0o555, 0, 0}, "estate",
			[]string{"cannot be made", "permission denied", "set data_dir to a folder this user may make"},
		},
		"an empty folder, read-only": {
			emptyFolder, modes{0o555, 0, 0}, "",
			[]string{"cannot be opened", "permission denied", "let this user read and write the file and the folder"},
		},
		"an estate, read-only": {
			newEstate, modes{0o555, 0o444, 0o400}, "",
			[]string{"cannot be written", "let this user write the file and the folder"},
		},
		"a database that cannot be read": {
			newEstate, modes{0o700, 0, 0o400}, "",
			[]string{"cannot be opened", "let this user read and write the file and the folder"},
		},
		"a key that cannot be read": {
			newEstate, modes{0o700, 0o600, 0}, "",
			[]string{"estate.key cannot be read", "permission denied", "CLM_KEY_FILE"},
		},
	} {
		folder := c.estate(t)
		before := inventory(t, folder)
		give(t, folder, c.modes)
		dir := filepath.Join(folder, c.within)
		cmd := w.Command(w.CLI, planArgs...)
		cmd.Env = append(cmd.Env, "CLM_DATA_DIR="+dir)
		ordinary(cmd)
		out, _ := cmd.CombinedOutput() // what it prints is judged
		wantOneError(t, name, dir, string(out), c.tells...)
		give(t, folder, modes{0o700, 0o600, 0o600})
		wantSame(t, name, before, inventory(t, folder))
	}
}

func emptyFolder(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "empty")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

// nobody is the user tests turn into: to root nothing is forbidden.
const nobody = 65534

// give sets the rights of a folder and, where the test is root, its owner.
func give(t *testing.T, folder string, m modes) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range append(files, folder) {
		mode := m.database
		switch {
		case path == folder:
			mode = m.folder
		case strings.HasSuffix(path, ".key"):
			mode = m.key
		}
		err := os.Chmod(path, mode)
		if err == nil && os.Getuid() == 0 {
			err = os.Chown(path, nobody, nobody)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// ordinaryUser prepares the workspace for somebody who is not root, and returns
// what makes a command run as that user.
func ordinaryUser(t *testing.T, w *clmtest.Workspace) func(*exec.Cmd) {
	t.Helper()
	if os.Getuid() != 0 {
		return func(*exec.Cmd) {}
	}
	cli := filepath.Join(w.Dir, "cli") // the cache of CLIs may be closed to others
	if err := os.WriteFile(cli, []byte(read(t, w.CLI)), 0o755); err != nil {
		t.Fatal(err)
	}
	err := filepath.WalkDir(w.Dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.Name() == "terraform.d" {
			return errorsOr(err, fs.SkipDir) // other workspaces link to the same provider
		}
		return os.Lchown(path, nobody, nobody)
	})
	if err == nil {
		err = os.Chmod(filepath.Dir(t.TempDir()), 0o711)
	}
	if err != nil {
		t.Fatal(err)
	}
	return func(cmd *exec.Cmd) {
		cmd.Path, cmd.Args[0] = cli, cli
		cmd.Env = append(cmd.Env, "HOME="+w.Dir)
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
}

func errorsOr(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}
