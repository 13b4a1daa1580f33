package target

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"slices"
)

// vacate gives the owner's folder up if it holds nothing but the lock, which
// the caller has. Whoever waits for the lock finds it gone and starts over.
func (p *place) vacate(ctx context.Context, forget bool) error {
	entries, err := p.disk.ReadDir(p.home())
	if err != nil || len(entries) > 1 {
		return p.doing("reading", p.home(), err)
	}
	if err := ignoreAbsent(p.disk.Remove(p.home(lockFile))); err != nil {
		return p.doing("removing", p.home(lockFile), err)
	}
	return p.leave(ctx, forget)
}

// leave removes the folders of ours that hold nothing any more, from the
// owner's folder up to the root. It removes empty folders only, so it needs no
// lock: whoever is about to use one finds it gone and makes it again.
//
// A folder that we made but that holds somebody's files by now stays; with
// forget, it is theirs from then on.
func (p *place) leave(ctx context.Context, forget bool) error {
	if err := p.removeEmpty(p.home()); err != nil {
		return err
	}
	for dir := p.directory(); ; dir = path.Dir(dir) {
		if err := p.abandon(dir); err != nil || dir == "." {
			return err
		}
		if err := p.unmake(ctx, dir, forget); err != nil {
			return err
		}
	}
}

// abandon removes the private folder of dir, unless another owner is here or
// below.
func (p *place) abandon(dir string) error {
	private := path.Join(dir, privateFolder)
	for _, folder := range []string{path.Join(private, madeFolder), private} {
		if err := p.removeEmpty(folder); err != nil {
			return err
		}
	}
	return nil
}

// unmake removes dir if we made it and it is empty. The note of that goes last,
// for the same reason as it came first.
func (p *place) unmake(ctx context.Context, dir string, forget bool) error {
	note := noteOf(dir)
	if _, err := p.disk.Lstat(note); err != nil {
		return nil
	}
	lock, err := p.disk.Lock(ctx, note)
	if err != nil {
		return p.doing("locking", note, ignoreAbsent(err))
	}
	defer lock.Close()
	given, err := p.giveUp(dir, forget)
	if err != nil || !given {
		return err
	}
	return p.doing("removing", note, ignoreAbsent(p.disk.Remove(note)))
}

// giveUp tells whether dir is ours no more: it is gone, or holds only somebody's
// files and may be forgotten. One reading decides. Other owners leave dir without
// the lock of its note, and between two readings the last thing in it may go:
// forgotten then, it would be an empty folder that nobody ever removes.
func (p *place) giveUp(dir string, forget bool) (bool, error) {
	for {
		info, err := p.disk.Lstat(dir)
		if err == nil && !info.IsDir() {
			return false, nil
		}
		entries, err := p.disk.ReadDir(dir)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return true, nil
		case err != nil:
			return false, p.doing("removing", dir, err)
		case len(entries) > 0:
			return forget && !hasPrivate(entries), nil
		}
		if err := p.removeEmpty(dir); err != nil {
			return false, err
		}
	}
}

func hasPrivate(entries []fs.DirEntry) bool {
	return slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Name() == privateFolder })
}

// removeEmpty removes dir if it is a folder without entries.
func (p *place) removeEmpty(dir string) error {
	info, err := p.disk.Lstat(dir)
	if err != nil || !info.IsDir() {
		return p.doing("removing", dir, ignoreAbsent(err))
	}
	entries, err := p.disk.ReadDir(dir)
	if err != nil || len(entries) > 0 {
		return p.doing("removing", dir, ignoreAbsent(err))
	}
	if err := ignoreAbsent(p.disk.Remove(dir)); err != nil {
		if entries, again := p.disk.ReadDir(dir); again == nil && len(entries) > 0 {
			return nil // somebody moved in
		}
		return p.doing("removing", dir, err)
	}
	return nil
}

func ignoreAbsent(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
