package target

import (
	"fmt"
	"sync"
	"testing"
)

// kill -9 of our process before every change that it makes on a device behind
// SSH, while a reader there opens key and certificate all the time. What the
// dead process held is free again, and the next run ends as if nothing had been.
func TestKillOverSSH(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"change", "restore", "overwrite one of two"} {
		s := scenarios()[name]
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, want := newSSHWorld(t), s.undisturbed(t)
			for n := 1; w.killed(s, n, want); n++ {
			}
		})
	}
}

// The same, with one process after the other dying at one place, so that the
// names never go away for the reader.
func TestReaderWhileInstallersDie(t *testing.T) {
	t.Parallel()
	w := newSSHWorld(t)
	w.install(setOf(0))
	stop := make(chan struct{})
	var reader sync.WaitGroup
	looks := 0
	reader.Go(func() { looks = until(stop, w.watchNames) })
	for n := 1; n <= 40; n++ {
		s := scenario{set: restorable(setOf(n % 3))}
		if n%4 == 0 {
			s = scenarios()["restore"]
		}
		out, err := s.order(w, n).command(self()).CombinedOutput()
		if err != nil && err.Error() != "signal: killed" {
			t.Errorf("process %d: %v: %s", n, err, out)
		}
	}
	close(stop)
	reader.Wait()
	if looks < 100 {
		t.Errorf("the reader saw the files only %d times", looks)
	}
	w.install(setOf(2))
	w.serves(setOf(2))
	if n := w.versions(); n != 1 {
		t.Errorf("%d versions are kept, want 1", n)
	}
}

// Each operation over SSH goes wrong, as on a local disk (see TestFaults).
func TestFaultsOverSSH(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"first", "change", "restore", "restore files and links of others", "settle"} {
		s := scenarios()[name]
		for _, f := range faults[1:] {
			t.Run(name+"/"+f.name, func(t *testing.T) {
				t.Parallel()
				s.breakEachIn(newSSHWorld(t), f, s.undisturbed(t))
			})
		}
	}
}

// Many install to one place at once, from here and from other processes, over
// SSH and beside it. Whoever comes last wins, wholly.
func TestManyInstallersOverSSH(t *testing.T) {
	t.Parallel()
	w := newSSHWorld(t)
	w.install(setOf(0))
	var all sync.WaitGroup
	for v := range 2 {
		all.Go(func() {
			o := scenario{set: setOf(v)}.order(w, 0)
			o.Sets = repeated(5, setOf(v), setOf(v+1))
			if out, err := o.command(self()).CombinedOutput(); err != nil {
				t.Errorf("process %d: %v: %s", v, err, out)
			}
		})
		for i := range 5 {
			all.Go(func() {
				if err := w.targets.Install(t.Context(), w.device, setOf(v+2)); err != nil {
					t.Error(fmt.Errorf("install %d: %w", i, err))
				}
			})
		}
	}
	all.Wait()
	got := w.served()
	if err := matching(got); err != nil || len(got) != 3 || w.versions() != 1 {
		t.Errorf("%v: %s", err, names(got))
	}
}
