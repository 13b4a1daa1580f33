package target

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// A link inside the root that stays inside is followed.
func TestDirectoryBehindALink(t *testing.T) {
	t.Parallel()
	onEachDisk(t, func(t *testing.T, w *world) {
		must(t, os.MkdirAll(w.path("data/etc"), 0o755))
		must(t, os.Symlink("data/etc", w.path("etc")))
		w.preflight(setOf(1))
		w.install(setOf(1))
		w.serves(setOf(1))
		w.remove(setOf(1))
		if got, want := w.tree(), "drwxr-xr-x data\ndrwxr-xr-x data/etc\nLrwxrwxrwx etc -> data/etc\n"; got != want {
			t.Errorf("left\n%swant\n%s", got, want)
		}
	})
}

// What an install must not touch it refuses, before it has changed anything.
func TestRefused(t *testing.T) {
	t.Parallel()
	const leads = ` is a symbolic link that cannot be followed inside the root directory ROOT` +
		` (it leads out, in a circle or to nothing; replace it by a directory, or choose another one)`
	const foreign = ` is there already, and this connector did not put it there` +
		` (a file somebody else wrote is never touched; move it away, or choose another name)`
	for name, c := range map[string]struct {
		before func(w *world)
		set    clm.FileSet
		kind   clm.Kind
		text   string
	}{
		"directory leads out": {
			func(w *world) { w.symlink("/tmp", "etc") }, setOf(1), clm.KindRefused, `device "web-1": ROOT/etc` + leads,
		},
		"directory leads up": {
			func(w *world) { w.symlink("../../..", "etc/tls") }, setOf(1), clm.KindRefused, `device "web-1": ROOT/etc/tls` + leads,
		},
		"directory leads nowhere": {
			func(w *world) { w.symlink("nowhere", "etc") }, setOf(1), clm.KindRefused, `device "web-1": ROOT/etc` + leads,
		},
		"directory leads in a circle": {
			func(w *world) { w.symlink("etc", "etc") }, setOf(1), clm.KindRefused, `device "web-1": ROOT/etc` + leads,
		},
		"parent is a file": {
			func(w *world) { w.write("etc", "x", 0o644) }, setOf(1), clm.KindRefused,
			`device "web-1": ROOT/etc is not a directory (move it away, or choose another directory)`,
		},
		"directory is a file": {
			func(w *world) { w.write(dir, "x", 0o644) }, setOf(1), clm.KindRefused,
			`device "web-1": ROOT/etc/tls is not a directory (move it away, or choose another directory)`,
		},
		"foreign file": {
			func(w *world) { w.write(dir+"/chain.pem", "x", 0o644) }, setOf(1), clm.KindExists,
			`device "web-1": ROOT/etc/tls/chain.pem` + foreign,
		},
		"foreign file beside ours": {
			func(w *world) { w.install(withoutChain(setOf(0))); w.write(dir+"/chain.pem", "x", 0o644) }, setOf(1), clm.KindExists,
			`device "web-1": ROOT/etc/tls/chain.pem` + foreign,
		},
		"file in place of our link, not claimed": {
			func(w *world) { w.install(setOf(0)); w.write(dir+"/key.pem", "x", 0o600) }, setOf(1), clm.KindExists,
			`device "web-1": ROOT/etc/tls/key.pem` + foreign,
		},
		"foreign link": {
			func(w *world) { w.symlink("/etc/passwd", dir+"/key.pem") }, setOf(1), clm.KindExists,
			`device "web-1": ROOT/etc/tls/key.pem` + foreign,
		},
		"foreign link to nothing": {
			func(w *world) { w.symlink("nowhere", dir+"/key.pem") }, setOf(1), clm.KindExists,
			`device "web-1": ROOT/etc/tls/key.pem` + foreign,
		},
		"a name's link under another name": {
			func(w *world) { w.symlink(".clm/"+owner+"/current/cert.pem", dir+"/key.pem") }, setOf(1), clm.KindExists,
			`device "web-1": ROOT/etc/tls/key.pem` + foreign,
		},
		"foreign folder": {
			func(w *world) { must(w, os.MkdirAll(w.path(dir+"/key.pem"), 0o755)) }, setOf(1), clm.KindExists,
			`device "web-1": ROOT/etc/tls/key.pem` + foreign,
		},
		"folder at a claimed name": {
			func(w *world) { must(w, os.MkdirAll(w.path(dir+"/key.pem"), 0o755)) }, claiming(setOf(1)), clm.KindRefused,
			`device "web-1": ROOT/etc/tls/key.pem is neither a file nor a link (move it away, then try again)`,
		},
		"another connector's file": {
			func(w *world) { w.install(ownedBy("other", setOf(0))) }, claiming(setOf(1)), clm.KindExists,
			`device "web-1": ROOT/etc/tls/cert.pem is kept by another connector (other)` +
				` (choose another name or directory for one of the two; if no connector of that id exists any more, delete these files on the device)`,
		},
		"private folder is a file": {
			func(w *world) { w.write(dir+"/.clm", "x", 0o644) }, setOf(1), clm.KindRefused,
			`device "web-1": ROOT/etc/tls/.clm is not a directory of ours (move it away, then try again)`,
		},
		"private folder leads elsewhere": {
			func(w *world) { must(w, os.Mkdir(w.path("x"), 0o755)); w.symlink("../../x", dir+"/.clm") }, setOf(1), clm.KindRefused,
			`device "web-1": ROOT/etc/tls/.clm is not a directory of ours (move it away, then try again)`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			whereItMatters(name)(t, func(t *testing.T, w *world) {
				c.before(w)
				before := w.tree()
				w.fails(w.targets.Preflight(context.Background(), w.device, c.set), c.kind, c.text)
				w.fails(w.targets.Install(context.Background(), w.device, c.set), c.kind, c.text)
				if got := w.tree(); got != before {
					t.Errorf("changed\n%sto\n%s", before, got)
				}
			})
		})
	}
}

