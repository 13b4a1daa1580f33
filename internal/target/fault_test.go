package target

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// scenario is a device in some state, and what is done to it.
type scenario struct {
	before func(w *world)
	set    clm.FileSet
	remove bool
	// other is what is done when it is neither to install nor to remove; the set is
	// what is served then.
	other func(h hands, ctx context.Context, d clm.Device, set clm.FileSet) error
	name  string // of other: "restore" or "settle"
}

// scenarios cover every path through Install and Remove that changes anything.
func scenarios() map[string]scenario {
	home := dir + "/.clm/" + owner
	return map[string]scenario{
		"first":         {before: func(*world) {}, set: setOf(2)},
		"change":        {before: func(w *world) { w.install(setOf(1)) }, set: setOf(2)},
		"same":          {before: func(w *world) { w.install(setOf(2)) }, set: setOf(2)},
		"grow":          {before: func(w *world) { w.install(withoutChain(setOf(1))) }, set: setOf(2)},
		"shrink":        {before: func(w *world) { w.install(setOf(1)) }, set: withoutChain(setOf(2))},
		"rename":        {before: func(w *world) { w.install(setOf(1)) }, set: renamed(setOf(2))},
		"link deleted":  {before: func(w *world) { w.install(setOf(1)); w.removeAll("key.pem") }, set: setOf(2)},
		"link restored": {before: func(w *world) { w.install(setOf(2)); w.removeAll("key.pem") }, set: setOf(2)},
		"one replaced": {before: func(w *world) {
			w.install(setOf(1))
			w.write(dir+"/key.pem", string(pairs()[1].key), 0o644)
		}, set: claiming(setOf(2))},
		"one replaced, same set": {before: func(w *world) {
			w.install(setOf(2))
			w.write(dir+"/key.pem", string(pairs()[2].key), 0o644)
		}, set: claiming(setOf(2))},
		"all replaced":            {before: func(w *world) { w.install(setOf(1)); w.replaceAll() }, set: claiming(setOf(2))},
		"replaced without chain":  {before: func(w *world) { w.install(setOf(1)); w.replaceAll(); w.removeAll("chain.pem") }, set: claiming(setOf(2))},
		"all replaced, none ours": {before: func(w *world) { w.replaceAll() }, set: claiming(setOf(2))},
		"linked elsewhere": {before: func(w *world) {
			w.install(setOf(1))
			w.write("etc/mine/key.pem", string(pairs()[1].key), 0o600)
			w.relink("key.pem", "../mine/key.pem")
		}, set: claiming(setOf(2))},
		"private gone":       {before: func(w *world) { w.install(setOf(1)); must(w, os.RemoveAll(w.path(dir+"/.clm"))) }, set: setOf(2)},
		"current gone":       {before: func(w *world) { w.install(setOf(1)); must(w, os.Remove(w.path(home+"/current"))) }, set: setOf(2)},
		"current a folder":   {before: func(w *world) { w.install(setOf(1)); w.folderAt(home + "/current") }, set: setOf(2)},
		"leftovers":          {before: func(w *world) { w.install(setOf(1)); w.leftovers() }, set: setOf(2)},
		"restorable, first":  {before: func(*world) {}, set: restorable(setOf(2))},
		"restorable, change": {before: func(w *world) { w.install(withoutChain(setOf(1))) }, set: restorable(setOf(2))},
		"restorable, again": {before: func(w *world) {
			w.install(setOf(0))
			w.install(restorable(renamed(setOf(1))))
		}, set: restorable(setOf(2))},
		"overwrite": {before: func(w *world) { w.replaceAll() }, set: overwriting(setOf(2))},
		"overwrite one of two": {before: func(w *world) {
			w.install(setOf(1))
			w.write(dir+"/key.pem", string(pairs()[1].key), 0o644)
			w.write("etc/mine/chain.pem", string(pairs()[1].chain), 0o600)
			w.relink("chain.pem", "../mine/chain.pem")
		}, set: overwriting(setOf(2))},
		"restore to nothing":  {before: func(w *world) { w.install(restorable(setOf(1))) }, set: setOf(1), remove: true, other: hands.Restore, name: "restore"},
		"restore":             {before: func(w *world) { w.install(setOf(1)); w.install(restorable(setOf(2))) }, set: setOf(1), other: hands.Restore, name: "restore"},
		"restore with others": {before: func(w *world) { w.install(setOf(1)); w.install(restorable(withoutChain(renamed(setOf(2))))) }, set: setOf(1), other: hands.Restore, name: "restore"},
		"restore of two": {before: func(w *world) {
			w.install(setOf(1))
			w.install(restorable(setOf(2)))
			w.install(restorable(renamed(setOf(0))))
		}, set: setOf(1), other: hands.Restore, name: "restore"},
		"restore files of others": {before: func(w *world) { w.replaceAll(); w.install(overwriting(setOf(2))) }, set: setOf(3), other: hands.Restore, name: "restore"},
		"restore files and links of others": {before: func(w *world) {
			w.install(setOf(1))
			w.write(dir+"/key.pem", string(pairs()[1].key), 0o640)
			w.write("etc/mine/chain.pem", string(pairs()[1].chain), 0o600)
			w.relink("chain.pem", "../mine/chain.pem")
			w.install(overwriting(setOf(2)))
		}, set: setOf(1), other: hands.Restore, name: "restore"},
		"restore nothing":    {before: func(w *world) { w.install(setOf(1)) }, set: setOf(1), other: hands.Restore, name: "restore"},
		"settle":             {before: func(w *world) { w.install(setOf(1)); w.install(restorable(setOf(2))) }, set: setOf(2), other: hands.Settle, name: "settle"},
		"settle first":       {before: func(w *world) { w.install(restorable(setOf(2))) }, set: setOf(2), other: hands.Settle, name: "settle"},
		"settle overwritten": {before: func(w *world) { w.replaceAll(); w.install(overwriting(setOf(2))) }, set: setOf(2), other: hands.Settle, name: "settle"},
		"remove":             {before: func(w *world) { w.install(setOf(1)) }, set: setOf(1), remove: true},
		"remove, replaced":   {before: func(w *world) { w.install(setOf(1)); w.replaceAll() }, set: claiming(setOf(1)), remove: true},
		"remove, foreign in": {before: func(w *world) { w.install(setOf(1)); w.write("etc/motd", "hi", 0o644) }, set: setOf(1), remove: true},
	}
}

