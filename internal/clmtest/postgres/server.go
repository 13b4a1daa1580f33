package postgres

import (
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"
)

// Server is a server of one test's own, which may be stopped, killed and started
// again. It loses nothing that was committed, whatever becomes of it.
type Server struct {
	dir   string
	cmd   *exec.Cmd
	ended chan struct{}
}

// New starts a server until the test ends.
func New(t testing.TB) *Server {
	t.Helper()
	dir, err := makeCluster()
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{dir: dir}
	s.Start(t)
	t.Cleanup(func() { s.end(t, syscall.SIGQUIT) })
	return s
}

// URL is that of a schema on this server.
func (s *Server) URL(schema string) string { return address(s.dir, schema) }

// Start starts a server that was stopped or killed. One that was killed leaves
// processes behind, which have to end before it can.
func (s *Server) Start(t testing.TB) {
	t.Helper()
	args, err := serverCommand(s.dir, []string{"fsync=on", "max_connections=50", "shared_buffers=32MB"})
	if err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(patience); ; {
		s.cmd, s.ended = exec.Command(args[0], args[1:]...), make(chan struct{})
		if err := s.cmd.Start(); err != nil {
			t.Fatal(err)
		}
		go func(cmd *exec.Cmd, ended chan struct{}) {
			defer close(ended)
			_ = cmd.Wait() // how it ended is seen by who connects
		}(s.cmd, s.ended)
		if err := accepts(s.dir, s.ended); err == nil {
			return
		} else if time.Now().After(end) {
			t.Fatal(err)
		}
	}
}

// Stop ends the server in order; clients are hung up on.
func (s *Server) Stop(t testing.TB) { t.Helper(); s.end(t, syscall.SIGINT) }

// Kill ends the server as by kill -9.
func (s *Server) Kill(t testing.TB) { t.Helper(); s.end(t, syscall.SIGKILL) }

func (s *Server) end(t testing.TB, signal syscall.Signal) {
	t.Helper()
	_ = s.cmd.Process.Signal(signal) // it may be gone already
	select {
	case <-s.ended:
	case <-time.After(patience):
		_ = s.cmd.Process.Kill()
		t.Errorf("PostgreSQL did not end within %v", patience)
	}
}
