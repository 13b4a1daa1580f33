package target

import (
	"context"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

func (l *local) preflight(ctx context.Context, set clm.FileSet) error {
	if err := checkContents(set); err != nil {
		return err
	}
	p, err := l.at(set)
	if err != nil {
		return err
	}
	defer p.disk.Close()
	return p.failed("preparing", nothingChanged, p.preflight(ctx))
}

// preflight does what Install begins with, tries to write what it would write,
// and takes all of it back.
func (p *place) preflight(ctx context.Context) error {
	if err := p.refuse(); err != nil {
		return err
	}
	lock, err := p.enter(ctx)
	if err != nil {
		return err
	}
	defer lock.Close()
	err = p.try()
	if vacated := p.vacate(ctx, false); err == nil {
		err = vacated
	}
	return err
}

func (p *place) try() error {
	seen, err := p.look()
	if err != nil {
		return err
	}
	if err := p.tryFile(); err != nil {
		return p.doing("trying to write in", p.home(), err)
	}
	folder, prefix := p.home(), nextPrefix
	if len(seen.missing)+len(seen.replaced) > 0 {
		folder, prefix = p.directory(), tryPrefix
	}
	return p.doing("trying to link in", folder, p.tryLink(folder+"/"+newName(prefix)))
}

// tryFile writes as many bytes as the set has.
func (p *place) tryFile() error {
	size := 0
	for _, f := range p.set.Files {
		size += len(f.Content)
	}
	name := p.home(newName(nextPrefix))
	err := p.writeFile(name, secretMode, make([]byte, size))
	if removed := ignoreAbsent(p.disk.Remove(name)); err == nil {
		err = removed
	}
	return err
}

func (p *place) tryLink(name string) error {
	err := p.disk.Symlink(currentLink, name)
	if removed := ignoreAbsent(p.disk.Remove(name)); err == nil {
		err = removed
	}
	return err
}