func restorable(set clm.FileSet) clm.FileSet {
	set.Restorable = true
	return set
}

func overwriting(set clm.FileSet) clm.FileSet {
	set.Overwrite = true
	return restorable(set)
}

func renamed(set clm.FileSet) clm.FileSet {
	set.Files = slices.Clone(set.Files)
	set.Files[0].Name = "crt.pem"
	return set
}

func (s scenario) act(t hands, d clm.Device) error {
	if s.other != nil {
		return s.other(t, context.Background(), d, s.set)
	}
	if s.remove {
		return t.Remove(context.Background(), d, s.set)
	}
	return t.Install(context.Background(), d, s.set)
}

// withHook is a way to the same devices with a hook in front of the disk. What
// is made durable when is not its business, so syncing is only pretended.
func withHook(h hook) hands {
	return hooked(func(op, name string, do func() error) error {
		if op == "sync" || op == "syncdir" {
			do = func() error { return nil }
		}
		return h(op, name, do)
	})
}

var noHook = func(_, _ string, do func() error) error { return do() }

// The invariant, at every instant: after each single operation of each
// scenario, whoever reads the names finds what was there before or files of one
// version; and what was there and is still wanted never goes away for a moment.
func TestEveryInstant(t *testing.T) {
	t.Parallel()
	for name, s := range scenarios() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEachDisk(t, func(t *testing.T, w *world) {
				w.targets = withHook(noHook)
				s.before(w)
				before := w.served()
				w.targets = withHook(func(op, file string, do func() error) error {
					err := do()
					if fault := w.inconsistent(s, before); changes(op) && fault != nil {
						t.Errorf("after %s %s: %v", op, file, fault)
					}
					return err
				})
				must(t, s.act(w.targets, w.device))
				w.finished(s)
			})
		})
	}
}

