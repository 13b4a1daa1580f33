package target

import (
	"errors"
	"path"
	"path/filepath"
	"slices"
)

// adopt makes a version of what the names of the set serve right now, with
// the files that somebody put in the place of our links, and serves that.
// Putting the links back then changes no content, and the one switch after it
// takes every name from what it was to what it shall be. Without this, names
// put back one by one would show two versions side by side.
//
// A file is adopted by a second name (a hard link), so that nothing of it
// changes; where the system allows none, by a copy.
func (in *install) adopt() error {
	if len(in.seen.replaced) == 0 {
		return nil
	}
	version := newName(versionPrefix)
	if err := in.makeVersion(version); err != nil {
		return err
	}
	if err := in.adoptServed(version); err != nil {
		return err
	}
	for _, name := range in.seen.replaced {
		if err := in.adoptName(version, name); err != nil {
			return in.doing("setting aside", in.public(name), err)
		}
	}
	if err := in.openVersion(version); err != nil {
		return err
	}
	if err := in.keep(version); err != nil {
		return err
	}
	in.taken = true
	return in.switchTo(version)
}

// adoptServed adopts what is served through our links. A name whose link is
// gone is not served, so it stays out.
func (in *install) adoptServed(version string) error {
	if in.seen.current == "" {
		return nil
	}
	c, err := in.contentOf(in.seen.current)
	if err != nil {
		return err
	}
	for _, name := range append(c.ours, c.others...) {
		if !in.seen.links[name] {
			continue
		}
		if err := in.adoptAgain(version, name, slices.Contains(c.others, name)); err != nil {
			return in.doing("setting aside", in.public(name), err)
		}
	}
	return nil
}

// adoptAgain takes a name over from the version that is served. A link in there
// was adopted by a run that died.
func (in *install) adoptAgain(version, name string, others bool) error {
	from, to := in.home(in.seen.current, name), in.home(version, name)
	if others {
		if err := in.mark(version, name); err != nil {
			return err
		}
	}
	info, target, err := in.identify(from)
	switch {
	case err != nil:
		return err
	case target != "":
		return in.disk.Symlink(target, to)
	case info.Mode().IsRegular():
		return in.adoptFile(from, to)
	}
	return nil
}

// adoptedPrefix leads from a version to the set's directory.
const adoptedPrefix = "../../../"

// adoptName adopts what is at a public name: a file, or a link that leads
// elsewhere and must lead to the same from the version's folder, three down.
func (in *install) adoptName(version, name string) error {
	if err := in.mark(version, name); err != nil {
		return err
	}
	to := in.home(version, name)
	target, err := in.readlink(in.public(name))
	if err != nil {
		return err
	}
	if target == "" {
		return in.adoptFile(in.public(name), to)
	}
	if !isAbs(target) {
		target = adoptedPrefix + target
	}
	return in.disk.Symlink(target, to)
}

// adoptFile adopts a regular file. The system may refuse a second name, for
// one to a file of another user's.
func (in *install) adoptFile(from, to string) error {
	refused := in.disk.Link(from, to)
	if refused == nil {
		return nil
	}
	info, err := in.disk.Lstat(from)
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxSize {
		return refused
	}
	content, err := in.read(from)
	if err != nil {
		return refused
	}
	_ = in.disk.Remove(to) // it failed, but may have been applied
	mode := info.Mode().Perm()
	if !in.set.Restorable { // else it may be put back, as its owner has it
		mode &= in.modeOf(in.isSecret(path.Base(to)))
	}
	has, _ := ownerOf(info)
	err = in.writeFile(to, mode, has, content)
	if kept := new(refusedGift); errors.As(err, kept) { // then it is ours, for as long as it is here
		_ = in.disk.Remove(to)
		return in.writeFile(to, mode, writer, content)
	}
	return err
}

// isAbs: a path of Windows may be absolute in its own way.
func isAbs(target string) bool {
	return path.IsAbs(target) || filepath.IsAbs(filepath.FromSlash(target))
}
