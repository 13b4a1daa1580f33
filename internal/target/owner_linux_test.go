package target

import (
	"context"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// asRoot are the ways on which files can be given to others.
func asRoot() map[string]func(t *testing.T) *world {
	all := ways()
	delete(all, "ssh")
	return all
}

// owned is a set whose key belongs to a user and a group, which may read it.
func owned(v int) clm.FileSet {
	set := setOf(v)
	set.User, set.Group, set.SecretMode = theMachine().plain.Name, "www-data", 0o640
	return set
}

func wwwData(t *testing.T) int {
	t.Helper()
	group, err := user.LookupGroup("www-data")
	must(t, err)
	gid, err := strconv.Atoi(group.Gid)
	must(t, err)
	return gid
}

// ids tells who owns a file, and its mode.
func (w *world) ids(name string) string {
	w.Helper()
	info, err := os.Stat(w.path(name))
	must(w, err)
	stat := info.Sys().(*syscall.Stat_t)
	return fmt.Sprintf("%d:%d %#o", stat.Uid, stat.Gid, info.Mode().Perm())
}

// Files belong to whom the set says, and are put right when they do not.
func TestOwnership(t *testing.T) {
	t.Parallel()
	for way, open := range asRoot() {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			w, gid := open(t), wwwData(t)
			uid := theMachine().plain.UID
			w.preflight(owned(1))
			w.install(owned(1))
			w.serves(setOf(1))
			key, cert := fmt.Sprintf("%d:%d 0640", uid, gid), fmt.Sprintf("%d:%d 0644", uid, gid)
			if got := w.ids(dir + "/key.pem"); got != key {
				t.Errorf("the key is %s, want %s", got, key)
			}
			if got := w.ids(dir + "/cert.pem"); got != cert {
				t.Errorf("the certificate is %s, want %s", got, cert)
			}
			must(t, os.Chown(w.path(dir+"/key.pem"), uid, 0))
			w.install(owned(1))
			if got := w.ids(dir + "/key.pem"); got != key {
				t.Errorf("put right, the key is %s, want %s", got, key)
			}
			set := owned(2)
			set.User, set.SecretMode = "", 0
			w.install(set)
			if got, want := w.ids(dir+"/key.pem"), fmt.Sprintf("0:%d 0600", gid); got != want {
				t.Errorf("with a group alone, the key is %s, want %s", got, want)
			}
		})
	}
}

// Observe calls a key exposed when anybody may read it who is not meant to.
func TestExposed(t *testing.T) {
	t.Parallel()
	gid := wwwData(t)
	uid := theMachine().plain.UID
	for name, c := range map[string]struct {
		change  func(key string) error
		exposed bool
	}{
		"as wanted":         {func(string) error { return nil }, false},
		"narrower":          {func(key string) error { return os.Chmod(key, 0o600) }, false},
		"others may read":   {func(key string) error { return os.Chmod(key, 0o644) }, true},
		"group may write":   {func(key string) error { return os.Chmod(key, 0o660) }, true},
		"another group may": {func(key string) error { return os.Chown(key, uid, gid+1) }, true},
		"another user may":  {func(key string) error { return os.Chown(key, uid+1, gid) }, true},
	} {
		for way, open := range asRoot() {
			t.Run(name+"/"+way, func(t *testing.T) {
				t.Parallel()
				w := open(t)
				w.install(owned(1))
				must(t, c.change(w.path(dir+"/key.pem")))
				set := owned(1)
				set.Files = set.Files[1:2]
				got, err := w.targets.to(w.device).Observe(context.Background(), w.device, below(w.device, set))
				must(t, err)
				if got[0].Exposed != c.exposed || got[0].SHA256 != digest(pairs()[1].key) {
					t.Errorf("got %+v", got[0])
				}
			})
		}
	}
}