// inconsistent says what is wrong with what is served in the middle of s.
func (w *world) inconsistent(s scenario, before map[string]string) error {
	got := w.served()
	if equal(got, before) {
		return nil
	}
	if s.remove && len(s.set.Claimed) == 0 && len(got) > 0 {
		return fmt.Errorf("the names do not go together: %s", names(got))
	}
	if err := matching(got); err != nil && !(s.remove && within(got, before)) {
		return fmt.Errorf("%w: %s", err, names(got))
	}
	for _, f := range s.set.Files {
		if before[f.Name] != "" && got[f.Name] == "" && !s.remove {
			return fmt.Errorf("%s is gone: %s", f.Name, names(got))
		}
	}
	return nil
}

func within(got, before map[string]string) bool {
	for name, content := range got {
		if before[name] != content {
			return false
		}
	}
	return true
}

func (w *world) finished(s scenario) {
	w.Helper()
	if s.remove {
		w.serves(clm.FileSet{})
		return
	}
	w.serves(s.set)
}

// Where the system allows no second name for a file, it is copied, and nobody
// sees a difference.
func TestEveryInstantWithoutHardLinks(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"one replaced", "all replaced", "all replaced, none ours"} {
		s := scenarios()[name]
		w := newWorld(t)
		w.targets = withHook(noHook)
		s.before(w)
		before := w.served()
		w.targets = withHook(func(op, file string, do func() error) error {
			if op == "link" {
				return errno("operation not permitted")
			}
			err := do()
			if fault := w.inconsistent(s, before); changes(op) && fault != nil {
				t.Errorf("%s: after %s %s: %v", name, op, file, fault)
			}
			w.secretive(op, file)
			return err
		})
		must(t, s.act(w.targets, w.device))
		w.finished(s)
		if got, want := w.tree(), s.undisturbed(t); got != want {
			t.Errorf("%s: got\n%swant\n%s", name, got, want)
		}
	}
}

// secretive checks that no version shows its key to others.
func (w *world) secretive(op, file string) {
	w.Helper()
	keys, err := filepath.Glob(w.path(dir + "/.clm/" + owner + "/v-*/key.pem"))
	must(w, err)
	for _, key := range keys {
		info, err := os.Lstat(key)
		if err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o077 != 0 {
			w.Errorf("after %s %s the mode of %s is %v", op, file, key, info.Mode())
		}
	}
}

// fault is one way in which an operation goes wrong.
type fault struct {
	name    string
	applied bool // it had its effect all the same
	forever bool // and so does every operation after it: the process is dead
}

var faults = []fault{
	{name: "fails"},
	{name: "fails but applied", applied: true},
	{name: "dies", forever: true},
}

// at makes the hook that goes wrong at the n-th operation that the fault can
// make a difference for. It tells through count how many there were.
func (f fault) at(n int, count *int) hook {
	return func(op, _ string, do func() error) error {
		if (f.applied || f.forever) && !changes(op) && (*count < n || !f.forever) {
			return do()
		}
		*count++
		switch {
		case *count < n, *count > n && !f.forever:
			return do()
		case f.applied:
			_ = do()
		}
		return syscall.ENOSPC
	}
}

// Each operation of each scenario goes wrong, in each way. What is served then
// is wholly the old or wholly the new, an error is told as one, and a second run
// ends exactly as one that was never disturbed.
func TestFaults(t *testing.T) {
	t.Parallel()
	for name, s := range scenarios() {
		for _, f := range faults {
			t.Run(name+"/"+f.name, func(t *testing.T) {
				t.Parallel()
				s.breakEach(t, f, s.undisturbed(t))
			})
		}
	}
}

func (s scenario) undisturbed(t *testing.T) string {
	w := newWorld(t)
	w.targets = withHook(noHook)
	s.before(w)
	must(t, s.act(w.targets, w.device))
	return w.tree()
}

func (s scenario) breakEach(t *testing.T, f fault, want string) {
	s.breakEachIn(newWorld(t), f, want)
}

