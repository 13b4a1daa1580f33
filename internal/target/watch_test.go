package target

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

const switches = 200

// While versions switch, whoever resolves current once finds one version in
// it, and whoever reads the names with current unchanged around it finds one
// version too.
func TestWatchers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.install(setOf(0))
	stop := make(chan struct{})
	var watchers sync.WaitGroup
	var folders, publics, observed int
	watchers.Go(func() { folders = until(stop, w.watchFolder) })
	watchers.Go(func() { publics = until(stop, w.watchNames) })
	watchers.Go(func() { observed = until(stop, w.watchObserve) })
	for i := range switches {
		w.install(setOf(i % 3))
	}
	close(stop)
	watchers.Wait()
	if folders == 0 || publics == 0 || observed == 0 {
		t.Errorf("saw too little: %d, %d, %d", folders, publics, observed)
	}
}

// The first look is taken without the lock: what another process installs in
// the middle of it is not foreign.
func TestAnotherInstallsMeanwhile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var once sync.Once
	slow := withHook(func(op, name string, do func() error) error {
		err := do()
		if op == "readdir" && name == dir {
			once.Do(func() { w.install(setOf(1)) })
		}
		return err
	})
	must(t, os.MkdirAll(w.path(dir), 0o755))
	must(t, slow.Install(context.Background(), w.device, setOf(2)))
	w.serves(setOf(2))
}

// until looks again and again, and tells how often a look was a whole one.
func until(stop chan struct{}, look func() bool) int {
	whole := 0
	for {
		if look() {
			whole++
		}
		select {
		case <-stop:
			if look() {
				whole++
			}
			return whole
		default:
		}
	}
}

func (w *world) currentTarget() string {
	target, err := os.Readlink(w.path(dir + "/.clm/" + owner + "/current"))
	if err != nil {
		w.Errorf("current: %v", err)
	}
	return target
}

// watchFolder reads the version that current says. It may be removed in the
// middle, by the next install but one; then the look does not count.
func (w *world) watchFolder() bool {
	folder := w.path(dir + "/.clm/" + owner + "/" + w.currentTarget())
	got := map[string]string{}
	for _, name := range []string{"cert.pem", "key.pem", "chain.pem"} {
		content, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			return false
		}
		got[name] = string(content)
	}
	if err := matching(got); err != nil {
		w.Errorf("in one version: %v", err)
	}
	return true
}

func (w *world) watchNames() bool {
	before := w.currentTarget()
	got := w.served()
	if before != w.currentTarget() {
		return false
	}
	if err := matching(got); err != nil || len(got) != 3 {
		w.Errorf("through the names: %v: %s", err, names(got))
	}
	return true
}

// watchObserve needs no such care: Observe takes it.
func (w *world) watchObserve() bool {
	got, err := w.targets.Observe(context.Background(), w.device, names3WithKey())
	if err != nil {
		w.Errorf("Observe: %v", err)
		return false
	}
	files := map[string]string{}
	for _, f := range got {
		files[f.Name] = string(f.Content)
	}
	if err := matching(files); err != nil || files["key.pem"] == "" {
		w.Errorf("Observe: %v: %s", err, names(files))
	}
	return true
}

// names3WithKey has the key's content shown, so that it can be matched.
func names3WithKey() clm.FileSet {
	set := names3()
	set.Files[1].Secret = false
	return set
}
