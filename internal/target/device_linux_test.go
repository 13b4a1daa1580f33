package target

import (
	"context"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/sshd"
)

// small puts the world on a file system of its own, of so many bytes.
func (w *world) small(size string) {
	w.Helper()
	info, err := os.Stat(w.root)
	must(w, err)
	stat := info.Sys().(*syscall.Stat_t)
	must(w, syscall.Mount("clm-test", w.root, "tmpfs", 0, "size="+size+",mode=0755"))
	w.Cleanup(func() { _ = syscall.Unmount(w.root, syscall.MNT_DETACH) })
	must(w, os.Chown(w.root, int(stat.Uid), int(stat.Gid)))
}

// A disk that is really full, and one that is really read-only, are called so on
// every way, and change nothing.
func TestFullAndReadOnly(t *testing.T) {
	t.Parallel()
	large := setOf(2)
	large.Files[0].Content = []byte(strings.Repeat("x", 200_000))
	for way, open := range ways() {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			w := open(t)
			w.small("128k")
			w.install(setOf(1))
			before := w.tree()
			w.fails(w.targets.Preflight(context.Background(), w.device, large), clm.KindFailed, `preparing device "web-1": trying to write in ROOT/etc/tls/.clm/`+owner+
				`: no space left on device (nothing was changed; free space on the disk, then try again)`)
			w.fails(w.targets.Install(context.Background(), w.device, large), clm.KindFailed, `installing on device "web-1": writing ROOT/etc/tls/cert.pem`+
				`: no space left on device (the previous files are unchanged; free space on the disk, then try again)`)
			must(t, syscall.Mount("", w.root, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""))
			for act, err := range map[string]error{
				"preparing":  w.targets.Preflight(context.Background(), w.device, setOf(2)),
				"installing": w.targets.Install(context.Background(), w.device, setOf(2)),
			} {
				if err == nil || clm.KindOf(err) != clm.KindFailed || !strings.Contains(err.Error(), `device "web-1"`) || !strings.HasPrefix(err.Error(), act) || !strings.Contains(err.Error(), "read-only file system") ||
					!strings.Contains(err.Error(), "make the file system writable, then try again") {
					t.Errorf("%s on a read-only disk: %v", act, err)
				}
			}
			if got := w.tree(); got != before {
				t.Errorf("changed\n%sto\n%s", before, got)
			}
		})
	}
}

// Permission bits stop the account on the device, in words that say what to do.
func TestAccountMayNot(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		before func(w *world)
		text   string
	}{
		"enter": {func(w *world) { must(w, os.Chmod(w.path("etc"), 0)) }, `entering ROOT/etc/tls: permission denied`},
		"write": {func(w *world) { must(w, os.Chmod(w.path(dir), 0o555)) }, `creating ROOT/etc/tls/.clm: permission denied`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newSSHWorld(t)
			must(t, os.MkdirAll(w.path(dir), 0o755))
			c.before(w)
			w.fails(w.targets.Install(context.Background(), w.device, setOf(1)), clm.KindFailed, `installing on device "web-1": `+c.text+
				` (nothing was changed; let the account write there, or set ssh.sudo = true, then try again)`)
			must(t, os.Chmod(w.path("etc"), 0o755))
			must(t, os.Chmod(w.path(dir), 0o755))
			if got, want := w.tree(), "drwxr-xr-x etc\ndrwxr-xr-x etc/tls\n"; got != want {
				t.Errorf("left\n%swant\n%s", got, want)
			}
		})
	}
}

