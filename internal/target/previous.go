package target

import (
	"errors"
	"io/fs"
	"path"
	"slices"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// What was served when the set was settled last is kept while previous names it:
// a version, or nothing. Installs do not change previous once it is there, so
// that whatever happens until the set is settled, the way back leads to there.
//
// A version that was adopted holds files of others too. Those are marked, so
// that the way back makes them again what they were: no links of ours.
const (
	previousLink = "previous" // in an owner's folder
	nothingKept  = "nothing"  // what previous says where nothing was served
	marksFolder  = ".clm"     // in a version: the names that were others' files
)

// kept is what previous says.
type kept struct {
	there   bool
	version string // "" when nothing was served
	gone    string // a version that is not there any more
}

func (p *place) previous() (kept, error) {
	target, err := p.readlink(p.home(previousLink))
	switch {
	case err != nil || target == "":
		return kept{}, p.doing("reading", p.home(previousLink), err)
	case target == nothingKept:
		return kept{there: true}, nil
	case !isVersion(target):
		return kept{}, nil
	}
	info, err := p.disk.Lstat(p.home(target))
	if err != nil || !info.IsDir() {
		return kept{gone: target}, p.doing("reading", p.home(target), ignoreAbsent(err))
	}
	return kept{there: true, version: target}, nil
}

// keep makes previous say what is served until now: version, or nothing. It
// comes before anything changes that people see.
func (in *install) keep(version string) error {
	if !in.set.Restorable || in.kept.there {
		return nil
	}
	in.kept = kept{there: true, version: version}
	if version == "" {
		version = nothingKept
	}
	in.made = append(in.made, in.home(previousLink))
	if err := in.link(version, in.home(previousLink), in.home()); err != nil {
		return in.doing("keeping", in.home(version), err)
	}
	return in.doing("syncing", in.home(), in.disk.SyncDir(in.home()))
}

// mark notes in a version that a name in it was somebody else's file.
func (in *install) mark(version, name string) error {
	folder := in.home(version, marksFolder)
	if err := in.disk.Mkdir(folder, folderMode); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return in.disk.Symlink(name, path.Join(folder, name))
}

// content is what a version holds: the names that are ours, and those that were
// others' files.
type content struct{ ours, others []string }

func (p *place) contentOf(version string) (content, error) {
	var c content
	if version == "" {
		return c, nil
	}
	marks, err := p.entries(p.home(version, marksFolder))
	if err != nil {
		return c, err
	}
	names, err := p.entries(p.home(version))
	if err != nil {
		return c, err
	}
	for _, name := range names {
		switch {
		case name == marksFolder:
		case slices.Contains(marks, name):
			c.others = append(c.others, name)
		default:
			c.ours = append(c.ours, name)
		}
	}
	return c, nil
}

// entries are the names in a folder; one that is gone has none.
func (p *place) entries(folder string) ([]string, error) {
	entries, err := p.disk.ReadDir(folder)
	if ignoreAbsent(err) != nil {
		return nil, p.doing("reading", folder, err)
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return names, nil
}

// Restored states, for errors.
const (
	notRestored     = "the files are as they were before it was tried"
	restoredUntidy  = "the previous files are in place again"
	restoredUnknown = "the files that were installed or the previous ones are in place, not a mixture"
)

func (p *place) nothingToGoBackTo(version string) error {
	return clm.Errorf(clm.KindFailed, "device %q: what was served before is gone: %s", p.device, p.abs(p.home(version))).
		WithHint("somebody removed it; install the files that shall be served")
}
