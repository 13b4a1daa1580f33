package target

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path"

	"github.com/pkg/sftp"
)

// sshFile is an open file of a device. One that is no regular file is never
// opened there (a pipe would hold up the whole connection): it can only tell
// what it is.
type sshFile struct {
	disk *sshDisk
	name string
	info fs.FileInfo // as it was when the file was opened for reading
	file *sftp.File
}

// Open implements disk.
func (d *sshDisk) Open(name string) (file, error) {
	info, err := d.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist) && d.isCircle(name):
		return nil, circle
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return &sshFile{disk: d, name: name, info: info}, nil
	}
	f := &sshFile{disk: d, name: name, info: info}
	err = d.do(func() (err error) { f.file, err = d.sftp.Open(at(name)); return err })
	if err != nil {
		return nil, explain(err)
	}
	return f, nil
}

// isCircle tells links that lead to each other from links that lead to nothing:
// the server says of both that there is no such file.
func (d *sshDisk) isCircle(name string) bool {
	const most = 40 // as many as Linux follows
	for range most {
		target, err := d.Readlink(name)
		if err != nil {
			return false
		}
		name = follow(name, target)
	}
	return true
}

// Create implements disk, but for the mode: SFTP as it is spoken here makes files
// with the server's own. Whoever writes changes it before the first byte (see
// fill). In between, somebody could open the empty file and read it later; so
// secrets are made only in folders that nobody else may enter (see makeVersion).
func (d *sshDisk) Create(name string, _ fs.FileMode) (file, error) {
	f := &sshFile{disk: d, name: name}
	err := d.making(name, func() (err error) {
		f.file, err = d.sftp.OpenFile(at(name), os.O_WRONLY|os.O_CREATE|os.O_EXCL)
		return err
	})
	if err != nil {
		return nil, err
	}
	return f, nil
}

func (f *sshFile) Stat() (info fs.FileInfo, err error) {
	if f.info != nil {
		return f.info, nil
	}
	err = f.disk.do(func() error { info, err = f.file.Stat(); return err })
	return info, explain(err)
}

// Read asks for as much as there is room for in b.
func (f *sshFile) Read(b []byte) (n int, err error) {
	if f.file == nil {
		return 0, io.EOF
	}
	ended := false
	err = f.disk.do(func() error {
		n, err = f.file.Read(b)
		if errors.Is(err, io.EOF) {
			ended = true
			return nil
		}
		return err
	})
	if err == nil && ended {
		return n, io.EOF
	}
	return n, explain(err)
}

func (f *sshFile) Write(b []byte) (n int, err error) {
	err = f.disk.do(func() error { n, err = f.file.Write(b); return err })
	return n, f.disk.findOut(f.name, len(b), err)
}

func (f *sshFile) Chmod(perm fs.FileMode) error {
	return f.disk.changing(f.name, func() error { return f.file.Chmod(perm) })
}

func (f *sshFile) Chown(uid, gid int) error {
	return f.disk.changing(f.name, func() error { return f.file.Chown(uid, gid) })
}

// Sync makes the content durable, where the server can.
func (f *sshFile) Sync() error {
	if _, can := f.disk.sftp.HasExtension("fsync@openssh.com"); !can {
		return nil
	}
	return f.disk.changing(f.name, f.file.Sync)
}

func (f *sshFile) Close() error {
	if f.file == nil {
		return nil
	}
	return explain(f.disk.do(f.file.Close))
}

// follow is where a link at name leads.
func follow(name, target string) string {
	if path.IsAbs(target) {
		return target
	}
	return path.Join(path.Dir(name), target)
}