// At no instant may anybody read a key who is not meant to, from when its file
// is made: not its first owner's group, and nobody through a folder that is open.
func TestOwnedSecretFromTheFirstByte(t *testing.T) {
	t.Parallel()
	gid := wwwData(t)
	for way, open := range ways() {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			w := open(t)
			set, looked := owned(1), 0
			if way == "ssh" {
				set.User, set.Group = "", ""
			}
			w.targets = withHook(func(op, name string, do func() error) error {
				err := do()
				info, gone := os.Lstat(w.path(name))
				if gone != nil || !strings.HasSuffix(name, "/key.pem") || !info.Mode().IsRegular() {
					return err
				}
				looked++
				if op == "create" && way != "local" { // the server's mode; nobody else gets there
					folder, err := os.Stat(filepath.Dir(w.path(name)))
					if err != nil || folder.Mode().Perm() != closedMode || info.Size() > 0 {
						t.Errorf("the key is made, with %d bytes, in a folder that is %v", info.Size(), folder.Mode())
					}
					return err
				}
				given := int(info.Sys().(*syscall.Stat_t).Gid) == gid || way == "ssh"
				if perm := info.Mode().Perm(); perm&0o007 != 0 || perm&0o040 != 0 && !given || perm&0o030 != 0 {
					t.Errorf("after %s the key is %s", op, w.ids(name))
				}
				return err
			})
			w.install(set)
			if looked < 4 {
				t.Errorf("looked at the key only %d times", looked)
			}
		})
	}
}

// While a file is made over SFTP its mode is the server's for a moment; the
// folder that it is made in is closed to all others for as long.
func TestVersionIsClosedWhileItIsWritten(t *testing.T) {
	t.Parallel()
	onEachDisk(t, func(t *testing.T, w *world) {
		closed := 0
		w.targets = withHook(func(op, name string, do func() error) error {
			if i := strings.Index(name, "/v-"); i >= 0 && strings.HasSuffix(name, "/key.pem") && op == "create" {
				folder, _, _ := strings.Cut(name[i+1:], "/")
				if info, err := os.Stat(w.path(name[:i+1] + folder)); err == nil && info.Mode().Perm() == closedMode {
					closed++
				}
			}
			return do()
		})
		w.install(setOf(1))
		w.install(setOf(2))
		if closed != 2 {
			t.Errorf("the folder was closed %d times, want 2", closed)
		}
	})
}

// A user or group that the device does not know is found before anything is
// written.
func TestUnknownOwner(t *testing.T) {
	t.Parallel()
	for way, open := range ways() {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			w := open(t)
			set := owned(1)
			set.User = "nobody-of-that-name"
			w.fails(w.targets.Preflight(context.Background(), w.device, set), clm.KindFailed, `preparing device "web-1": there is no user "nobody-of-that-name"`+
				` (nothing was changed; make it on the device, or choose another user)`)
			set = owned(1)
			set.Group = "nothing-of-that-name"
			w.fails(w.targets.Install(context.Background(), w.device, set), clm.KindFailed, `installing on device "web-1": there is no group "nothing-of-that-name"`+
				` (nothing was changed; make it on the device, or choose another group)`)
			if got := w.tree(); got != "" {
				t.Errorf("written:\n%s", got)
			}
		})
	}
}

// Who is not root gives nothing away, and is told so before the push.
func TestGivingAwayNeedsRoot(t *testing.T) {
	t.Parallel()
	w := newSSHWorld(t)
	set := setOf(1)
	set.User = "www-data"
	w.fails(w.targets.Preflight(context.Background(), w.device, set), clm.KindFailed, `preparing device "web-1": trying to write in ROOT/etc/tls/.clm/`+owner+
		`: giving it to its owner: permission denied (nothing was changed; only root may give files to others: let root write them (ssh.sudo = true), or leave owner and group out)`)
	if got := w.tree(); got != "" {
		t.Errorf("written:\n%s", got)
	}
}

// Modes that make no sense for a key, and names that are none.
func TestBadOwnership(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, mode := range []uint32{0o644, 0o604, 0o1600, 0o200, 0o040} {
		set := setOf(1)
		set.SecretMode = mode
		w.fails(w.targets.Preflight(context.Background(), w.device, set), clm.KindInvalid, fmt.Sprintf("%#o", mode)+` is not a mode for a private key`+
			` (its owner must be able to read it, and others than owner and group have no rights: 0600, 0640, 0440 or the like)`)
	}
	for _, name := range []string{"-x", "a b", "a;b", "a'b", ":"} {
		set := setOf(1)
		set.Group = name
		w.fails(w.targets.Preflight(context.Background(), w.device, set), clm.KindInvalid, fmt.Sprintf("%q", name)+` is not a name of a user or group`+
			` (use the name or the number it has on the device)`)
	}
}
