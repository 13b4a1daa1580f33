package target

import (
	"path"
	"path/filepath"
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
		if err := in.adoptName(name, in.home(version, name)); err != nil {
			return in.doing("setting aside", in.public(name), err)
		}
	}
	return in.switchTo(version)
}

// adoptServed adopts what is served through our links. A name whose link is
// gone is not served, so it stays out.
func (in *install) adoptServed(version string) error {
	if in.seen.current == "" {
		return nil
	}
	entries, err := in.disk.ReadDir(in.home(in.seen.current))
	if err != nil {
		return in.doing("reading", in.home(in.seen.current), err)
	}
	for _, e := range entries {
		if !in.seen.links[e.Name()] || !e.Type().IsRegular() {
			continue
		}
		if err := in.adoptFile(in.home(in.seen.current, e.Name()), in.home(version, e.Name())); err != nil {
			return in.doing("setting aside", in.public(e.Name()), err)
		}
	}
	return nil
}

// adoptName adopts what is at a public name: a file, or a link that leads
// elsewhere and must lead to the same from the version's folder, three down.
func (in *install) adoptName(name, to string) error {
	target, err := in.readlink(in.public(name))
	if err != nil {
		return err
	}
	if target == "" {
		return in.adoptFile(in.public(name), to)
	}
	if !filepath.IsAbs(filepath.FromSlash(target)) {
		target = "../../../" + target
	}
	return in.disk.Symlink(filepath.FromSlash(target), to)
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
	return in.writeFile(to, info.Mode().Perm()&modeOf(in.isSecret(path.Base(to))), content)
}
