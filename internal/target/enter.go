package target

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"path"
)

// enter makes the owner's folder and takes its lock. What it made is taken
// back by leave.
func (p *place) enter(ctx context.Context) (io.Closer, error) {
	for range 100 { // each round lost is a Remove that won
		var err error
		if !p.moved {
			err = p.ensure(ctx)
		}
		p.moved = false // if it is gone, it is made again
		if err == nil {
			var lock io.Closer
			lock, err = p.disk.Lock(ctx, p.home(lockFile))
			if err == nil {
				return lock, nil
			}
			err = p.doing("locking", p.home(lockFile), err)
		}
		if !errors.Is(err, fs.ErrNotExist) {
			_ = p.leave(ctx, false)
			return nil, err
		}
	}
	return nil, p.doing("locking", p.home(lockFile), errors.New("somebody keeps removing it"))
}

// ensure makes the directory and the owner's folder in it.
func (p *place) ensure(ctx context.Context) error {
	for _, dir := range p.steps() {
		if err := p.ensureStep(ctx, dir); err != nil {
			return p.doing("creating", dir, err)
		}
	}
	for _, dir := range []string{p.public(privateFolder), p.home()} {
		if err := p.ensurePrivate(dir); err != nil {
			return p.doing("creating", dir, err)
		}
	}
	return nil
}

// ensureStep makes a folder of the path. That we made it is noted first, beside
// it: dying between the two leaves a note about nothing, which does no harm;
// the other order would leave a folder that nobody ever removes. The note is
// also the lock under which its folder comes and goes.
func (p *place) ensureStep(ctx context.Context, dir string) error {
	if _, err := p.disk.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	notes := path.Dir(noteOf(dir))
	for _, private := range []string{path.Dir(notes), notes} {
		if err := p.ensurePrivate(private); err != nil {
			return err
		}
	}
	lock, err := p.disk.Lock(ctx, noteOf(dir))
	if err != nil {
		return err
	}
	defer lock.Close()
	if err := p.disk.SyncDir(notes); err != nil {
		return err
	}
	return p.mkdir(dir)
}

// noteOf is the note that we made dir.
func noteOf(dir string) string {
	return path.Join(path.Dir(dir), privateFolder, madeFolder, path.Base(dir))
}

// ensurePrivate makes one of our own folders, and opens it to readers again
// where that was changed.
func (p *place) ensurePrivate(dir string) error {
	info, err := p.disk.Lstat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return p.mkdir(dir)
	case err != nil:
		return err
	case !info.IsDir():
		return p.notOurs(dir)
	case p.hasModes() && info.Mode().Perm() != folderMode:
		return p.disk.Chmod(dir, folderMode)
	}
	return nil
}

// mkdir makes a folder whose mode does not depend on the umask.
func (p *place) mkdir(dir string) error {
	err := p.disk.Mkdir(dir, folderMode)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := p.disk.Chmod(dir, folderMode); err != nil {
		return err
	}
	return p.disk.SyncDir(path.Dir(dir))
}
