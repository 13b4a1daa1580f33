package target

import (
	"context"
	"errors"
	"io/fs"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// install is one run of Install. Its order is the invariant:
//
//  1. refuse what may not be touched
//  2. write the new version, durably; it is not served yet
//  3. put our links at the names of the set, still showing what was there
//  4. rename current: every name switches in this one step
//  5. remove what the set does not need any more
//
// Before 4 whatever was made can be undone; after 4 the rest is tidying. Dying
// anywhere is repaired by the next run, which does exactly the same.
type install struct {
	*place
	seen  sight
	made  []string // by this run, to be undone if it fails before the switch
	kept  kept     // what previous says
	taken bool     // files of others were adopted, and only we have them now
	done  bool     // the new files are served
	state string   // for the error, if there is one
}

func (w *way) install(ctx context.Context, set clm.FileSet) error {
	if err := checkContents(set); err != nil {
		return err
	}
	p, err := w.at(ctx, set)
	if err != nil {
		return err
	}
	defer p.disk.Close()
	in := &install{place: p, state: nothingChanged}
	err = in.guarded(ctx)
	return p.failed("installing on", in.state, err)
}

// guarded installs while holding the owner's lock.
func (in *install) guarded(ctx context.Context) error {
	if err := in.resolve(); err != nil {
		return err
	}
	if err := in.refuse(); err != nil { // before anything is made
		return err
	}
	lock, err := in.enter(ctx)
	if err != nil {
		return err
	}
	defer lock.Close()
	err = in.run(ctx)
	if err != nil && !in.done {
		in.undo(ctx)
	}
	return err
}

// refuse changes nothing, and says what forbids an install.
func (p *place) refuse() error {
	if _, err := p.approach(); err != nil || p.moved {
		return err // there, nothing has to be made but the lock; run looks while holding it
	}
	_, err := p.look()
	return err
}

func (in *install) run(ctx context.Context) error {
	var err error
	if in.seen, err = in.look(); err != nil { // again, now that nobody else moves
		return err
	}
	in.state = in.seen.state()
	if in.set.Restorable {
		if in.kept, err = in.previous(); err != nil {
			return err
		}
	}
	served, err := in.serves(in.seen.current)
	if err != nil {
		return err
	}
	if served && len(in.seen.replaced) == 0 {
		return in.complete()
	}
	return in.replace(ctx)
}

// complete is for files that are in place already: at most, links are missing.
func (in *install) complete() error {
	in.done = true
	if err := in.showMissing(); err != nil {
		return err
	}
	if len(in.seen.missing) > 0 {
		if err := in.disk.SyncDir(in.directory()); err != nil {
			return in.doing("syncing", in.directory(), err)
		}
	}
	return in.settle(in.seen.current)
}

func (in *install) replace(ctx context.Context) error {
	version, err := in.write()
	if err != nil {
		return err
	}
	if err := ctx.Err(); err != nil { // the last moment to turn back
		return err
	}
	if len(in.seen.replaced) == 0 {
		if err := in.keep(in.seen.current); err != nil {
			return err
		}
	}
	if err := in.show(); err != nil {
		return err
	}
	if err := in.switchTo(version); err != nil {
		if _, looked := in.current(); looked != nil {
			in.state = servedUnknown
		}
		return err
	}
	in.done = true
	return in.settle(version)
}

// show puts our links at every name of the set, which changes no content that
// was there. A name where nothing was shows what the version served now has for
// it, if anything, and so nothing of the new version before the switch.
func (in *install) show() error {
	if err := in.adopt(); err != nil {
		return err
	}
	for _, name := range in.seen.replaced {
		if err := in.link(in.linkOf(name), in.public(name), in.home()); err != nil {
			return in.doing("linking", in.public(name), err)
		}
	}
	if err := in.showMissing(); err != nil {
		return err
	}
	return in.doing("syncing", in.directory(), in.disk.SyncDir(in.directory()))
}

// showMissing makes links where nothing is. They are made in place, not
// renamed there: a file that came meanwhile must not be overwritten.
func (in *install) showMissing() error {
	for _, name := range in.seen.missing {
		in.made = append(in.made, in.public(name))
		err := in.disk.Symlink(in.linkOf(name), in.public(name))
		if errors.Is(err, fs.ErrExist) {
			return in.foreign(name)
		}
		if err != nil {
			return in.doing("linking", in.public(name), err)
		}
	}
	return nil
}
