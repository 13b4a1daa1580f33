//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package target

import (
	"errors"
	"io/fs"
	"syscall"

	"golang.org/x/sys/unix"
)

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
