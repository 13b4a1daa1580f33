package target

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// order is what a child process is to do: this test binary, run once more.
type order struct {
	Root    string
	Sets    []clm.FileSet // installed one after the other
	Remove  bool          // instead of installing
	SSH     *clm.SSH      // the way there, if Root is not of this machine
	Login   *loginOrder
	Act     string // "restore", "settle"; in place of installing
	KillAt  int    // SIGKILL itself before this change of the disk
	MaxFile uint64 // RLIMIT_FSIZE
	Umask   int
}

// loginOrder is a login, which by itself never prints.
type loginOrder struct {
	Username string
	Key      []byte
}

const orderVariable = "CLM_TARGET_TEST_ORDER"

func TestMain(m *testing.M) {
	text := os.Getenv(orderVariable)
	if text == "" {
		code := m.Run()
		started.stop()
		os.Exit(code)
	}
	var o order
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		panic(err)
	}
	if err := o.obey(); err != nil {
		fmt.Print(err)
		os.Exit(1)
	}
}

func (o order) obey() error {
	o.limit()
	syscall.Umask(o.Umask)
	targets, ctx, done := bare(), context.Background(), 0
	if o.KillAt > 0 {
		targets = withHook(func(op, _ string, do func() error) error {
			if changes(op) {
				if done++; done == o.KillAt {
					_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
				}
			}
			return do()
		})
	}
	for _, set := range o.Sets {
		act := targets.Install
		switch {
		case o.Remove:
			act = targets.Remove
		case o.Act == "restore":
			act = targets.Restore
		case o.Act == "settle":
			act = targets.Settle
		}
		if err := act(ctx, o.device(), set); err != nil {
			return err
		}
	}
	return nil
}

func (o order) device() clm.Device {
	d := deviceAt(o.Root)
	if o.SSH != nil {
		way := *o.SSH
		way.Login = &clm.Login{Username: o.Login.Username, PrivateKey: o.Login.Key}
		d.SSH = &way
	}
	return d
}

func (o order) limit() {
	if o.MaxFile == 0 {
		return
	}
	signal.Ignore(syscall.SIGXFSZ) // so that the write fails, and does not kill
	limit := syscall.Rlimit{Cur: o.MaxFile, Max: o.MaxFile}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		panic(err)
	}
}

// command runs o in a process of its own.
func (o order) command(program string) *exec.Cmd {
	text, err := json.Marshal(o)
	if err != nil {
		panic(err)
	}
	cmd := exec.Command(program)
	cmd.Env = append(os.Environ(), orderVariable+"="+string(text), "GOMAXPROCS=1")
	return cmd
}

func self() string {
	program, err := os.Executable()
	if err != nil {
		panic(err)
	}
	return program
}

// kill -9 before every change of the disk, which is after every change before
// it. The survivors match by parsing, and the next run ends as if nothing had
// been.
func TestKill(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"first", "change", "all replaced", "shrink", "remove", "overwrite", "restore", "restore to nothing", "restore files of others", "settle"} {
		s := scenarios()[name]
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := s.undisturbed(t)
			w := newWorld(t)
			for n := 1; w.killed(s, n, want); n++ {
			}
		})
	}
}

// order is what a process does that shall do s, and die.
func (s scenario) order(w *world, killAt int) order {
	o := order{Root: w.root, Sets: []clm.FileSet{s.set}, Remove: s.remove && s.other == nil, Act: s.name, KillAt: killAt, Umask: 0o022}
	if way := w.device.SSH; way != nil {
		o.SSH, o.Login = way, &loginOrder{way.Login.Username, way.Login.PrivateKey}
	}
	return o
}

// killed runs s in a process that dies before its n-th change, and tells
// whether it had that many.
func (w *world) killed(s scenario, n int, want string) bool {
	w.Helper()
	w.empty()
	w.targets = withHook(noHook)
	s.before(w)
	before := w.served()
	o := s.order(w, n)
	out, err := o.command(self()).CombinedOutput()
	if err == nil {
		return false
	}
	if err.Error() != "signal: killed" {
		w.Fatalf("change %d: %v: %s", n, err, out)
	}
	if fault := w.inconsistent(s, before); fault != nil {
		w.Fatalf("killed before change %d: %v", n, fault)
	}
	must(w, s.act(w.targets, w.device))
	w.finished(s)
	if got := w.tree(); got != want {
		w.Fatalf("killed before change %d: after a second run\n%swant\n%s", n, got, want)
	}
	return true
}

