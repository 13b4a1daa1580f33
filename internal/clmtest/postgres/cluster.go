package postgres

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
)

// account runs the server where a test runs as root, because it refuses to.
const account = "nobody"

// patience is how long a server may take to begin or to end on a busy machine.
const patience = time.Minute

// ordinary are the settings of a server whose machine never loses power: what a
// process commits outlives the process, and nothing waits for a disk.
var ordinary = []string{"fsync=off", "full_page_writes=off", "autovacuum=off", "max_connections=300", "shared_buffers=32MB"}

// makeCluster makes a folder with a database in it, and a socket to be.
func makeCluster() (dir string, err error) {
	if dir, err = os.MkdirTemp("", "clm-pg-"); err != nil {
		return "", err
	}
	if os.Getuid() == 0 {
		if err := give(dir); err != nil {
			return dir, err
		}
	}
	program, err := program("initdb")
	if err != nil {
		return dir, err
	}
	args := unprivileged(program, "-D", filepath.Join(dir, "data"), "-A", "trust", "-U", "clm", "-E", "UTF8", "--locale=C", "--locale-provider=icu", "--icu-locale=en-US", "--no-sync")
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return dir, fmt.Errorf("%v: %w\n%s", args, err, out)
	}
	return dir, nil
}

// serverCommand is how a server in such a folder is started.
func serverCommand(dir string, settings []string) ([]string, error) {
	program, err := program("postgres")
	if err != nil {
		return nil, err
	}
	args := unprivileged(program, "-D", filepath.Join(dir, "data"), "-c", "listen_addresses=", "-c", "unix_socket_directories="+dir)
	for _, s := range settings {
		args = append(args, "-c", s)
	}
	return args, nil
}

// program finds a program of the newest PostgreSQL there is.
func program(name string) (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/" + name)
	if err != nil || len(found) == 0 {
		return "", fmt.Errorf("PostgreSQL is not installed (on Debian: apt-get install --no-install-recommends postgresql)")
	}
	return slices.Max(found), nil
}

// unprivileged has a command run as somebody else when the test runs as root. The
// PID remains that of the command.
func unprivileged(args ...string) []string {
	if os.Getuid() != 0 {
		return args
	}
	return append([]string{"setpriv", "--reuid=" + account, "--regid=nogroup", "--clear-groups"}, args...)
}

func give(dir string) error {
	u, err := user.Lookup(account)
	if err != nil {
		return err
	}
	uid, err := strconv.Atoi(u.Uid)
	if err != nil {
		return err
	}
	return os.Chown(dir, uid, -1)
}

// address is the URL of a schema of the server in a folder.
func address(dir, schema string) string {
	return "postgres://clm@/postgres?" + url.Values{"host": {dir}, "search_path": {schema}}.Encode()
}

// accepts waits until the server in a folder accepts connections, or has ended.
func accepts(dir string, ended <-chan struct{}) error {
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for end := time.After(patience); ; {
		conn, err := pgx.Connect(context.Background(), address(dir, "public"))
		if err == nil {
			return conn.Close(context.Background())
		}
		select {
		case <-again.C:
		case <-ended:
			return fmt.Errorf("PostgreSQL has ended: %w", err)
		case <-end:
			return fmt.Errorf("PostgreSQL does not answer within %v: %w", patience, err)
		}
	}
}