func (w *world) symlink(target, name string) {
	w.Helper()
	must(w, os.MkdirAll(filepath.Dir(w.path(name)), 0o755))
	must(w, os.Symlink(target, w.path(name)))
}

func ownedBy(owner string, set clm.FileSet) clm.FileSet {
	set.Owner = owner
	return set
}

// A file that somebody writes at the last moment is not overwritten either.
func TestForeignFileComesMeanwhile(t *testing.T) {
	t.Parallel()
	onEachDisk(t, func(t *testing.T, w *world) {
		w.install(withoutChain(setOf(1)))
		w.targets = withHook(func(op, name string, do func() error) error {
			if op == "symlink" && name == dir+"/chain.pem" {
				w.write(name, "mine", 0o644)
			}
			return do()
		})
		w.fails(w.targets.Install(context.Background(), w.device, setOf(2)), clm.KindExists,
			`device "web-1": ROOT/etc/tls/chain.pem is there already, and this connector did not put it there`+
				` (a file somebody else wrote is never touched; move it away, or choose another name)`)
		want := withoutChain(setOf(1))
		want.Files = append(want.Files[:2:2], clm.File{Name: "chain.pem", Content: []byte("mine")})
		w.serves(want)
		if n := w.versions(); n != 1 {
			t.Errorf("%d versions are kept, want 1", n)
		}
	})
}

// Nothing in a set can lead out of the root, whoever made the set.
func TestBadSets(t *testing.T) {
	t.Parallel()
	const clean = ` is not a clean path below the device's root directory` +
		` (write it relative to the root, with forward slashes and without . or .. parts, such as "etc/tls")`
	const name = ` is not a file name (a file name has no slashes, is not . or .., and does not begin with .clm)`
	for text, set := range map[string]clm.FileSet{
		`directory "../etc"` + clean:    in("../etc", setOf(1)),
		`directory "etc/../.."` + clean: in("etc/../..", setOf(1)),
		`directory ".."` + clean:        in("..", setOf(1)),
		`directory "/etc"` + clean:      in("/etc", setOf(1)),
		`directory "etc/"` + clean:      in("etc/", setOf(1)),
		`directory "etc\\tls"` + clean:  in(`etc\tls`, setOf(1)),
		`directory "a\x00b"` + clean:    in("a\x00b", setOf(1)),
		`directory "etc/.clm/x" leads through ".clm", which is kept for bookkeeping` +
			` (use a directory without parts that begin with .clm)`: in("etc/.clm/x", setOf(1)),
		`"../key.pem"` + name:  named("../key.pem"),
		`"/etc/passwd"` + name: named("/etc/passwd"),
		`"a/b"` + name:         named("a/b"),
		`".."` + name:          named(".."),
		`""` + name:            named(""),
		`".clm"` + name:        named(".clm"),
		`"a\x00b"` + name:      named("a\x00b"),
		`the file name of 256 bytes is longer than 255`: named(strings.Repeat("x", 256)),
		`"a/../b"` + name:                     {Owner: owner, Files: setOf(1).Files, Claimed: []string{"a/../b"}},
		`"../x"` + name:                       ownedBy("../x", setOf(1)),
		`the owner ".made" begins with a dot`: ownedBy(".made", setOf(1)),
		`the file name "cert.pem" is used twice` +
			` (give each file its own name)`: {Owner: owner, Files: append(setOf(1).Files, setOf(1).Files...)},
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			onLocalDisk(t, func(t *testing.T, w *world) {
				acts := w.everyAct(set)
				delete(acts, "check")
				for _, err := range acts {
					w.fails(err, clm.KindInvalid, text)
				}
				if got := w.tree(); got != "" {
					t.Errorf("written:\n%s", got)
				}
			})
		})
	}
}

