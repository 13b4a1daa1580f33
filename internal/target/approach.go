package target

import (
	"errors"
	"io/fs"
	"path"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// approach walks to the set's directory and tells whether it is there. Links
// on the way are followed as long as they stay inside the root.
func (p *place) approach() (bool, error) {
	var err error
	if p.moved, err = p.isIn(); err != nil || p.moved {
		return p.moved, err
	}
	for _, dir := range p.steps() {
		info, err := p.disk.Stat(dir)
		switch {
		case err == nil && info.IsDir():
		case err == nil:
			return false, clm.Errorf(clm.KindRefused, "device %q: %s is not a directory", p.device, p.abs(dir)).
				WithHint("move it away, or choose another directory")
		case errors.Is(err, fs.ErrPermission):
			return false, p.doing("entering", dir, err)
		default:
			return false, p.stray(dir, err)
		}
	}
	return true, p.checkPrivate()
}

// isIn tells in a cheap way that all is as an earlier install left it: then the
// whole way is passable, and our own folders are fit to work in. Whatever it cannot
// tell is looked at closely.
func (p *place) isIn() (bool, error) {
	for _, dir := range []string{p.public(privateFolder), p.home()} {
		info, err := p.disk.Lstat(dir)
		if kindOf(err) == clm.KindUnreachable {
			return false, p.doing("entering", dir, err)
		}
		if fit := err == nil && info.IsDir() && (!p.hasModes() || info.Mode().Perm() == folderMode); !fit {
			return false, nil // whatever is the matter, a close look tells
		}
	}
	return true, nil
}

// checkPrivate refuses what is no folder where ours are, or will be.
func (p *place) checkPrivate() error {
	for _, dir := range []string{p.public(privateFolder), p.home()} {
		info, err := p.disk.Lstat(dir)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil:
			return p.doing("reading", dir, err)
		case !info.IsDir():
			return p.notOurs(dir)
		}
	}
	return nil
}

func (p *place) notOurs(dir string) error {
	return clm.Errorf(clm.KindRefused, "device %q: %s is not a directory of ours", p.device, p.abs(dir)).
		WithHint("move it away, then try again")
}

// stray sorts why dir cannot be reached: nil when it is just not there.
func (p *place) stray(dir string, cause error) error {
	info, err := p.disk.Lstat(dir)
	if err == nil && info.Mode()&fs.ModeSymlink != 0 {
		return clm.Errorf(clm.KindRefused, "device %q: %s is a symbolic link that cannot be followed inside the root directory %s",
			p.device, p.abs(dir), p.root).
			WithHint("it leads out, in a circle or to nothing; replace it by a directory, or choose another one")
	}
	if errors.Is(cause, fs.ErrNotExist) {
		return nil
	}
	return p.doing("entering", dir, cause)
}

// steps are the set's directory and its parents, outermost first, without the
// root itself.
func (p *place) steps() []string {
	var steps []string
	for dir := p.directory(); dir != "."; dir = path.Dir(dir) {
		steps = append([]string{dir}, steps...)
	}
	return steps
}
