package target

import (
	"bytes"
	"io"
	"io/fs"
	"path"
	"path/filepath"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// maxSize of a file that is read or written, in bytes.
const maxSize = 1 << 20

// write puts the set into a new version, durably. Nobody sees it yet.
func (in *install) write() (string, error) {
	version := newName(versionPrefix)
	if err := in.makeVersion(version); err != nil {
		return "", err
	}
	for _, f := range in.set.Files {
		if err := in.writeFile(in.home(version, f.Name), modeOf(f.Secret), f.Content); err != nil {
			return "", in.doing("writing", in.public(f.Name), err)
		}
	}
	if err := in.disk.SyncDir(in.home(version)); err != nil {
		return "", in.doing("syncing", in.home(version), err)
	}
	return version, nil
}

func (in *install) makeVersion(version string) error {
	in.made = append(in.made, in.home(version))
	return in.doing("creating", in.home(version), in.mkdir(in.home(version)))
}

// writeFile makes the file with its final mode before the first byte is in it.
// Chmod undoes the umask; it never widens a secret.
func (p *place) writeFile(name string, mode fs.FileMode, content []byte) error {
	f, err := p.disk.Create(name, mode)
	if err != nil {
		return err
	}
	err = fill(f, mode, content)
	if closed := f.Close(); err == nil {
		err = closed
	}
	return err
}

func fill(f file, mode fs.FileMode, content []byte) error {
	if err := f.Chmod(mode); err != nil {
		return err
	}
	if _, err := f.Write(content); err != nil {
		return err
	}
	return f.Sync()
}

// serves tells whether version holds exactly the set.
func (p *place) serves(version string) (bool, error) {
	if version == "" {
		return false, nil
	}
	entries, err := p.disk.ReadDir(p.home(version))
	if err != nil {
		return false, p.doing("reading", p.home(version), err)
	}
	if len(entries) != len(p.set.Files) {
		return false, nil
	}
	for _, f := range p.set.Files {
		same, err := p.holds(p.home(version, f.Name), f)
		if !same || err != nil {
			return false, p.doing("reading", p.home(version, f.Name), err)
		}
	}
	return true, nil
}

func (p *place) holds(name string, want clm.File) (bool, error) {
	info, err := p.disk.Lstat(name)
	if err != nil {
		return false, ignoreAbsent(err)
	}
	if !info.Mode().IsRegular() || info.Size() != int64(len(want.Content)) {
		return false, nil
	}
	if hasModes && info.Mode().Perm() != modeOf(want.Secret) {
		return false, nil
	}
	content, err := p.read(name)
	return bytes.Equal(content, want.Content), err
}

func (p *place) read(name string) ([]byte, error) {
	f, err := p.disk.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxSize+1))
}

// switchTo serves version from now on. Renaming current is the one step that
// changes what the names of the set hold.
func (in *install) switchTo(version string) error {
	if err := in.disk.SyncDir(in.home()); err != nil {
		return in.doing("syncing", in.home(), err)
	}
	if err := in.clearCurrent(); err != nil {
		return in.doing("removing", in.home(currentLink), err)
	}
	err := in.link(version, in.home(currentLink), in.home())
	if err == nil {
		return nil
	}
	if served, looked := in.current(); looked == nil && served == version {
		return nil // it failed, but was applied
	}
	return in.doing("switching", in.home(currentLink), err)
}

// clearCurrent removes what somebody put in the place of current, if it is no
// link: nothing is served then, and a link cannot be renamed over a folder.
func (in *install) clearCurrent() error {
	info, err := in.disk.Lstat(in.home(currentLink))
	if err != nil || info.Mode()&fs.ModeSymlink != 0 {
		return ignoreAbsent(err)
	}
	return in.disk.RemoveAll(in.home(currentLink))
}

// link puts a symlink at name, over whatever link or file is there. The new
// one is made in folder first and renamed.
func (p *place) link(target, name, folder string) error {
	next := path.Join(folder, newName(nextPrefix))
	err := p.disk.Symlink(filepath.FromSlash(target), next)
	if err == nil {
		err = p.disk.Rename(next, name)
	}
	if err != nil {
		_ = p.disk.Remove(next) // gone already if the rename was applied
	}
	return err
}
