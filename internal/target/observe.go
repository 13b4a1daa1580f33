package target

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"syscall"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

func (w *way) observe(ctx context.Context, set clm.FileSet) ([]clm.ObservedFile, error) {
	p, err := w.at(ctx, set)
	if err != nil {
		return nil, err
	}
	defer p.disk.Close()
	if err := p.resolve(); err != nil {
		return nil, p.unreadable(err)
	}
	if _, err := p.approach(); err != nil {
		return nil, p.unreadable(err)
	}
	files, err := p.observe(ctx)
	return files, p.unreadable(err)
}

func (w *way) unreadable(err error) error {
	var complete *clm.Error
	if err == nil || errors.As(err, &complete) {
		return err
	}
	hint := "see to the disk"
	switch {
	case kindOf(err) == clm.KindUnreachable:
		hint = "see that the device is up and reachable, then try again"
	case errors.Is(err, fs.ErrPermission) && w.remote:
		hint = "let the account read it, or set ssh.sudo = true"
	case errors.Is(err, fs.ErrPermission):
		hint = "let the user this process runs as read it"
	}
	return clm.Errorf(kindOf(err), "looking at device %q", w.device).Because(err).WithHint("%s", hint)
}

// observe reads all names between two looks at current, and reads again when an
// install switched in between: the answers are of one instant.
func (p *place) observe(ctx context.Context) ([]clm.ObservedFile, error) {
	for {
		before, err := p.readlink(p.home(currentLink))
		if err != nil {
			return nil, p.doing("reading", p.home(currentLink), err)
		}
		files, err := p.observeFiles()
		if err != nil {
			return nil, err
		}
		after, err := p.readlink(p.home(currentLink))
		if err != nil || before == after {
			return files, p.doing("reading", p.home(currentLink), err)
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
}

func (p *place) observeFiles() ([]clm.ObservedFile, error) {
	files := make([]clm.ObservedFile, 0, len(p.set.Files))
	for _, f := range p.set.Files {
		seen, err := p.observeFile(f)
		if err != nil {
			return nil, p.doing("reading", p.public(f.Name), err)
		}
		files = append(files, seen)
	}
	return files, nil
}

func (p *place) observeFile(want clm.File) (clm.ObservedFile, error) {
	seen := clm.ObservedFile{Name: want.Name}
	f, err := p.disk.Open(p.public(want.Name))
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		return seen, nil
	case err != nil && cannotOpen(err):
		seen.Present = true
		return seen, nil
	case err != nil:
		return seen, err
	}
	defer f.Close()
	seen.Present = true
	err = p.describe(&seen, f, want.Secret)
	return seen, err
}

// cannotOpen: there is something, but no file that a server could read: a link
// that leads out of the root or in a circle, or a socket.
func cannotOpen(err error) bool {
	return !isErrno(err) || errors.Is(err, syscall.ELOOP) || errors.Is(err, syscall.ENXIO)
}

func (p *place) describe(seen *clm.ObservedFile, f file, secret bool) error {
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return err
	}
	seen.Exposed = secret && p.exposed(info)
	content, err := readAll(f)
	if err != nil || len(content) > maxSize {
		return err
	}
	digest := sha256.Sum256(content)
	seen.SHA256 = hex.EncodeToString(digest[:])
	if !secret {
		seen.Content = content
	}
	return nil
}
