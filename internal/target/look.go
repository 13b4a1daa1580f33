package target

import (
	"errors"
	"io/fs"
	"strings"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// sight is what a place looks like before it is worked on.
type sight struct {
	current  string          // the version that is served, "" when none is
	links    map[string]bool // names in the directory that are links of ours
	missing  []string        // names of the set with nothing there
	replaced []string        // names of the set, ours before or to be overwritten, that hold something else now
	tries    []string        // what a Preflight that died left in the directory
}

// state is what an install that fails now leaves behind.
func (s sight) state() string {
	if s.current == "" && len(s.replaced) == 0 {
		return nothingServed
	}
	return previousServed
}

// look takes the place in, and refuses a name of the set that holds something
// we did not put there.
func (p *place) look() (sight, error) {
	var s sight
	if err := p.lookAround(&s); err != nil {
		return s, p.doing("reading", p.directory(), err)
	}
	var err error
	if s.current, err = p.current(); err != nil {
		return s, p.doing("reading", p.home(currentLink), err)
	}
	for _, f := range p.set.Files {
		if s.links[f.Name] {
			continue
		}
		if err := p.lookAt(f.Name, &s); err != nil {
			return s, p.doing("reading", p.public(f.Name), err)
		}
	}
	return s, nil
}

// lookAround finds every link of ours in the directory, also those whose names
// the set no longer has.
func (p *place) lookAround(s *sight) error {
	s.links = map[string]bool{}
	entries, err := p.disk.ReadDir(p.directory())
	if err != nil {
		return ignoreAbsent(err)
	}
	for _, e := range entries {
		switch {
		case strings.HasPrefix(e.Name(), tryPrefix):
			s.tries = append(s.tries, e.Name())
		case e.Type()&fs.ModeSymlink != 0:
			ours, err := p.isOurs(e.Name())
			if err != nil {
				return err
			}
			if ours {
				s.links[e.Name()] = true
			}
		}
	}
	return nil
}

// current is the version that is served, "" when none is: the link is gone, or
// is not one that we make, or leads to nothing.
func (p *place) current() (string, error) {
	target, err := p.readlink(p.home(currentLink))
	if err != nil || !isVersion(target) {
		return "", err
	}
	info, err := p.disk.Lstat(p.home(target))
	if err != nil || !info.IsDir() {
		return "", ignoreAbsent(err)
	}
	return target, nil
}

// readlink reads a symlink; what is none, or is gone by now, says "". Mostly it is
// one, so it is looked at only if it cannot be read.
func (p *place) readlink(name string) (string, error) {
	target, err := p.disk.Readlink(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		_, target, err = p.identify(name)
	}
	return target, ignoreAbsent(err)
}

// identify tells what is at name and, if that is a symlink, where it leads.
func (p *place) identify(name string) (info fs.FileInfo, target string, err error) {
	info, err = p.disk.Lstat(name)
	if err != nil || info.Mode()&fs.ModeSymlink == 0 {
		return info, "", err
	}
	target, err = p.disk.Readlink(name)
	return info, target, err
}

// lookAt sorts a name of the set at which lookAround found no link of ours. It
// may be one by now, or be gone: the first look is taken without the lock.
func (p *place) lookAt(name string, s *sight) error {
	info, target, err := p.identify(p.public(name))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		s.missing = append(s.missing, name)
		return nil
	case err != nil:
		return err
	case target == p.linkOf(name):
		s.links[name] = true
		return nil
	case !p.claims(name) && !p.set.Overwrite:
		return p.foreign(name)
	case !info.Mode().IsRegular() && info.Mode()&fs.ModeSymlink == 0:
		return clm.Errorf(clm.KindRefused, "device %q: %s is neither a file nor a link", p.device, p.abs(p.public(name))).
			WithHint("move it away, then try again")
	}
	if err := p.refuseOther(name); err != nil {
		return err
	}
	s.replaced = append(s.replaced, name)
	return nil
}

func (p *place) isOurs(name string) (bool, error) {
	target, err := p.readlink(p.public(name))
	return target == p.linkOf(name), err
}

// foreign refuses a name that is taken by something that was never ours.
func (p *place) foreign(name string) error {
	if err := p.refuseOther(name); err != nil {
		return err
	}
	return clm.Errorf(clm.KindExists, "device %q: %s is there already, and this connector did not put it there", p.device, p.abs(p.public(name))).
		WithHint("a file somebody else wrote is never touched; move it away, or choose another name")
}

// refuseOther refuses a name that another owner keeps.
func (p *place) refuseOther(name string) error {
	target, err := p.readlink(p.public(name))
	if err != nil {
		return err
	}
	if other := otherOwner(target); other != "" && other != p.set.Owner {
		return clm.Errorf(clm.KindExists, "device %q: %s is kept by another connector (%s)", p.device, p.abs(p.public(name)), other).
			WithHint("choose another name or directory for one of the two; if no connector of that id exists any more, delete these files on the device")
	}
	return nil
}

// otherOwner tells whose link it is that says target: the id of another owner,
// or "" when it is nobody's we know.
func otherOwner(target string) string {
	parts := strings.Split(target, "/")
	if len(parts) == 4 && parts[0] == privateFolder && parts[2] == currentLink {
		return parts[1]
	}
	return ""
}
