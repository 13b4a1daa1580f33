package target

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// Every act refuses a device that is not there or cannot be used, in the same
// words.
func TestDevice(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		root func(w *world) string
		kind clm.Kind
		text string
	}{
		"missing": {
			func(w *world) string { return w.path("gone") }, clm.KindUnreachable,
			`device "web-1" does not answer: its root directory ROOT/gone does not exist` +
				` (mount or create it, or correct local.root_directory; it is never created for you)`,
		},
		"leads nowhere": {
			func(w *world) string { must(w, os.Symlink("gone", w.path("l"))); return w.path("l") }, clm.KindUnreachable,
			`device "web-1" does not answer: its root directory ROOT/l does not exist` +
				` (mount or create it, or correct local.root_directory; it is never created for you)`,
		},
		"file": {
			func(w *world) string { w.write("f", "x", 0o644); return w.path("f") }, clm.KindFailed,
			`device "web-1" cannot be used: its root directory ROOT/f is not a directory (correct local.root_directory)`,
		},
		"below a file": {
			func(w *world) string { w.write("f", "x", 0o644); return w.path("f/g") }, clm.KindFailed,
			`device "web-1" cannot be used: its root directory ROOT/f/g is not a directory (correct local.root_directory)`,
		},
		"circle": {
			func(w *world) string { must(w, os.Symlink("l", w.path("l"))); return w.path("l") }, clm.KindFailed,
			`device "web-1" cannot be used: opening its root directory ROOT/l: too many levels of symbolic links` +
				` (see to the folder or correct local.root_directory, then try again)`,
		},
		"empty": {
			func(*world) string { return "" }, clm.KindInvalid,
			`the root directory of device "web-1" is empty`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.device = deviceAt(c.root(w))
			for act, err := range w.everyAct(setOf(1)) {
				t.Run(act, func(t *testing.T) {
					w := *w
					w.T = t
					w.fails(err, c.kind, c.text)
				})
			}
		})
	}
}

func (w *world) everyAct(set clm.FileSet) map[string]error {
	ctx := context.Background()
	_, observed := w.targets.Observe(ctx, w.device, set)
	return map[string]error{
		"check":     w.targets.Check(ctx, w.device),
		"preflight": w.targets.Preflight(ctx, w.device, set),
		"observe":   observed,
		"install":   w.targets.Install(ctx, w.device, set),
		"remove":    w.targets.Remove(ctx, w.device, set),
	}
}

// A device without a way to it is a mistake in the request, not a crash.
func TestNoWay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.device.Local = nil
	for _, err := range w.everyAct(setOf(1)) {
		w.fails(err, clm.KindInvalid, `device "web-1" has no way to be reached (set local = { root_directory = … })`)
	}
}

// The root directory itself may be a link: it is the user's word where the
// device is.
func TestRootMayBeALink(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	link := filepath.Join(t.TempDir(), "link")
	must(t, os.Symlink(w.root, link))
	w.device = deviceAt(link)
	must(t, w.targets.Check(context.Background(), w.device))
	w.install(setOf(1))
	w.serves(setOf(1))
}

// A relative root directory is one below where the process runs.
func TestRelativeRoot(t *testing.T) {
	w := newWorld(t)
	t.Chdir(filepath.Dir(w.root))
	w.device = deviceAt(filepath.Base(w.root))
	w.install(setOf(1))
	w.serves(setOf(1))
	w.device = deviceAt("gone")
	w.root = filepath.Dir(w.root)
	w.fails(w.targets.Check(context.Background(), w.device), clm.KindUnreachable,
		`device "web-1" does not answer: its root directory ROOT/gone does not exist`+
			` (mount or create it, or correct local.root_directory; it is never created for you)`)
}

// A mount whose other end is gone is a device that is not there.
func TestMountIsAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.targets = withHook(func(_, _ string, _ func() error) error { return errno("stale file handle") })
	for _, err := range w.everyAct(setOf(1)) {
		w.fails(err, clm.KindUnreachable,
			`device "web-1" does not answer: opening its root directory ROOT: stale file handle (see to the mount)`)
	}
}
