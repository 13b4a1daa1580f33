package servers

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// folder makes a folder for a server, which the server's own user can reach:
// t.TempDir lets nobody else in.
func folder(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	reachable(t, dir)
	return dir
}

// reachable lets everybody pass through the temporary folders above path.
func reachable(t testing.TB, path string) {
	t.Helper()
	temporary := filepath.Clean(os.TempDir())
	for dir := path; strings.HasPrefix(dir, temporary+"/"); dir = filepath.Dir(dir) {
		info, err := os.Stat(dir)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(dir, info.Mode()|0o011); err != nil && info.IsDir() {
			t.Fatal(err)
		}
	}
}

// Loopback draws an IPv4 loopback address. On one of its own, no other server and no
// outgoing connection takes a port away between its choice and its use.
func Loopback() string {
	return fmt.Sprintf("127.%d.%d.%d", 1+rand.IntN(254), rand.IntN(256), 1+rand.IntN(254))
}

// addresses finds n free ports on one loopback address. They are none that the system gives
// to whoever asks for any: one of those could be taken before it is used.
func addresses(t testing.TB, n int) (free []string) {
	t.Helper()
	host := Loopback()
	for tries := 0; len(free) < n; tries++ {
		l, err := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(10000+rand.IntN(20000))))
		switch {
		case err == nil:
			defer l.Close()
			free = append(free, l.Addr().String())
		case tries > 100:
			t.Fatal(err)
		}
	}
	return free
}

// split takes an address apart.
func split(t testing.TB, address string) (host, port string) {
	t.Helper()
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	return host, port
}

// give makes a path, and all in it, the property of a user.
func give(t testing.TB, name, path string) {
	t.Helper()
	uid, gid := ids(t, name)
	err := filepath.WalkDir(path, func(p string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Chown(p, uid, gid)
	})
	if err != nil {
		t.Fatalf("giving %s to %s: %v", path, name, err)
	}
}

func ids(t testing.TB, name string) (uid, gid int) {
	t.Helper()
	u, err := user.Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	uid, err = strconv.Atoi(u.Uid)
	if err != nil {
		t.Fatal(err)
	}
	gid, err = strconv.Atoi(u.Gid)
	if err != nil {
		t.Fatal(err)
	}
	return uid, gid
}
