//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package target

import (
	"errors"
	"io/fs"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// tryLock takes the lock that ends with f, or with the process.
func tryLock(f *os.File) (bool, error) {
	err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	switch {
	case err == nil:
		return true, nil
	case errors.Is(err, unix.EWOULDBLOCK), errors.Is(err, unix.EINTR):
		return false, nil
	}
	return false, err
}

// cannotSync: some file systems have no fsync of a folder; there is nothing to
// wait for then.
func cannotSync(err error) bool {
	return errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOTSUP)
}

func lacksSymlinkPrivilege(error) bool { return false }

func localOwner(info fs.FileInfo) (ownership, bool) {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return writer, false
	}
	return ownership{int(stat.Uid), int(stat.Gid)}, true
}