func (s scenario) breakEachIn(w *world, f fault, want string) {
	t := w.T
	w.targets = withHook(noHook)
	for n := 1; ; n++ {
		w.empty()
		s.before(w)
		before, count := w.served(), 0
		err := s.act(withHook(f.at(n, &count)), w.device)
		if count < n {
			must(t, err)
			return
		}
		w.survived(s, before, err, fmt.Sprintf("operation %d", n))
		must(t, s.act(w.targets, w.device))
		w.finished(s)
		if got := w.tree(); got != want {
			t.Fatalf("operation %d: after a second run\n%swant\n%s", n, got, want)
		}
	}
}

// A first install that fails takes back every folder it made.
func TestFailedFirstInstallLeavesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for n := 1; ; n++ {
		w.empty()
		count := 0
		err := scenarios()["first"].act(withHook(faults[0].at(n, &count)), w.device)
		if count < n {
			must(t, err)
			return
		}
		if got := w.tree(); got != "" && len(w.served()) == 0 {
			t.Errorf("operation %d: %v\nleft behind:\n%s", n, err, got)
		}
	}
}

// survived checks what a run that was disturbed left, and what it said.
func (w *world) survived(s scenario, before map[string]string, err error, where string) {
	w.Helper()
	if fault := w.inconsistent(s, before); fault != nil {
		w.Fatalf("%s: %v\nafter: %v", where, fault, err)
	}
	if err == nil {
		return
	}
	if kind := clm.KindOf(err); kind != clm.KindFailed {
		w.Fatalf("%s: kind %s of %v", where, kind, err)
	}
	if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), w.root) || !strings.Contains(err.Error(), "try again)") {
		w.Fatalf("%s: the error says too little: %v", where, err)
	}
	w.truthful(s, before, err, where)
}

// truthful holds the error to what it says about the state of things.
func (w *world) truthful(s scenario, before map[string]string, err error, where string) {
	w.Helper()
	got, text := w.served(), err.Error()
	switch {
	case strings.Contains(text, nothingServed):
		if len(got) > 0 {
			w.Fatalf("%s: %v, but %s are there", where, err, names(got))
		}
	case strings.Contains(text, nothingChanged), strings.Contains(text, previousServed):
		if !within(before, got) {
			w.Fatalf("%s: %v, but %s were replaced by %s", where, err, names(before), names(got))
		}
	case strings.Contains(text, newServed):
		for _, f := range s.set.Files {
			if got[f.Name] != string(f.Content) {
				w.Fatalf("%s: %v, but %s is not the new one", where, err, f.Name)
			}
		}
	}
}

// The order of the writes is the design. Every file is durable before the
// switch, the switch is one rename, and nothing old goes before the new is
// durable.
func TestOrder(t *testing.T) {
	t.Parallel()
	onEachDisk(t, func(t *testing.T, w *world) {
		w.install(withoutChain(setOf(1)))
		var trace []string
		w.targets = withHook(func(op, name string, do func() error) error {
			if changes(op) {
				trace = append(trace, op+" "+strings.ReplaceAll(randomName.ReplaceAllString(name, "v-*"), dir+"/.clm/"+owner, "HOME"))
			}
			return do()
		})
		w.install(setOf(2))
		for i, line := range trace {
			trace[i] = nextName.ReplaceAllString(line, "next-*")
		}
		want := `lock HOME/lock
mkdir HOME/v-*
chmod HOME/v-*
create HOME/v-*/cert.pem
fchmod HOME/v-*/cert.pem
write HOME/v-*/cert.pem
sync HOME/v-*/cert.pem
close HOME/v-*/cert.pem
create HOME/v-*/key.pem
fchmod HOME/v-*/key.pem
write HOME/v-*/key.pem
sync HOME/v-*/key.pem
close HOME/v-*/key.pem
create HOME/v-*/chain.pem
fchmod HOME/v-*/chain.pem
write HOME/v-*/chain.pem
sync HOME/v-*/chain.pem
close HOME/v-*/chain.pem
chmod HOME/v-*
syncdir HOME/v-*
symlink etc/tls/chain.pem
syncdir etc/tls
syncdir HOME
symlink HOME/next-*
rename HOME/current
syncdir HOME
removeall HOME/v-*`
		if got := strings.Join(trace, "\n"); got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	})
}
