package target

import (
	"bytes"
	"io"
	"io/fs"
	"path"

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
		if err := in.writeFile(in.home(version, f.Name), in.modeOf(f.Secret), in.owner, f.Content); err != nil {
			return "", in.doing("writing", in.public(f.Name), err)
		}
	}
	return version, in.openVersion(version)
}

// makeVersion makes a folder that nobody else may enter while files come into
// it: a disk may be unable to make a file with its mode (see sshDisk.Create).
func (in *install) makeVersion(version string) error {
	folder := in.home(version)
	in.made = append(in.made, folder)
	err := in.disk.Mkdir(folder, closedMode)
	if err == nil {
		err = in.disk.Chmod(folder, closedMode)
	}
	return in.doing("creating", folder, err)
}

// openVersion lets everybody in, now that all is there and durable.
func (in *install) openVersion(version string) error {
	folder := in.home(version)
	if err := in.disk.Chmod(folder, folderMode); err != nil {
		return in.doing("opening", folder, err)
	}
	return in.doing("syncing", folder, in.disk.SyncDir(folder))
}

// writeFile makes a file that is its writer's alone, gives it away, lets others
// read it if they may, and only then writes the first byte.
func (p *place) writeFile(name string, mode fs.FileMode, to ownership, content []byte) error {
	f, err := p.disk.Create(name, secretMode)
	if err != nil {
		return err
	}
	err = fill(f, mode, to, content)
	if closed := f.Close(); err == nil {
		err = closed
	}
	return err
}

func fill(f file, mode fs.FileMode, to ownership, content []byte) error {
	if to != writer {
		if err := f.Chmod(secretMode); err != nil { // not every disk makes files so
			return err
		}
		if err := f.Chown(to.uid, to.gid); err != nil {
			return refusedGift{err}
		}
	}
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
	infos := map[string]fs.DirEntry{}
	for _, e := range entries {
		infos[e.Name()] = e
	}
	for _, f := range p.set.Files {
		same, err := p.holds(infos[f.Name], p.home(version, f.Name), f)
		if !same || err != nil {
			return false, p.doing("reading", p.home(version, f.Name), err)
		}
	}
	return true, nil
}

func (p *place) holds(entry fs.DirEntry, name string, want clm.File) (bool, error) {
	if entry == nil || !entry.Type().IsRegular() {
		return false, nil
	}
	info, err := entry.Info()
	if err != nil {
		return false, ignoreAbsent(err)
	}
	if !info.Mode().IsRegular() || info.Size() != int64(len(want.Content)) {
		return false, nil
	}
	if p.hasModes() && (info.Mode().Perm() != p.modeOf(want.Secret) || !p.belongs(info)) {
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
	return readAll(f)
}

// readAll reads what should be there, in one go, and what is more than that.
func readAll(f file) ([]byte, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	content := bytes.NewBuffer(make([]byte, 0, min(info.Size(), maxSize)+bytes.MinRead))
	_, err = content.ReadFrom(io.LimitReader(f, maxSize+1))
	return content.Bytes(), err
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
	if in.seen.current != "" {
		return nil
	}
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
	err := p.disk.Symlink(target, next)
	if err == nil {
		err = p.disk.Rename(next, name)
	}
	if err != nil {
		_ = p.disk.Remove(next) // gone already if the rename was applied
	}
	return err
}
