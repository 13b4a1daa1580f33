package target

import (
	"context"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
)

// disk is all this package ever does to a device: the operations of os.Root,
// which never follow a link out of the root directory. Names are relative to
// it, with forward slashes. Each operation either has its effect or not; one
// that returns an error may still have had it.
type disk interface {
	Stat(name string) (fs.FileInfo, error)
	Lstat(name string) (fs.FileInfo, error)
	Readlink(name string) (string, error)
	// ReadDir answers sorted by name.
	ReadDir(name string) ([]fs.DirEntry, error)
	// Open opens for reading and never waits for a writer (of a pipe, say).
	Open(name string) (file, error)
	// Create makes a file that was not there.
	Create(name string, perm fs.FileMode) (file, error)
	Mkdir(name string, perm fs.FileMode) error
	Chmod(name string, perm fs.FileMode) error
	// Symlink makes a link that was not there. Where it leads is written with
	// forward slashes, as Readlink tells it.
	Symlink(target, name string) error
	// Link gives a file a second name; it does not follow a symlink.
	Link(name, second string) error
	// Rename is atomic: newname is what it was, or what oldname was.
	Rename(oldname, newname string) error
	Remove(name string) error
	RemoveAll(name string) error
	// SyncDir makes what happened to the entries of a folder durable.
	SyncDir(name string) error
	// Lock waits until nobody else holds name; fs.ErrNotExist means that it, or
	// its folder, was removed meanwhile.
	Lock(ctx context.Context, name string) (io.Closer, error)
	// Resolve finds the numbers of a user and a group.
	Resolve(user, group string) (ownership, error)
	Close() error
}

type file interface {
	io.ReadWriteCloser
	Stat() (fs.FileInfo, error)
	Chmod(perm fs.FileMode) error
	// Chown leaves what is negative as it is.
	Chown(uid, gid int) error
	Sync() error
}

type rootDisk struct{ *os.Root }

func openRoot(root string) (rootDisk, error) {
	r, err := os.OpenRoot(root)
	if err != nil {
		return rootDisk{}, err
	}
	return rootDisk{r}, nil
}

func (d rootDisk) ReadDir(name string) ([]fs.DirEntry, error) {
	f, err := d.Root.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	entries, err := f.ReadDir(-1)
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return entries, err
}

func (d rootDisk) Symlink(target, name string) error {
	return d.Root.Symlink(filepath.FromSlash(target), name)
}

func (d rootDisk) Readlink(name string) (string, error) {
	target, err := d.Root.Readlink(name)
	return filepath.ToSlash(target), err
}

func (d rootDisk) Open(name string) (file, error) {
	return opened(d.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0))
}

func (d rootDisk) Create(name string, perm fs.FileMode) (file, error) {
	return opened(d.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm))
}

// opened keeps a nil *os.File out of the interface.
func opened(f *os.File, err error) (file, error) {
	if err != nil {
		return nil, err
	}
	return f, nil
}

func (d rootDisk) SyncDir(name string) error {
	if runtime.GOOS == "windows" { // a folder cannot be flushed there
		return nil
	}
	f, err := d.Root.Open(name)
	if err != nil {
		return err
	}
	err = f.Sync()
	if closed := f.Close(); err == nil {
		err = closed
	}
	if cannotSync(err) {
		return nil
	}
	return err
}
