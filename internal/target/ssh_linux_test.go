package target

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/sshd"
)

// machine is what all tests over SSH share: users of this machine and a server
// that lets them in.
type machine struct {
	plain, admin *sshd.User // admin may use sudo
	server       *sshd.Server
}

var theMachine = sync.OnceValue(func() *machine {
	m := &machine{}
	var err error
	if m.plain, err = sshd.NewUser("plain"); err != nil {
		panic(err)
	}
	started = m
	if m.admin, err = sshd.NewUser("admin"); err != nil {
		panic(err)
	}
	if err = m.admin.LetSudo(); err != nil {
		panic(err)
	}
	if m.server, err = sshd.Open([]*sshd.User{m.plain, m.admin}, sshd.InternalSFTP); err != nil {
		panic(err)
	}
	return m
})

// started is the machine, if there is one to take down.
var started *machine

func (m *machine) stop() {
	if m == nil {
		return
	}
	if m.server != nil {
		m.server.Close()
	}
	for _, u := range []*sshd.User{m.plain, m.admin} {
		if u != nil {
			u.Remove()
		}
	}
}

// keyLogin is a login with the user's private key.
func keyLogin(u *sshd.User) *clm.Login { return &clm.Login{Username: u.Name, PrivateKey: u.Key} }

// wayTo is how a user of that server's is reached.
func wayTo(s *sshd.Server, login *clm.Login) *clm.SSH {
	return &clm.SSH{Host: "127.0.0.1", Port: s.Port, HostKey: s.HostKey, HostKeyPolicy: clm.HostKeyPinned, Login: login}
}

func init() { disks["ssh"] = newSSHWorld }

// newSSHWorld is a device whose root directory is, to the tests, a folder of the
// plain user's; sets are put below it.
func newSSHWorld(t *testing.T) *world {
	t.Helper()
	return newWorld(t).behind(theMachine().server, theMachine().plain)
}

// behind moves the world behind a server, as that user sees it.
func (w *world) behind(s *sshd.Server, u *sshd.User) *world {
	w.Helper()
	w.device.SSH = wayTo(s, keyLogin(u))
	w.giveTo(u.UID, u.GID)
	return w
}

// giveTo makes everything on the device somebody's.
func (w *world) giveTo(uid, gid int) {
	w.Helper()
	must(w, filepath.WalkDir(w.root, func(path string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, uid, gid)
	}))
}

// chmodAndGive makes a folder, and the ones above it that tests make, a user's to
// work in.
func chmodAndGive(root string, uid, gid int) error {
	for dir := filepath.Dir(root); dir != "/" && dir != os.TempDir(); dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755); err != nil {
			return err
		}
	}
	return os.Chown(root, uid, gid)
}
