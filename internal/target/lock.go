package target

import (
	"context"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/durable"
)

// lockPoll is how often a lock held by another is tried again. The kernel's
// own waiting cannot be interrupted by a context.
const lockPoll = 10 * time.Millisecond

func (d rootDisk) Lock(ctx context.Context, name string) (io.Closer, error) {
	f, err := d.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := waitLock(ctx, f); err != nil {
		f.Close()
		return nil, err
	}
	if !d.still(name, f) {
		f.Close()
		return nil, &fs.PathError{Op: "lock", Path: name, Err: fs.ErrNotExist}
	}
	return f, nil
}

// still tells whether name is the file that was locked. A holder that removed
// everything removed the lock file too; a lock on a removed file guards nothing.
func (d rootDisk) still(name string, f *os.File) bool {
	held, err := f.Stat()
	if err != nil {
		return false
	}
	named, err := d.Lstat(name)
	return err == nil && os.SameFile(held, named)
}

func waitLock(ctx context.Context, f *os.File) error {
	for {
		locked, err := durable.TryLock(f)
		if locked || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(lockPoll):
		}
	}
}