func named(name string) clm.FileSet {
	return clm.FileSet{Owner: owner, Files: []clm.File{{Name: name, Content: []byte("x")}}}
}

// A set that could not be observed again is not installed.
func TestBadContents(t *testing.T) {
	t.Parallel()
	large := clm.FileSet{Owner: owner, Files: []clm.File{{Name: "x", Content: make([]byte, maxSize+1)}}}
	for text, set := range map[string]clm.FileSet{
		`the file set has no files`:                                        {Owner: owner, Directory: dir},
		`the content of "x" is 1048577 bytes; at most 1048576 are allowed`: large,
	} {
		w := newWorld(t)
		w.fails(w.targets.Install(context.Background(), w.device, set), clm.KindInvalid, text)
		w.fails(w.targets.Preflight(context.Background(), w.device, set), clm.KindInvalid, text)
	}
}

// Remove stays away from what is behind a link that leads out.
func TestRemoveDoesNotFollowOut(t *testing.T) {
	t.Parallel()
	w, outside := newWorld(t), newWorld(t)
	outside.install(in("", setOf(1)))
	before := outside.tree()
	w.symlink(outside.root, "etc")
	w.fails(w.targets.Remove(context.Background(), w.device, in("etc", claiming(setOf(1)))), clm.KindRefused,
		`device "web-1": ROOT/etc is a symbolic link that cannot be followed inside the root directory ROOT`+
			` (it leads out, in a circle or to nothing; replace it by a directory, or choose another one)`)
	if got := outside.tree(); got != before {
		t.Errorf("changed outside\n%sto\n%s", before, got)
	}
}

// A run that is called off changes nothing; one that waits for another stops
// waiting.
func TestCancelled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.install(setOf(1))
	ctx, cancel := context.WithCancel(context.Background())
	waiting := withHook(func(op, _ string, do func() error) error {
		if op == "lock" {
			cancel()
		}
		return do()
	})
	d, err := openRoot(w.root)
	must(t, err)
	defer d.Close()
	lock, err := d.Lock(context.Background(), dir+"/.clm/"+owner+"/lock")
	must(t, err)
	defer lock.Close()
	w.fails(waiting.Install(ctx, w.device, setOf(2)), clm.KindFailed,
		`installing on device "web-1": locking ROOT/etc/tls/.clm/`+owner+`/lock: context canceled`+
			` (nothing was changed; it was called off; try again)`)
	w.fails(w.targets.Install(ctx, w.device, setOf(2)), clm.KindFailed, `reaching device "web-1": context canceled`)
	w.serves(setOf(1))
}

// The last moment to turn back is before the switch.
func TestCancelledWhileWriting(t *testing.T) {
	t.Parallel()
	onEachDisk(t, func(t *testing.T, w *world) {
		w.install(setOf(1))
		before := w.tree()
		ctx, cancel := context.WithCancel(context.Background())
		w.targets = withHook(func(op, _ string, do func() error) error {
			if op == "write" {
				cancel()
			}
			return do()
		})
		w.fails(w.targets.Install(ctx, w.device, setOf(2)), clm.KindFailed,
			`installing on device "web-1": context canceled (the previous files are unchanged; it was called off; try again)`)
		if got := w.tree(); got != before {
			t.Errorf("changed\n%sto\n%s", before, got)
		}
	})
}