// Two processes and two goroutines install different versions over and over.
// Whoever comes last wins, wholly.
func TestManyInstallers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var all sync.WaitGroup
	for v := range 2 {
		all.Go(func() {
			o := order{Root: w.root, Sets: repeated(15, setOf(v), setOf(v+1)), Umask: 0o022}
			if out, err := o.command(self()).CombinedOutput(); err != nil {
				t.Errorf("process %d: %v: %s", v, err, out)
			}
		})
		all.Go(func() {
			for _, set := range repeated(15, setOf(v+1), setOf(v+2)) {
				if err := w.targets.Install(context.Background(), w.device, set); err != nil {
					t.Errorf("goroutine %d: %v", v, err)
				}
			}
		})
	}
	all.Wait()
	got := w.served()
	if err := matching(got); err != nil || len(got) != 3 {
		t.Errorf("%v: %s", err, names(got))
	}
	if n := w.versions(); n != 1 {
		t.Errorf("%d versions are kept, want 1", n)
	}
}

func repeated(times int, sets ...clm.FileSet) []clm.FileSet {
	var all []clm.FileSet
	for range times {
		all = append(all, sets...)
	}
	return all
}

// Installing and removing at once ends in everything or in nothing; nobody
// fails because the other took a folder away.
func TestInstallersAndRemovers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var all sync.WaitGroup
	for v := range 4 {
		all.Go(func() {
			for i := range 40 {
				act := w.targets.Install
				if (i+v)%2 == 0 {
					act = w.targets.Remove
				}
				if err := act(context.Background(), w.device, setOf(v)); err != nil {
					t.Errorf("goroutine %d: %v", v, err)
				}
			}
		})
	}
	all.Wait()
	w.remove(setOf(0))
	if got := w.tree(); got != "" {
		t.Errorf("left behind:\n%s", got)
	}
}

// Somebody installs the set before one operation of an install and removes it
// before another, as far as the lock lets them. The install does not take what
// comes and goes for somebody else's, and nothing is left when all is over.
func TestOthersComeAndGoDuringAnInstall(t *testing.T) {
	t.Parallel()
	const early = 30 // operations: more than come before the lock
	for comes := 1; comes < early; comes++ {
		for goes := comes + 1; goes <= early; goes++ {
			w := newWorld(t)
			w.targets = withHook(w.interrupted(map[int]act{comes: bare().Install, goes: bare().Remove}))
			w.install(setOf(2))
			w.serves(setOf(2))
			w.remove(setOf(2))
			if got := w.tree(); got != "" {
				t.Fatalf("somebody came before operation %d and went before %d: left behind:\n%s", comes, goes, got)
			}
		}
	}
}

type act func(context.Context, clm.Device, clm.FileSet) error

// interrupted acts before the operations of those numbers. Whoever meets a lock
// gives up at once.
func (w *world) interrupted(acts map[int]act) hook {
	done := 0
	return func(_, _ string, do func() error) error {
		done++
		if act := acts[done]; act != nil {
			ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
			defer cancel()
			_ = act(ctx, w.device, setOf(1))
		}
		return do()
	}
}

// A limit on file sizes is a full disk that needs no privilege to make: the
// kernel itself refuses the write.
func TestRealFullDisk(t *testing.T) {
	t.Parallel()
	w := newDiskWorld(t)
	w.install(setOf(1))
	before := w.tree()
	o := order{Root: w.root, Sets: []clm.FileSet{setOf(2)}, MaxFile: 100, Umask: 0o022}
	out, err := o.command(self()).Output()
	if err == nil {
		t.Fatal("installed in spite of the limit")
	}
	want := `installing on device "web-1": writing ROOT/etc/tls/cert.pem: file too large` +
		` (the previous files are unchanged; raise the file size limit of this process, then try again)`
	if got := strings.ReplaceAll(string(out), w.root, "ROOT"); got != want {
		t.Errorf("got\n  %s\nwant\n  %s", got, want)
	}
	if got := w.tree(); got != before {
		t.Errorf("changed\n%sto\n%s", before, got)
	}
	w.install(setOf(2))
	w.serves(setOf(2))
}

// Modes are what the layout promises under any umask.
func TestUmask(t *testing.T) {
	t.Parallel()
	trees := map[string]bool{}
	for _, umask := range []int{0o000, 0o022, 0o077} {
		w := newWorld(t)
		o := order{Root: w.root, Sets: []clm.FileSet{setOf(1)}, Umask: umask}
		if out, err := o.command(self()).CombinedOutput(); err != nil {
			t.Fatalf("umask %o: %v: %s", umask, err, out)
		}
		trees[strings.ReplaceAll(w.tree(), owner+"/lock", "lock")] = true
	}
	if len(trees) != 1 {
		t.Errorf("the umask makes a difference: %v", trees)
	}
}

