package target

import (
	"context"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// hook stands between this package and the disk. do has the operation's
// effect; what hook returns is what the package is told.
type hook func(op, name string, do func() error) error

// hands are Targets for worlds: names, of sets and for hooks, are below the
// world's root, also where the device's own root is above it.
type hands struct {
	*Targets
	hook hook
}

// connections are shared by all tests, as a process shares them.
var connections = newPool(usual)

// bare hands have no hook.
func bare() hands { return hooked(nil) }

// hooked opens real disks with a hook in front.
func hooked(h hook) hands { return hands{&Targets{pool: connections}, h} }

// to are the Targets for that device.
func (h hands) to(d clm.Device) *Targets {
	given(d)
	prefix := ""
	if d.SSH != nil {
		prefix = strings.TrimPrefix(d.Local.RootDirectory, "/") + "/"
	}
	return &Targets{pool: h.pool, wrap: func(d disk) disk {
		if h.hook == nil {
			return d
		}
		return hookDisk{d, func(op, name string, do func() error) error {
			return h.hook(op, strings.TrimPrefix(name, prefix), do)
		}}
	}}
}

// given makes what a test wrote into a world behind SSH its user's: the tests
// themselves are root.
func given(d clm.Device) {
	if d.SSH == nil || d.SSH.Sudo {
		return
	}
	root, err := os.Lstat(d.Local.RootDirectory)
	if err != nil {
		panic(err)
	}
	user, _ := ownerOf(root)
	_ = filepath.WalkDir(d.Local.RootDirectory, func(path string, _ fs.DirEntry, err error) error {
		if err == nil {
			_ = os.Lchown(path, user.uid, user.gid)
		}
		return nil
	})
}

// below is the set where the world has it.
func below(d clm.Device, set clm.FileSet) clm.FileSet {
	bad := set.Directory != "" && (path.Clean(set.Directory) != set.Directory || set.Directory[0] == '/' || set.Directory[0] == '.')
	if d.SSH != nil && !bad {
		set.Directory = strings.Trim(path.Join(d.Local.RootDirectory, set.Directory), "/")
	}
	return set
}

func (h hands) Check(ctx context.Context, d clm.Device) error { return h.to(d).Check(ctx, d) }

func (h hands) Preflight(ctx context.Context, d clm.Device, set clm.FileSet) error {
	return h.to(d).Preflight(ctx, d, below(d, set))
}

func (h hands) Observe(ctx context.Context, d clm.Device, set clm.FileSet) ([]clm.ObservedFile, error) {
	return h.to(d).Observe(ctx, d, below(d, set))
}

func (h hands) Install(ctx context.Context, d clm.Device, set clm.FileSet) error {
	return h.to(d).Install(ctx, d, below(d, set))
}

func (h hands) Remove(ctx context.Context, d clm.Device, set clm.FileSet) error {
	return h.to(d).Remove(ctx, d, below(d, set))
}

func (h hands) Restore(ctx context.Context, d clm.Device, set clm.FileSet) error {
	return h.to(d).Restore(ctx, d, below(d, set))
}

func (h hands) Settle(ctx context.Context, d clm.Device, set clm.FileSet) error {
	return h.to(d).Settle(ctx, d, below(d, set))
}

func (h hands) Run(ctx context.Context, d clm.Device, s clm.Script) (clm.ScriptResult, error) {
	return h.to(d).Run(ctx, d, s)
}

// changes tells the operations that change what is on the disk from those that
// only look.
func changes(op string) bool {
	switch op {
	case "stat", "lstat", "readlink", "readdir", "open", "read", "fstat":
		return false
	}
	return true
}

type hookDisk struct {
	disk
	hook hook
}

func (d hookDisk) Stat(name string) (info fs.FileInfo, err error) {
	err = d.hook("stat", name, func() (err error) { info, err = d.disk.Stat(name); return err })
	return info, err
}

func (d hookDisk) Lstat(name string) (info fs.FileInfo, err error) {
	err = d.hook("lstat", name, func() (err error) { info, err = d.disk.Lstat(name); return err })
	return info, err
}

func (d hookDisk) Readlink(name string) (target string, err error) {
	err = d.hook("readlink", name, func() (err error) { target, err = d.disk.Readlink(name); return err })
	return target, err
}

func (d hookDisk) ReadDir(name string) (entries []fs.DirEntry, err error) {
	err = d.hook("readdir", name, func() (err error) { entries, err = d.disk.ReadDir(name); return err })
	return entries, err
}

func (d hookDisk) Open(name string) (f file, err error) {
	err = d.hook("open", name, func() (err error) { f, err = d.disk.Open(name); return err })
	return d.file(name, f, err)
}

func (d hookDisk) Create(name string, perm fs.FileMode) (f file, err error) {
	err = d.hook("create", name, func() (err error) { f, err = d.disk.Create(name, perm); return err })
	return d.file(name, f, err)
}

func (d hookDisk) file(name string, f file, err error) (file, error) {
	if err != nil {
		if f != nil {
			f.Close()
		}
		return nil, err
	}
	return hookFile{f, name, d.hook}, nil
}

func (d hookDisk) Mkdir(name string, perm fs.FileMode) error {
	return d.hook("mkdir", name, func() error { return d.disk.Mkdir(name, perm) })
}

func (d hookDisk) Chmod(name string, perm fs.FileMode) error {
	return d.hook("chmod", name, func() error { return d.disk.Chmod(name, perm) })
}

func (d hookDisk) Symlink(target, name string) error {
	return d.hook("symlink", name, func() error { return d.disk.Symlink(target, name) })
}

func (d hookDisk) Link(name, second string) error {
	return d.hook("link", second, func() error { return d.disk.Link(name, second) })
}

func (d hookDisk) Rename(oldname, newname string) error {
	return d.hook("rename", newname, func() error { return d.disk.Rename(oldname, newname) })
}

func (d hookDisk) Remove(name string) error {
	return d.hook("remove", name, func() error { return d.disk.Remove(name) })
}

func (d hookDisk) RemoveAll(name string) error {
	return d.hook("removeall", name, func() error { return d.disk.RemoveAll(name) })
}

func (d hookDisk) SyncDir(name string) error {
	return d.hook("syncdir", name, func() error { return d.disk.SyncDir(name) })
}

func (d hookDisk) Lock(ctx context.Context, name string) (lock io.Closer, err error) {
	err = d.hook("lock", name, func() (err error) { lock, err = d.disk.Lock(ctx, name); return err })
	if err != nil && lock != nil {
		lock.Close()
		return nil, err
	}
	return lock, err
}

type hookFile struct {
	file
	name string
	hook hook
}

func (f hookFile) Read(b []byte) (n int, err error) {
	err = f.hook("read", f.name, func() (err error) { n, err = f.file.Read(b); return err })
	return n, err
}

func (f hookFile) Stat() (info fs.FileInfo, err error) {
	err = f.hook("fstat", f.name, func() (err error) { info, err = f.file.Stat(); return err })
	return info, err
}

func (f hookFile) Write(b []byte) (n int, err error) {
	err = f.hook("write", f.name, func() (err error) { n, err = f.file.Write(b); return err })
	return n, err
}

func (f hookFile) Chmod(perm fs.FileMode) error {
	return f.hook("fchmod", f.name, func() error { return f.file.Chmod(perm) })
}

func (f hookFile) Chown(uid, gid int) error {
	return f.hook("fchown", f.name, func() error { return f.file.Chown(uid, gid) })
}

func (f hookFile) Sync() error {
	return f.hook("sync", f.name, func() error { return f.file.Sync() })
}

// Close always closes: a process that ends, or fails, holds nothing open.
func (f hookFile) Close() error {
	var closed error
	ran := false
	err := f.hook("close", f.name, func() error { ran, closed = true, f.file.Close(); return closed })
	if !ran {
		f.file.Close()
	}
	return err
}

// errno is the system error with that text.
func errno(text string) error {
	for n := syscall.Errno(1); n < 200; n++ {
		if n.Error() == text {
			return n
		}
	}
	panic(text)
}
