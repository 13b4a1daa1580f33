package servers

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

// PostgreSQL offers TLS by SSLRequest.
type PostgreSQL struct{ *Process }

// postgresAccount runs PostgreSQL where a test runs as root, because it refuses to.
const postgresAccount = "nobody"

// StartPostgreSQL runs PostgreSQL with a certificate; with "" for both, without
// TLS. As root the key becomes the property of the user nobody, who runs the
// server; a key that is pushed later must be that, too.
func StartPostgreSQL(t testing.TB, certificate, key string) *PostgreSQL {
	t.Helper()
	dir, address := folder(t), addresses(t, 1)[0]
	data := filepath.Join(dir, "data")
	settings := []string{"fsync=off", "unix_socket_directories="}
	if key != "" {
		reachable(t, filepath.Dir(key))
		reachable(t, filepath.Dir(certificate))
		own(t, key)
		settings = append(settings, "ssl=on", "ssl_cert_file="+certificate, "ssl_key_file="+key)
	}
	own(t, dir)
	initialise(t, data)
	host, port := split(t, address)
	args := []string{postgres(t, "postgres"), "-D", data, "-h", host, "-p", port}
	for _, s := range settings {
		args = append(args, "-c", s)
	}
	args = unprivileged(args)
	p := start(t, "postgresql-15", args[0], args[1:]...)
	p.listens(t, address)
	p.says(t, "ready to accept connections", 1)
	p.reloadsOn("HUP")
	return &PostgreSQL{p}
}

func initialise(t testing.TB, data string) {
	t.Helper()
	args := unprivileged([]string{postgres(t, "initdb"), "-D", data, "-A", "trust", "-U", "clm", "-E", "UTF8", "--no-locale", "--no-sync"})
	cmd := exec.CommandContext(t.Context(), args[0], args[1:]...)
	cmd.Dir = filepath.Dir(data)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", args, err, out)
	}
}

// unprivileged has a command run as somebody else when the test runs as root. The
// PID remains that of the command.
func unprivileged(args []string) []string {
	if os.Getuid() != 0 {
		return args
	}
	return append([]string{"setpriv", "--reuid=" + postgresAccount, "--regid=nogroup", "--clear-groups"}, args...)
}

func own(t testing.TB, path string) {
	t.Helper()
	if os.Getuid() == 0 {
		give(t, postgresAccount, path)
	}
}

// postgres finds a program of the newest PostgreSQL there is.
func postgres(t testing.TB, program string) string {
	t.Helper()
	found, err := filepath.Glob(fmt.Sprintf("/usr/lib/postgresql/*/bin/%s", program))
	if err != nil || len(found) == 0 {
		t.Fatalf("PostgreSQL is not installed (on Debian: apt-get install --no-install-recommends postgresql)")
	}
	return slices.Max(found)
}
