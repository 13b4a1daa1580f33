package target

import (
	"context"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// settledState is what an error of Settle leaves behind.
const settledState = "the files that are served did not change"

func (w *way) settle(ctx context.Context, set clm.FileSet) error {
	p, err := w.at(ctx, set)
	if err != nil {
		return err
	}
	defer p.disk.Close()
	return p.failed("settling", settledState, p.settle(ctx))
}

// settle forgets the way back, and then removes what it led to. Dying in between
// leaves what the next Settle, or Install, removes.
func (p *place) settle(ctx context.Context) error {
	there, err := p.approach()
	if err != nil || !there {
		return err
	}
	if settled, err := p.settled(); err != nil || settled {
		return err
	}
	lock, err := p.enter(ctx)
	if err != nil {
		return err
	}
	defer lock.Close()
	if err := p.forget(); err != nil {
		return err
	}
	current, err := p.current()
	if err != nil {
		return p.doing("reading", p.home(currentLink), err)
	}
	return p.removeVersions(current)
}

// settled tells whether nothing is kept beside what is served.
func (p *place) settled() (bool, error) {
	names, err := p.entries(p.home())
	if err != nil {
		return false, err
	}
	versions := 0
	for _, name := range names {
		switch {
		case name == currentLink, name == lockFile:
		case isVersion(name):
			versions++
		default:
			return false, nil
		}
	}
	return versions <= 1, nil
}
