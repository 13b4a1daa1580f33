//go:build unix

package store_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/store"
)

// TestPlacesOthersOwn runs as a user who may not write what the estate is in.
func TestPlacesOthersOwn(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		folder, file os.FileMode
		words        string
	}{
		"the folder is read-only":             {0o555, 0o666, "cannot be written"},
		"the file is read-only":               {0o777, 0o444, "cannot be written"},
		"the folder and file are read-only":   {0o555, 0o444, "cannot be written"},
		"the file cannot be read":             {0o777, 0o000, "cannot be opened"},
		"the folder cannot be entered":        {0o000, 0o666, "cannot be"},
		"the folder is read-only, no file":    {0o555, 0, "cannot be opened"},
		"the folder above is read-only, none": {0, 0, "cannot be made"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			above := openToAll(t)
			folder := filepath.Join(above, "estate")
			arrange(t, folder, c.folder, c.file)
			process := child(openToAllProgram(t, above), "open", folder, 0)
			asNobody(process)
			if err := os.Chmod(above, 0o555); err != nil {
				t.Fatal(err)
			}
			out, err := process.Output()
			if err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			var e heard
			if err := json.Unmarshal(out, &e); err != nil {
				t.Fatal(err)
			}
			wantHeard(t, e, folder, c.words)
		})
	}
}

// arrange makes an estate with those rights; 0 stands for none at all.
func arrange(t *testing.T, folder string, folderMode, fileMode os.FileMode) {
	t.Helper()
	if folderMode == 0 && fileMode == 0 {
		return
	}
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if fileMode != 0 || folderMode == 0o777 {
		if err := open(t, folder).Close(); err != nil {
			t.Fatal(err)
		}
		if err := os.Remove(filepath.Join(folder, "clm.lock")); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(filepath.Join(folder, store.FileName), fileMode); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(folder, folderMode); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(folder, 0o700) })
}

// openToAll is a folder every user may enter.
func openToAll(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	for _, path := range []string{folder, filepath.Dir(folder)} {
		if err := os.Chmod(path, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { _ = os.Chmod(folder, 0o755) })
	return folder
}

// openToAllProgram is this program where every user may run it. It is a link: a
// copy could not be run while another test's child, forked meanwhile, holds it
// open for writing.
func openToAllProgram(t *testing.T, folder string) string {
	t.Helper()
	path := filepath.Join(folder, "program")
	if err := os.Link(os.Args[0], path); err != nil {
		t.Fatal(err)
	}
	return path
}

// asNobody takes the superuser's right to pass over all others.
func asNobody(c *exec.Cmd) {
	if os.Geteuid() == 0 {
		c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	}
}
