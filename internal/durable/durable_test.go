package durable_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/durable"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// A reader finds one content or the other, whole, however often it is replaced.
func TestReplaceIsSeenWhole(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "identity.pem")
	text := func(n int) string { return strings.Repeat(fmt.Sprint(n%10), 64<<10) }
	must(t, durable.Replace(path, []byte(text(0)), 0o600))
	done := make(chan error, 1)
	go func() {
		for n := range 50 {
			if err := durable.Replace(path, []byte(text(n)), 0o600); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	for looks := 0; ; looks++ {
		content, err := os.ReadFile(path)
		must(t, err)
		if string(content) != strings.Repeat(string(content[:1]), 64<<10) {
			t.Fatalf("look %d finds %d bytes that are of no one content", looks, len(content))
		}
		select {
		case err := <-done:
			must(t, err)
			return
		default:
		}
	}
}

// The file lets in whom its mode says, and nothing lies beside it, whatever became of it.
func TestReplaceLeavesNothingBeside(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	must(t, durable.Replace(filepath.Join(dir, "key"), []byte("x"), 0o600))
	must(t, durable.Replace(filepath.Join(dir, "ca.pem"), []byte("x"), 0o644))
	must(t, os.Mkdir(filepath.Join(dir, "taken"), 0o700))
	if err := durable.Replace(filepath.Join(dir, "taken"), nil, 0o600); err == nil {
		t.Error("a folder was replaced by a file")
	}
	got := ""
	entries, err := os.ReadDir(dir)
	must(t, err)
	for _, entry := range entries {
		info, err := entry.Info()
		must(t, err)
		got += fmt.Sprintln(info.Mode(), entry.Name())
	}
	if want := "-rw-r--r-- ca.pem\n-rw------- key\ndrwx------ taken\n"; got != want {
		t.Errorf("the folder holds\n%swant\n%s", got, want)
	}
}

// What a process left that died is swept away; what else is there stays.
func TestSweep(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, ".partial-123"), []byte("half"), 0o600))
	must(t, os.WriteFile(filepath.Join(dir, "whole"), nil, 0o600))
	must(t, durable.Sweep(dir))
	entries, err := os.ReadDir(dir)
	must(t, err)
	if len(entries) != 1 || entries[0].Name() != "whole" {
		t.Errorf("left: %v", entries)
	}
	must(t, durable.Remove(filepath.Join(dir, "whole")))
	must(t, durable.Remove(filepath.Join(dir, "whole")))
	if _, err := os.Stat(filepath.Join(dir, "whole")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it is still there: %v", err)
	}
}

// One at a time has the lock, also within a process; closing the file gives it back.
func TestTryLock(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "lock")
	try := func() (*os.File, bool) {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
		must(t, err)
		t.Cleanup(func() { _ = f.Close() })
		taken, err := durable.TryLock(f)
		must(t, err)
		return f, taken
	}
	first, taken := try()
	if !taken {
		t.Fatal("nobody has it, and it is not given")
	}
	if _, taken := try(); taken {
		t.Error("two have it")
	}
	must(t, first.Close())
	if _, taken := try(); !taken {
		t.Error("it was not given back")
	}
}
