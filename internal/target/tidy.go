package target

import (
	"context"
	"path"
	"strings"
)

// settle makes the switch durable and tidies up after this and earlier runs.
func (in *install) settle(version string) error {
	in.state = newNotDurable
	if err := in.disk.SyncDir(in.home()); err != nil {
		return in.doing("syncing", in.home(), err)
	}
	in.state = newServed
	return in.tidy(version)
}

// tidy removes our links to names the set does not have, the other versions,
// and what runs that died left. It goes on after an error, so that an old key
// is not kept because of an unrelated file.
func (in *install) tidy(version string) error {
	var first error
	note := func(name string, err error) {
		if err := in.doing("removing", name, ignoreAbsent(err)); first == nil {
			first = err
		}
	}
	for name := range in.seen.links {
		if !in.wants(name) {
			note(in.public(name), in.disk.Remove(in.public(name)))
		}
	}
	for _, name := range in.seen.tries {
		note(in.public(name), in.disk.Remove(in.public(name)))
	}
	entries, err := in.disk.ReadDir(in.home())
	note(in.home(), err)
	for _, e := range entries {
		if name := e.Name(); name != version && name != currentLink && name != lockFile && !in.keeps(name) {
			note(in.home(name), in.disk.RemoveAll(in.home(name)))
		}
	}
	return first
}

// keeps tells what stays for the way back.
func (in *install) keeps(name string) bool {
	return in.set.Restorable && (name == previousLink || in.kept.version != "" && name == in.kept.version)
}

// undo takes back what a failed run made, as far as the disk lets it; the next
// run would tidy up the rest. What is served is never removed.
func (in *install) undo(ctx context.Context) {
	current, err := in.current()
	if err != nil {
		return
	}
	for _, name := range in.made {
		switch {
		case in.taken && (name == in.home(previousLink) || in.kept.version != "" && name == in.home(in.kept.version)):
		case strings.HasPrefix(name, in.home()+"/"):
			if name != in.home(current) {
				_ = in.disk.RemoveAll(name)
			}
		default:
			if ours, err := in.isOurs(path.Base(name)); ours && err == nil {
				_ = in.disk.Remove(name)
			}
		}
	}
	_ = in.vacate(ctx, false)
}
