package target

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// Files and links of others are overwritten when that is wanted, and come back
// as they were: content, mode and all.
func TestOverwriteAndRestore(t *testing.T) {
	t.Parallel()
	for name, before := range map[string]func(w *world){
		"nothing":  func(*world) {},
		"files":    func(w *world) { w.replaceAll(); must(w, os.Chmod(w.path(dir+"/key.pem"), 0o440)) },
		"one file": func(w *world) { w.write(dir+"/key.pem", "theirs", 0o604) },
		"links": func(w *world) {
			w.write("etc/mine/key.pem", "theirs", 0o600)
			w.symlink("../mine/key.pem", dir+"/key.pem")
			w.symlink(w.path("etc/mine/key.pem"), dir+"/cert.pem")
			w.symlink("nowhere", dir+"/chain.pem")
		},
		"ours and a file": func(w *world) { w.install(withoutChain(setOf(0))); w.write(dir+"/chain.pem", "theirs", 0o640) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEachDisk(t, func(t *testing.T, w *world) {
				before(w)
				tree := w.tree()
				w.preflight(overwriting(setOf(1)))
				w.install(overwriting(setOf(1)))
				w.serves(setOf(1))
				w.install(overwriting(setOf(2))) // the way back is still to the beginning
				w.serves(setOf(2))
				for range 2 {
					must(t, w.targets.Restore(context.Background(), w.device, setOf(2)))
					if got := w.tree(); got != tree {
						t.Errorf("restored\n%swant\n%s", got, tree)
					}
				}
				w.install(overwriting(setOf(1)))
				w.serves(setOf(1))
				for range 2 {
					must(t, w.targets.Settle(context.Background(), w.device, setOf(1)))
				}
				must(t, w.targets.Restore(context.Background(), w.device, setOf(1)))
				w.serves(setOf(1)) // once settled, there is no way back
				if n := w.versions(); n != 1 {
					t.Errorf("%d versions are kept, want 1", n)
				}
			})
		})
	}
}

// The way back leads to what was settled last, whatever died in between.
func TestPreviousIsTheLastSettled(t *testing.T) {
	t.Parallel()
	onEachDisk(t, func(t *testing.T, w *world) {
		w.install(restorable(setOf(1)))
		must(t, w.targets.Settle(context.Background(), w.device, setOf(1)))
		settled := w.tree()
		w.install(restorable(renamed(setOf(2))))
		w.install(restorable(withoutChain(setOf(3))))
		must(t, w.targets.Restore(context.Background(), w.device, setOf(3)))
		w.serves(setOf(1))
		if got := w.tree(); got != settled {
			t.Errorf("restored\n%swant\n%s", got, settled)
		}
	})
}

// An install that nobody will want to go back from keeps nothing.
func TestNotRestorable(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.install(setOf(1))
	w.install(restorable(setOf(2)))
	w.install(setOf(3))
	must(t, w.targets.Restore(context.Background(), w.device, setOf(3)))
	w.serves(setOf(3))
	if got := w.tree(); strings.Contains(got, previousLink) || w.versions() != 1 {
		t.Errorf("kept:\n%s", got)
	}
}

// What the way back led to was removed by hand: that is an error, and what is
// served stays.
func TestNothingToGoBackTo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.install(setOf(1))
	w.install(restorable(setOf(2)))
	home := dir + "/.clm/" + owner
	kept, err := os.Readlink(w.path(home + "/previous"))
	must(t, err)
	must(t, os.RemoveAll(w.path(home+"/"+kept)))
	w.fails(w.targets.Restore(context.Background(), w.device, setOf(2)), clm.KindFailed,
		`device "web-1": what was served before is gone: ROOT/`+home+`/v-* (somebody removed it; install the files that shall be served)`)
	w.serves(setOf(2))
	w.install(restorable(setOf(3)))
	must(t, w.targets.Restore(context.Background(), w.device, setOf(3)))
	w.serves(setOf(2))
}

// Overwriting does not reach what another connector keeps, nor folders.
func TestOverwriteHasLimits(t *testing.T) {
	t.Parallel()
	onEachDisk(t, func(t *testing.T, w *world) {
		w.install(ownedBy("other", setOf(0)))
		w.fails(w.targets.Install(context.Background(), w.device, overwriting(setOf(1))), clm.KindExists,
			`device "web-1": ROOT/etc/tls/cert.pem is kept by another connector (other)`+
				` (choose another name or directory for one of the two; if no connector of that id exists any more, delete these files on the device)`)
		w.remove(ownedBy("other", setOf(0)))
		must(t, os.MkdirAll(w.path(dir+"/key.pem"), 0o755))
		w.fails(w.targets.Install(context.Background(), w.device, overwriting(setOf(1))), clm.KindRefused,
			`device "web-1": ROOT/etc/tls/key.pem is neither a file nor a link (move it away, then try again)`)
	})
}

// Somebody puts a file in the place of a link after the install: the way back
// leaves it alone.
func TestRestoreLeavesNewFilesOfOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.install(setOf(1))
	w.install(restorable(setOf(2)))
	w.write(dir+"/chain.pem", "mine", 0o644)
	must(t, w.targets.Restore(context.Background(), w.device, setOf(2)))
	want := withoutChain(setOf(1))
	want.Files = append(want.Files[:2:2], clm.File{Name: "chain.pem", Content: []byte("mine")})
	w.serves(want)
}
