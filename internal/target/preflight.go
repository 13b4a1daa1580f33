package target

import (
	"context"
	"strings"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

func (w *way) preflight(ctx context.Context, set clm.FileSet) error {
	if err := checkContents(set); err != nil {
		return err
	}
	p, err := w.at(ctx, set)
	if err != nil {
		return err
	}
	defer p.disk.Close()
	return p.failed("preparing", nothingChanged, p.preflight(ctx))
}

// preflight does what Install begins with, tries to write what it would write,
// and takes all of it back.
func (p *place) preflight(ctx context.Context) error {
	if err := p.resolve(); err != nil {
		return err
	}
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
	if err := p.forgetTries(seen); err != nil {
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

// forgetTries removes what a preflight left that died. Only one of an owner
// runs at a time, so nobody is using it.
func (p *place) forgetTries(seen sight) error {
	entries, err := p.disk.ReadDir(p.home())
	if err != nil {
		return p.doing("reading", p.home(), err)
	}
	var left []string
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), nextPrefix) {
			left = append(left, p.home(e.Name()))
		}
	}
	for _, name := range seen.tries {
		left = append(left, p.public(name))
	}
	for _, name := range left {
		if err := ignoreAbsent(p.disk.Remove(name)); err != nil {
			return p.doing("removing", name, err)
		}
	}
	return nil
}

// tryFile writes as many bytes as the set has.
func (p *place) tryFile() error {
	size := 0
	for _, f := range p.set.Files {
		size += len(f.Content)
	}
	name := p.home(newName(nextPrefix))
	err := p.writeFile(name, secretMode, p.owner, make([]byte, size))
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
