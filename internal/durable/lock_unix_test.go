//go:build unix

package durable_test

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/durable"
)

// A process that is just being started has a copy of a locked file; whoever gives the lock
// up does not leave it with that.
func TestAnUnlockedFileIsFree(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "lock")
	take := func() *os.File {
		t.Helper()
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		if taken, err := durable.TryLock(f); err != nil || !taken {
			t.Fatalf("the lock is not free: %v", err)
		}
		return f
	}
	first := take()
	inherited, err := unix.Dup(int(first.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(inherited)
	if err := durable.Unlock(first); err != nil {
		t.Fatal(err)
	}
	first.Close()
	take().Close()
}
