package target

import (
	"context"
	"io/fs"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

func (w *way) remove(ctx context.Context, set clm.FileSet) error {
	p, err := w.at(ctx, set)
	if err != nil {
		return err
	}
	defer p.disk.Close()
	return p.failed("removing from", partlyRemoved, p.remove(ctx))
}

func (p *place) remove(ctx context.Context) error {
	there, err := p.approach()
	if err != nil {
		return err
	}
	kept := false
	if there {
		if kept, err = p.keepsAnything(); err != nil {
			return err
		}
	}
	if !kept {
		return p.leave(ctx, true)
	}
	lock, err := p.enter(ctx)
	if err != nil {
		return err
	}
	defer lock.Close()
	return p.clear(ctx)
}

// keepsAnything tells whether there is something to remove, so that removing
// nothing does not need a writable disk.
func (p *place) keepsAnything() (bool, error) {
	if _, err := p.disk.Lstat(p.home()); ignoreAbsent(err) != nil {
		return false, p.doing("reading", p.home(), err)
	} else if err == nil {
		return true, nil
	}
	names, err := p.removable()
	return len(names) > 0, err
}

// clear removes everything of the owner's. Current goes first: every name
// stops showing anything in one step. The lock goes last.
func (p *place) clear(ctx context.Context) error {
	names, err := p.removable()
	if err != nil {
		return err
	}
	if err := p.disk.RemoveAll(p.home(currentLink)); err != nil {
		return p.doing("removing", p.home(currentLink), err)
	}
	for _, name := range names {
		if err := ignoreAbsent(p.disk.Remove(p.public(name))); err != nil {
			return p.doing("removing", p.public(name), err)
		}
	}
	if err := p.disk.SyncDir(p.directory()); err != nil {
		return p.doing("syncing", p.directory(), err)
	}
	if err := p.clearHome(); err != nil {
		return err
	}
	return p.vacate(ctx, true)
}

func (p *place) clearHome() error {
	entries, err := p.disk.ReadDir(p.home())
	if err != nil {
		return p.doing("reading", p.home(), err)
	}
	for _, e := range entries {
		if e.Name() == lockFile {
			continue
		}
		if err := p.disk.RemoveAll(p.home(e.Name())); err != nil {
			return p.doing("removing", p.home(e.Name()), err)
		}
	}
	return nil
}

// removable are the names that are ours to remove: our links, the claimed
// files that somebody put in their place, and what a Preflight that died left.
func (p *place) removable() ([]string, error) {
	var s sight
	if err := p.lookAround(&s); err != nil {
		return nil, p.doing("reading", p.directory(), err)
	}
	names := s.tries
	for name := range s.links {
		names = append(names, name)
	}
	for _, name := range p.set.Claimed {
		replaced, err := p.isReplaced(name)
		if err != nil {
			return nil, p.doing("reading", p.public(name), err)
		}
		if replaced && !s.links[name] {
			names = append(names, name)
		}
	}
	return names, nil
}

// isReplaced tells whether a claimed name holds a file, or a link that is no
// other owner's.
func (p *place) isReplaced(name string) (bool, error) {
	info, err := p.disk.Lstat(p.public(name))
	switch {
	case err != nil:
		return false, ignoreAbsent(err)
	case info.Mode().IsRegular():
		return true, nil
	case info.Mode()&fs.ModeSymlink == 0:
		return false, nil
	}
	target, err := p.readlink(p.public(name))
	return otherOwner(target) == "", err
}