// With sudo everything is done as root: the files, the locks and the scripts.
func TestSudo(t *testing.T) {
	t.Parallel()
	w := ways()["sudo"](t)
	must(t, os.MkdirAll(w.path(dir), 0o755))
	must(t, os.Chown(w.root, 0, 0))
	must(t, os.Chmod(w.root, 0o700))
	w.preflight(setOf(1))
	w.install(restorable(setOf(1)))
	w.serves(setOf(1))
	for _, name := range []string{"/key.pem", "/.clm/" + owner + "/lock"} {
		if got := w.ids(dir + name); got != "0:0 0600" {
			t.Errorf("%s is %s", name, got)
		}
	}
	got, err := w.targets.Run(context.Background(), w.device, clm.Script{Inline: "id -un"})
	if err != nil || got.Output != "root\n" {
		t.Errorf("a script ran as %q, %v", got.Output, err)
	}
	must(t, w.targets.Restore(context.Background(), w.device, setOf(1)))
	if got, want := w.tree(), "drwxr-xr-x etc\ndrwxr-xr-x etc/tls\n"; got != want {
		t.Errorf("left\n%swant\n%s", got, want)
	}
}

// A server that lacks something says what.
func TestPoorServers(t *testing.T) {
	t.Parallel()
	u := theMachine().plain
	for name, c := range map[string]struct {
		settings []string
		sudo     bool
		check    string // the error of Check, "" when there is none
		install  string
	}{
		"no SFTP": {nil, false, `refuses to start subsystem sftp (the account needs both SFTP and a shell: no ForceCommand, no ChrootDirectory, and the sftp subsystem)`, ``},
		"files only": {[]string{sshd.InternalSFTP, "ForceCommand internal-sftp"}, false, ``,
			`does the account have a shell?`},
		"one session": {[]string{sshd.InternalSFTP, "MaxSessions 1"}, false, ``,
			`refuses a session: ssh: rejected: connect failed ("open failed") (let MaxSessions in its sshd_config be 10, as it is by default)`},
		"sudo wants a password": {[]string{sshd.InternalSFTP}, true,
			`as root: sudo: a password is required (let the account use sudo without a password, in a file of /etc/sudoers.d: ACCOUNT ALL=(root) NOPASSWD: ALL)`, ``},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t).behind(sshd.Start(t, []*sshd.User{u}, c.settings...), u)
			w.device.SSH.Sudo = c.sudo
			w.alone(usual)
			says(t, w.targets.Check(context.Background(), w.device), c.check)
			says(t, w.targets.Preflight(context.Background(), w.device, setOf(1)), c.check+c.install)
			if c.install != "" {
				says(t, w.targets.Install(context.Background(), w.device, setOf(1)), c.install)
			}
			if got := w.served(); len(got) > 0 {
				t.Errorf("served: %s", names(got))
			}
		})
	}
}

func says(t *testing.T, err error, words string) {
	t.Helper()
	switch {
	case err == nil && words == "":
	case err == nil || words == "" || clm.KindOf(err) != clm.KindFailed || !strings.Contains(err.Error(), `device "web-1"`) || !strings.Contains(err.Error(), words):
		t.Errorf("kind %s: %v\nwant %q", clm.KindOf(err), err, words)
	}
}

// The separate program that serves files does the same as the one inside sshd.
func TestExternalServer(t *testing.T) {
	t.Parallel()
	u := theMachine().plain
	w := newWorld(t).behind(sshd.Start(t, []*sshd.User{u}, sshd.ExternalSFTP), u)
	for v := range 3 {
		w.preflight(setOf(v))
		w.install(restorable(setOf(v)))
		w.serves(setOf(v))
		must(t, w.targets.Settle(context.Background(), w.device, setOf(v)))
	}
	w.remove(setOf(0))
	if got := w.tree(); got != "" {
		t.Errorf("left behind:\n%s", got)
	}
}

// The lock is not taken through a link that somebody laid.
func TestLockIsNoLink(t *testing.T) {
	t.Parallel()
	w := newSSHWorld(t)
	w.install(setOf(1))
	lock := dir + "/.clm/" + owner + "/lock"
	must(t, os.Remove(w.path(lock)))
	w.symlink(w.path("victim"), lock)
	w.fails(w.targets.Install(context.Background(), w.device, setOf(2)), clm.KindFailed, `installing on device "web-1": locking ROOT/`+lock+
		`: it is a symbolic link (nothing was changed; see to the disk, then try again)`)
	if _, err := os.Lstat(w.path("victim")); err == nil {
		t.Error("the lock was made where the link leads")
	}
	w.serves(setOf(1))
}
