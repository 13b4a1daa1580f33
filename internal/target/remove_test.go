package target

import (
	"os"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// A claimed name that another connector keeps by now is not removed.
func TestRemoveLeavesTheNextOwner(t *testing.T) {
	t.Parallel()
	onEachDisk(t, func(t *testing.T, w *world) {
		w.install(setOf(1))
		w.removeAll("cert.pem", "key.pem", "chain.pem")
		w.install(ownedBy("other", setOf(2)))
		w.remove(claiming(setOf(1)))
		w.serves(setOf(2))
	})
}

// Removing what is not there needs no writable disk.
func TestRemoveNothing(t *testing.T) {
	t.Parallel()
	onEachDisk(t, func(t *testing.T, w *world) {
		must(t, os.MkdirAll(w.path(dir), 0o755))
		w.targets = withHook(func(op, name string, do func() error) error {
			if changes(op) {
				t.Errorf("%s %s", op, name)
			}
			return do()
		})
		w.remove(claiming(setOf(1)))
	})
}

// What Remove takes, and what it leaves.
func TestRemove(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		before func(w *world)
		set    clm.FileSet
		left   string
	}{
		"everything of ours":        {set: setOf(1)},
		"by owner alone":            {set: clm.FileSet{Owner: owner, Directory: dir}},
		"links alone are left":      {before: func(w *world) { must(w, os.RemoveAll(w.path(dir+"/.clm"))) }, set: setOf(1)},
		"claimed, replaced by hand": {before: (*world).replaceAll, set: claiming(setOf(1))},
		"claimed, linked elsewhere": {before: func(w *world) { w.relink("key.pem", "/nowhere") }, set: claiming(setOf(1))},
		"crashed runs":              {before: (*world).leftovers, set: setOf(1)},
		"already gone":              {before: func(w *world) { w.remove(setOf(1)) }, set: setOf(1)},
		"directory gone":            {before: func(w *world) { must(w, os.RemoveAll(w.path(dir))) }, set: claiming(setOf(1))},
		"not claimed, replaced": {
			before: func(w *world) { w.write(dir+"/key.pem", "mine", 0o600) }, set: setOf(1),
			left: "drwxr-xr-x etc\ndrwxr-xr-x etc/tls\n-rw------- etc/tls/key.pem " + short([]byte("mine")) + "\n",
		},
		"foreign file beside": {
			before: func(w *world) { w.write("etc/motd", "hi", 0o644) }, set: setOf(1),
			left: "drwxr-xr-x etc\n-rw-r--r-- etc/motd " + short([]byte("hi")) + "\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEachDisk(t, func(t *testing.T, w *world) {
				w.install(setOf(1))
				if c.before != nil {
					c.before(w)
				}
				w.remove(c.set)
				if got := w.tree(); got != c.left {
					t.Errorf("left\n%swant\n%s", got, c.left)
				}
				w.remove(c.set)
			})
		})
	}
}

// A folder that was there before us is not ours to remove.
func TestRemoveKeepsFoldersItFound(t *testing.T) {
	t.Parallel()
	onEachDisk(t, func(t *testing.T, w *world) {
		must(t, os.MkdirAll(w.path("etc"), 0o750))
		w.install(setOf(1))
		w.remove(setOf(1))
		if got, want := w.tree(), "drwxr-x--- etc\n"; got != want {
			t.Errorf("left\n%swant\n%s", got, want)
		}
	})
}
