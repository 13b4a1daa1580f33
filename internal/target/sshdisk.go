package target

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"slices"
	"sync"
	"time"

	"github.com/pkg/sftp"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// sshDisk is the whole file system of a device, over SFTP. Links are followed
// wherever they lead, as every program on the device follows them.
type sshDisk struct {
	ctx   context.Context // of the one act that the disk was opened for
	conn  *conn
	sftp  *sftp.Client
	way   *remote
	close func() error
}

// named tells of which device an error is that is about all of it. A lost
// connection is not: what it left behind is still to be said.
func (d *sshDisk) named(err error) error {
	var complete *clm.Error
	if errors.As(err, &complete) {
		return d.way.unusable(err)
	}
	return err
}

// at is name as the device knows it.
func at(name string) string { return path.Join("/", name) }

// do runs one operation. A server that never answers it loses the connection:
// nothing else says that the operation will have no effect later.
func (d *sshDisk) do(op func() error) error {
	watch := time.AfterFunc(d.conn.limits.answer, d.conn.kill)
	defer watch.Stop()
	err := op()
	if err == nil || !isLost(err) {
		return err
	}
	return &lost{address: d.conn.address, cause: d.conn.whyLost(err)}
}

// Stat implements disk.
func (d *sshDisk) Stat(name string) (info fs.FileInfo, err error) {
	err = d.do(func() error { info, err = d.sftp.Stat(at(name)); return err })
	return info, explain(err)
}

// Lstat implements disk.
func (d *sshDisk) Lstat(name string) (info fs.FileInfo, err error) {
	err = d.do(func() error { info, err = d.sftp.Lstat(at(name)); return err })
	return info, explain(err)
}

// Readlink implements disk.
func (d *sshDisk) Readlink(name string) (target string, err error) {
	err = d.do(func() error { target, err = d.sftp.ReadLink(at(name)); return err })
	return target, explain(err)
}

// ReadDir implements disk. What it tells of each entry came with the listing.
func (d *sshDisk) ReadDir(name string) ([]fs.DirEntry, error) {
	var infos []fs.FileInfo
	err := d.do(func() (err error) { infos, err = d.sftp.ReadDir(at(name)); return err })
	if err != nil {
		return nil, explain(err)
	}
	slices.SortFunc(infos, func(a, b fs.FileInfo) int { return cmp.Compare(a.Name(), b.Name()) })
	entries := make([]fs.DirEntry, len(infos))
	for i, info := range infos {
		entries[i] = fs.FileInfoToDirEntry(info)
	}
	return entries, nil
}

// Mkdir implements disk. SFTP as it is spoken here makes folders with the
// server's own mode; whoever wants another changes it afterwards.
func (d *sshDisk) Mkdir(name string, _ fs.FileMode) error {
	return d.making(name, func() error { return d.sftp.Mkdir(at(name)) })
}

// Chmod implements disk.
func (d *sshDisk) Chmod(name string, perm fs.FileMode) error {
	return d.changing(name, func() error { return d.sftp.Chmod(at(name), perm) })
}

// Symlink implements disk. Other than the standard has it, OpenSSH wants the
// target first; package sftp sends it so.
func (d *sshDisk) Symlink(target, name string) error {
	return d.making(name, func() error { return d.sftp.Symlink(target, at(name)) })
}

// Link implements disk.
func (d *sshDisk) Link(name, second string) error {
	return d.making(second, func() error { return d.sftp.Link(at(name), at(second)) })
}

// Rename implements disk, by an extension: plain SFTP does not rename over
// what is there.
func (d *sshDisk) Rename(oldname, newname string) error {
	return d.changing(newname, func() error { return d.sftp.PosixRename(at(oldname), at(newname)) })
}

// Remove implements disk.
func (d *sshDisk) Remove(name string) error {
	return d.changing(name, func() error { return d.sftp.Remove(at(name)) })
}

// RemoveAll implements disk.
func (d *sshDisk) RemoveAll(name string) error {
	info, err := d.Lstat(name)
	if err != nil {
		return ignoreAbsent(err)
	}
	if !info.IsDir() {
		return ignoreAbsent(d.Remove(name))
	}
	entries, err := d.ReadDir(name)
	if err != nil {
		return ignoreAbsent(err)
	}
	if err := d.removeEntries(name, entries); err != nil {
		return err
	}
	return ignoreAbsent(d.changing(name, func() error { return d.sftp.RemoveDirectory(at(name)) }))
}

func (d *sshDisk) removeEntries(name string, entries []fs.DirEntry) error {
	return concurrently(entries, func(e fs.DirEntry) error {
		if e.IsDir() {
			return d.RemoveAll(path.Join(name, e.Name()))
		}
		return ignoreAbsent(d.Remove(path.Join(name, e.Name())))
	})
}

// concurrently does act for all at once, so that they share one round trip.
func concurrently[T any](all []T, act func(T) error) error {
	errs := make([]error, len(all))
	var running sync.WaitGroup
	for i, one := range all {
		running.Go(func() { errs[i] = act(one) })
	}
	running.Wait()
	return errors.Join(errs...)
}

// SyncDir implements disk. A server that cannot has nothing to wait for.
func (d *sshDisk) SyncDir(name string) error {
	if _, can := d.sftp.HasExtension("fsync@openssh.com"); !can {
		return nil
	}
	return explain(d.do(func() error {
		f, err := d.sftp.OpenFile(at(name), os.O_RDONLY)
		if err != nil {
			return err
		}
		defer f.Close()
		return f.Sync()
	}))
}

// Close ends the act; the connection stays for others.
func (d *sshDisk) Close() error { return d.close() }

// making is for what makes something that was not there.
func (d *sshDisk) making(name string, op func() error) error {
	err := d.do(op)
	if saysNothing(err) {
		_, looked := d.Lstat(name)
		switch {
		case looked == nil:
			return exists
		case kindOf(looked) == clm.KindUnreachable:
			return looked
		}
	}
	return d.findOut(name, 1, err)
}

// changing is for what changes something that is there.
func (d *sshDisk) changing(name string, op func() error) error {
	return d.findOut(name, 1, d.do(op))
}
