package target

import (
	"context"
	"errors"
	"io/fs"
	"slices"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// restore is one run of Restore. Its order is that of install, backwards:
//
//  1. put links at the names that the kept version has and the present one lacks;
//     they lead to nothing yet
//  2. rename current: every name switches in this one step. Where nothing was
//     served, removing current is that step
//  3. make files of others what they were
//  4. remove what is not needed any more, and previous last
//
// Until previous is gone the whole can be done again, and ends the same.
type restore struct {
	*install
	back kept
}

func (w *way) restore(ctx context.Context, set clm.FileSet) error {
	p, err := w.at(ctx, set)
	if err != nil {
		return err
	}
	defer p.disk.Close()
	in := &install{place: p, state: notRestored}
	err = (&restore{install: in}).guarded(ctx)
	return p.failed("restoring", in.state, err)
}

func (r *restore) guarded(ctx context.Context) error {
	there, err := r.approach()
	if err != nil {
		return err
	}
	if there {
		_, err = r.disk.Lstat(r.home())
	}
	if !there || errors.Is(err, fs.ErrNotExist) { // at most, the end of an earlier run is left to do
		return r.leave(ctx, true)
	}
	if done, err := r.isDone(); err != nil || done { // needs no lock to see
		return err
	}
	lock, err := r.enter(ctx)
	if err != nil {
		return err
	}
	defer lock.Close()
	if r.back, err = r.previous(); err != nil {
		return err
	}
	switch {
	case r.back.gone != "":
		return r.afterVanishing(ctx)
	case !r.back.there:
		return r.vacate(ctx, true)
	}
	return r.run(ctx)
}

// isDone tells that there is no way back, nor the rest of one that was gone.
func (r *restore) isDone() (bool, error) {
	back, err := r.previous()
	if err != nil || back.there || back.gone != "" {
		return false, err
	}
	names, err := r.entries(r.home())
	served := slices.ContainsFunc(names, func(name string) bool { return name != lockFile })
	return served, err
}

func (r *restore) run(ctx context.Context) error {
	if err := r.lookAround(&r.seen); err != nil {
		return r.doing("reading", r.directory(), err)
	}
	var err error
	if r.seen.current, err = r.current(); err != nil {
		return r.doing("reading", r.home(currentLink), err)
	}
	c, err := r.contentOf(r.back.version)
	if err != nil {
		return err
	}
	if len(c.ours)+len(c.others) == 0 {
		return r.vanish(ctx)
	}
	if err := r.switchBack(c); err != nil {
		return err
	}
	r.state = restoredUntidy
	if err := r.giveBack(c.others); err != nil {
		return err
	}
	if len(c.ours) == 0 {
		return r.vanish(ctx)
	}
	return r.leaveOnly(c.ours)
}

// afterVanishing is for a kept version that is gone: the way back to nothing of ours
// has removed it and did not come to its end, or somebody else has.
func (r *restore) afterVanishing(ctx context.Context) error {
	served, err := r.current()
	switch {
	case err != nil:
		return r.doing("reading", r.home(currentLink), err)
	case served != "":
		return r.nothingToGoBackTo(r.back.gone)
	}
	if err := r.lookAround(&r.seen); err != nil {
		return r.doing("reading", r.directory(), err)
	}
	return r.vanish(ctx)
}

// vanish is the way back to nothing of ours.
func (r *restore) vanish(ctx context.Context) error {
	if err := r.disk.RemoveAll(r.home(currentLink)); err != nil {
		r.state = restoredUnknown
		return r.doing("removing", r.home(currentLink), err)
	}
	r.state = restoredUntidy
	if err := r.unlink(nil); err != nil {
		return err
	}
	if err := r.removeVersions(""); err != nil {
		return err
	}
	if err := r.forget(); err != nil {
		return err
	}
	return r.vacate(ctx, true)
}

// switchBack serves the kept version.
func (r *restore) switchBack(c content) error {
	if err := r.showAgain(append(c.ours, c.others...)); err != nil {
		return err
	}
	if r.seen.current == r.back.version {
		return nil
	}
	err := r.switchTo(r.back.version)
	if err == nil {
		return r.doing("syncing", r.home(), r.disk.SyncDir(r.home()))
	}
	if _, looked := r.current(); looked != nil {
		r.state = restoredUnknown
	}
	return err
}

// showAgain puts links at names where nothing is.
func (r *restore) showAgain(names []string) error {
	for _, name := range names {
		if r.seen.links[name] {
			continue
		}
		err := r.disk.Symlink(r.linkOf(name), r.public(name))
		if err != nil && !errors.Is(err, fs.ErrExist) { // somebody's file stays
			return r.doing("linking", r.public(name), err)
		}
		r.seen.links[name] = err == nil
	}
	return r.doing("syncing", r.directory(), r.disk.SyncDir(r.directory()))
}

// giveBack moves the files of others out of the kept version to the names that
// show them. Each name shows the same before and after.
func (r *restore) giveBack(names []string) error {
	for _, name := range names {
		ours, err := r.isOurs(name)
		if err == nil && ours {
			err = r.giveBackOne(r.home(r.back.version, name), r.public(name))
		}
		if err == nil {
			err = r.disk.RemoveAll(r.home(r.back.version, name))
		}
		if err != nil {
			return r.doing("putting back", r.public(name), err)
		}
		delete(r.seen.links, name)
	}
	return r.doing("syncing", r.directory(), r.disk.SyncDir(r.directory()))
}

// giveBackOne moves one file. A link was changed when it was adopted, so that it
// led to the same from three folders further down.
func (r *restore) giveBackOne(from, to string) error {
	target, err := r.readlink(from)
	if err != nil {
		return err
	}
	if target == "" {
		return r.disk.Rename(from, to)
	}
	if !isAbs(target) {
		target = target[len(adoptedPrefix):]
	}
	return r.link(target, to, r.home())
}

// leaveOnly removes all that the kept version does not need.
func (r *restore) leaveOnly(names []string) error {
	if err := r.unlink(names); err != nil {
		return err
	}
	if err := r.disk.RemoveAll(r.home(r.back.version, marksFolder)); err != nil {
		return r.doing("removing", r.home(r.back.version, marksFolder), err)
	}
	if err := r.removeVersions(r.back.version); err != nil {
		return err
	}
	return r.forget()
}

// unlink removes our links to other names than these.
func (r *restore) unlink(wanted []string) error {
	for name, ours := range r.seen.links {
		if !ours || slices.Contains(wanted, name) {
			continue
		}
		if err := ignoreAbsent(r.disk.Remove(r.public(name))); err != nil {
			return r.doing("removing", r.public(name), err)
		}
	}
	return r.doing("syncing", r.directory(), r.disk.SyncDir(r.directory()))
}

// removeVersions removes all versions but one, and what runs that died left.
func (p *place) removeVersions(but string) error {
	names, err := p.entries(p.home())
	if err != nil {
		return err
	}
	for _, name := range names {
		if name == but || name == currentLink || name == previousLink || name == lockFile {
			continue
		}
		if err := p.disk.RemoveAll(p.home(name)); err != nil {
			return p.doing("removing", p.home(name), err)
		}
	}
	return nil
}

// forget removes previous, durably: there is no way back any more.
func (p *place) forget() error {
	if err := p.disk.RemoveAll(p.home(previousLink)); err != nil {
		return p.doing("removing", p.home(previousLink), err)
	}
	return p.doing("syncing", p.home(), p.disk.SyncDir(p.home()))
}
