package postgres

import (
	"fmt"
	"os/exec"
	"sync"
	"sync/atomic"
	"testing"
)

// shared is the server of this test binary, made when it is first needed.
var shared = sync.OnceValues(startShared)

var schemas atomic.Int64

// URL is that of a database schema nobody has used yet, on the server all tests
// of this binary share.
func URL(t testing.TB) string {
	t.Helper()
	dir, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	return address(dir, fmt.Sprintf("estate_%d", schemas.Add(1)))
}

// keeper runs a server until its own input ends, which it does with the process
// at the other end of the pipe, however that ends. Then it ends the server at once
// and removes its folder, the first argument.
const keeper = `dir=$1; shift; "$@" </dev/null & server=$!; cat >/dev/null; kill -QUIT "$server"; wait "$server"; rm -rf -- "$dir"`

func startShared() (string, error) {
	dir, err := makeCluster()
	if err != nil {
		return "", err
	}
	server, err := serverCommand(dir, ordinary)
	if err != nil {
		return "", err
	}
	cmd := exec.Command("sh", append([]string{"-c", keeper, "keeper", dir}, server...)...)
	if _, err = cmd.StdinPipe(); err != nil { // open until this process ends
		return "", err
	}
	if err := cmd.Start(); err != nil {
		return "", fmt.Errorf("starting PostgreSQL: %w", err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = cmd.Wait() // how it ended is seen by who connects
	}()
	return dir, accepts(dir, ended)
}
