//go:build unix

// Package sshd runs OpenSSH's own server for tests: on a loopback port, with a host
// key of its own, for users that it makes and takes away again. The tests run as
// root, on Debian with openssh-server and sudo.
//
// It stands apart from clmtest because the tests of package target, which
// clmtest's own backend is built from, use it.
package sshd

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/crypto/ssh"
)

// Server is a server that runs.
type Server struct {
	Port    int64
	HostKey string // as in authorized_keys(5)

	folder string
	all    sync.WaitGroup

	mu        sync.Mutex
	listeners []net.Listener
	processes map[*exec.Cmd]bool
}

// InternalSFTP and ExternalSFTP are the two ways in which OpenSSH serves files.
const (
	InternalSFTP = "Subsystem sftp internal-sftp"
	ExternalSFTP = "Subsystem sftp /usr/lib/openssh/sftp-server"
)

// Start runs a server that those users may enter, until the test is over.
// Settings are more lines of sshd_config(5); one names the SFTP server.
func Start(t testing.TB, users []*User, settings ...string) *Server {
	t.Helper()
	s, err := Open(users, settings...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// Open is Start without a test: for what a whole test binary shares.
func Open(users []*User, settings ...string) (*Server, error) {
	folder, err := os.MkdirTemp("", "clm-sshd-")
	if err != nil {
		return nil, err
	}
	s := &Server{folder: folder, processes: map[*exec.Cmd]bool{}}
	if err := s.configure(users, settings); err != nil {
		return nil, err
	}
	s.Port, err = s.AnotherPort()
	return s, err
}

// Close stops the server and every connection to it.
func (s *Server) Close() {
	s.mu.Lock()
	for _, l := range s.listeners {
		l.Close()
	}
	s.mu.Unlock()
	s.Break()
	s.all.Wait()
	_ = os.RemoveAll(s.folder)
}

// Break kills the server's processes of every connection, as a crash does.
func (s *Server) Break() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for cmd := range s.processes {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	}
}

// Connections is how many are open.
func (s *Server) Connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.processes)
}

// Log is what the server has said so far.
func (s *Server) Log() string {
	text, _ := os.ReadFile(filepath.Join(s.folder, "log"))
	return string(text)
}

func (s *Server) configure(users []*User, settings []string) error {
	if err := os.Chmod(s.folder, 0o755); err != nil { // users read authorized keys in it
		return err
	}
	if err := os.MkdirAll("/run/sshd", 0o755); err != nil {
		return err
	}
	if err := s.makeHostKey(); err != nil {
		return err
	}
	for _, u := range users {
		if err := os.WriteFile(filepath.Join(s.folder, u.Name+".keys"), []byte(u.authorized), 0o644); err != nil {
			return err
		}
	}
	lines := append(slices.Clone(settings), // the first word on something counts
		"HostKey "+s.folder+"/host_key",
		"AuthorizedKeysFile "+s.folder+"/%u.keys",
		"UsePAM no", "StrictModes no", "PidFile none", "UseDNS no", "LogLevel VERBOSE",
	)
	return os.WriteFile(filepath.Join(s.folder, "config"), []byte(strings.Join(lines, "\n")+"\n"), 0o600)
}

func (s *Server) makeHostKey() error {
	public, text, err := newKey()
	if err != nil {
		return err
	}
	s.HostKey = public
	return os.WriteFile(filepath.Join(s.folder, "host_key"), text, 0o600)
}

// newKey is a key pair: the public half as in authorized_keys(5), the private
// one in PEM.
func newKey() (public string, private []byte, err error) {
	pub, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return "", nil, err
	}
	block, err := ssh.MarshalPrivateKey(key, "")
	if err != nil {
		return "", nil, err
	}
	sshPub, err := ssh.NewPublicKey(pub)
	if err != nil {
		return "", nil, err
	}
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(sshPub))), pem.EncodeToMemory(block), nil
}

func (s *Server) hand(conn *net.TCPConn) error {
	defer conn.Close()
	socket, err := conn.File()
	if err != nil {
		return err
	}
	defer socket.Close()
	cmd := exec.Command("/usr/sbin/sshd", "-i", "-f", s.folder+"/config", "-E", s.folder+"/log")
	cmd.Stdin, cmd.Stdout = socket, socket
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := cmd.Start(); err != nil {
		return err
	}
	s.processes[cmd] = true
	s.all.Go(func() {
		_ = cmd.Wait()
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.processes, cmd)
	})
	return nil
}
