package target

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// local is a device that is a folder of this machine.
type local struct {
	device string
	root   string // absolute
	wrap   func(disk) disk
}

func newLocal(d clm.Device, wrap func(disk) disk) (*way, error) {
	if d.Local.RootDirectory == "" {
		return nil, clm.Invalid("local.root_directory", "the root directory of device %q is empty", d.Name)
	}
	root, err := filepath.Abs(d.Local.RootDirectory)
	if err != nil {
		return nil, clm.Errorf(clm.KindFailed, "device %q: making %q absolute", d.Name, d.Local.RootDirectory).Because(err)
	}
	l := &local{device: d.Name, root: root, wrap: wrap}
	return &way{device: d.Name, root: root, open: l.connect, run: l.run}, nil
}

// connect opens the root directory. It is never made: without it the device is
// not there, and a push would land in the empty mount point.
func (l *local) connect(context.Context) (disk, error) {
	info, err := os.Stat(l.root)
	if err != nil {
		return nil, l.silent(err)
	}
	if !info.IsDir() {
		return nil, l.notDirectory()
	}
	opened, err := openRoot(l.root)
	if err != nil {
		return nil, l.silent(err)
	}
	d := l.wrap(opened)
	if _, err := d.Lstat(privateFolder); err != nil && !errors.Is(err, fs.ErrNotExist) {
		d.Close()
		return nil, l.silent(err)
	}
	return d, nil
}

// silent sorts the reasons why the root directory does not open.
func (l *local) silent(err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return clm.Errorf(clm.KindUnreachable, "device %q does not answer: its root directory %s does not exist", l.device, l.root).
			WithHint("mount or create it, or correct local.root_directory; it is never created for you")
	case errors.Is(err, syscall.ENOTDIR):
		return l.notDirectory()
	case errors.Is(err, fs.ErrPermission):
		return clm.Errorf(clm.KindFailed, "device %q cannot be used: its root directory %s may not be entered", l.device, l.root).
			Because(cause(err)).WithHint("let the user this process runs as read and enter it")
	case isAway(err):
		return clm.Errorf(clm.KindUnreachable, "device %q does not answer: opening its root directory %s", l.device, l.root).
			Because(cause(err)).WithHint("see to the mount")
	}
	return clm.Errorf(clm.KindFailed, "device %q cannot be used: opening its root directory %s", l.device, l.root).
		Because(cause(err)).WithHint("see to the folder or correct local.root_directory, then try again")
}

func (l *local) notDirectory() error {
	return clm.Errorf(clm.KindFailed, "device %q cannot be used: its root directory %s is not a directory", l.device, l.root).
		WithHint("correct local.root_directory")
}

// isAway: what a mount says whose other end is gone.
func isAway(err error) bool {
	for _, errno := range []syscall.Errno{syscall.ESTALE, syscall.ENOTCONN, syscall.EHOSTDOWN, syscall.ETIMEDOUT, syscall.EIO} {
		if errors.Is(err, errno) {
			return true
		}
	}
	return false
}