// A secret is never readable by others: not when its file appears, not when its
// first byte does, whatever the umask is.
func TestSecretFromTheFirstByte(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	looked := 0
	w.targets = withHook(func(op, name string, do func() error) error {
		err := do()
		if info, gone := os.Lstat(w.path(name)); gone == nil && strings.HasSuffix(name, "/key.pem") && info.Mode().IsRegular() {
			if looked++; info.Mode().Perm()&0o077 != 0 {
				t.Errorf("after %s the key's mode is %v", op, info.Mode())
			}
		}
		return err
	})
	w.install(setOf(1))
	w.install(setOf(2))
	if looked < 8 {
		t.Errorf("looked at the key only %d times", looked)
	}
}

// Permission bits stop an ordinary user, in words that say what to do. The tests
// may run as root, whom they do not stop: then a child runs as somebody else.
func TestPermissions(t *testing.T) {
	t.Parallel()
	program := publicCopy(t)
	for name, c := range map[string]struct {
		before func(w *world)
		text   string
	}{
		"root may not be entered": {
			func(w *world) { must(w, os.Chmod(w.root, 0o600)) },
			`device "web-1" cannot be used: its root directory ROOT may not be entered: permission denied` +
				` (let the user this process runs as read and enter it)`,
		},
		"directory may not be entered": {
			func(w *world) { must(w, os.MkdirAll(w.path(dir), 0o755)); must(w, os.Chmod(w.path("etc"), 0)) },
			`installing on device "web-1": entering ROOT/etc/tls: permission denied` +
				` (nothing was changed; let the user this process runs as write there, then try again)`,
		},
		"directory is read-only": {
			func(w *world) { must(w, os.MkdirAll(w.path(dir), 0o755)); must(w, os.Chmod(w.path(dir), 0o555)) },
			`installing on device "web-1": creating ROOT/etc/tls/.clm: permission denied` +
				` (nothing was changed; let the user this process runs as write there, then try again)`,
		},
		"root is read-only": {
			func(w *world) { must(w, os.Chmod(w.root, 0o555)) },
			`installing on device "web-1": creating ROOT/etc: permission denied` +
				` (nothing was changed; let the user this process runs as write there, then try again)`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c.before(w)
			w.giveAway()
			before := w.tree()
			out, err := asNobody(order{Root: w.root, Sets: []clm.FileSet{setOf(1)}, Umask: 0o022}.command(program)).Output()
			if err == nil {
				t.Error("installed in spite of the permissions")
			}
			if got := strings.ReplaceAll(string(out), w.root, "ROOT"); got != c.text {
				t.Errorf("got\n  %s\nwant\n  %s", got, c.text)
			}
			if got := w.tree(); got != before {
				t.Errorf("changed\n%sto\n%s", before, got)
			}
			for _, folder := range []string{"", "etc", dir} {
				_ = os.Chmod(w.path(folder), 0o755) // so that it can be cleaned up
			}
		})
	}
}

const nobody = 65534

// giveAway makes the device nobody's, if this process is root.
func (w *world) giveAway() {
	w.Helper()
	if os.Getuid() != 0 {
		return
	}
	must(w, filepath.WalkDir(w.root, func(path string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, nobody, nobody)
	}))
}

func asNobody(cmd *exec.Cmd) *exec.Cmd {
	if os.Getuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	cmd.Dir = "/"
	return cmd
}

// publicCopy is this binary where everybody may run it.
func publicCopy(t *testing.T) string {
	t.Helper()
	folder, err := os.MkdirTemp("", "clm-target-")
	must(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	must(t, os.Chmod(folder, 0o755))
	program := filepath.Join(folder, "test-"+strconv.Itoa(os.Getpid()))
	from, err := os.Open(self())
	must(t, err)
	defer from.Close()
	var content bytes.Buffer
	_, err = io.Copy(&content, from)
	must(t, err)
	must(t, os.WriteFile(program, content.Bytes(), 0o755))
	must(t, os.Chmod(program, 0o755))
	return program
}

// A name that is a pipe, or whatever waits for somebody, does not hang the one
// who looks.
func TestPipe(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	must(t, os.MkdirAll(w.path(dir), 0o755))
	must(t, syscall.Mkfifo(w.path(dir+"/key.pem"), 0o600))
	got, err := w.targets.Observe(context.Background(), w.device, names3())
	must(t, err)
	if key := got[1]; !key.Present || key.SHA256 != "" {
		t.Errorf("a pipe is seen as %+v", key)
	}
	w.fails(w.targets.Install(context.Background(), w.device, claiming(setOf(1))), clm.KindRefused,
		`device "web-1": ROOT/etc/tls/key.pem is neither a file nor a link (move it away, then try again)`)
}
