package servers

import (
	"bytes"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience is how long a server may take to begin or to end. Tomcat needs 9 s on a
// busy machine of two cores.
const patience = time.Minute

// Process is a server program in the foreground. It is signalled by its PID alone.
type Process struct {
	// Address is where TLS, or the upgrade to it, is offered: IP:port.
	Address string
	// ReloadCommand makes the server read its certificate again.
	ReloadCommand []string

	cmd    *exec.Cmd
	log    string // path of its log, where it does not write to its output
	output transcript
	ended  chan struct{} // closed when the program has ended
}

// start runs a program until the test ends. debian names what to install.
func start(t testing.TB, debian, program string, args ...string) *Process {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		t.Fatalf("%s is not installed: %v (on Debian: apt-get install --no-install-recommends %s)", program, err, debian)
	}
	p := &Process{cmd: exec.Command(path, args...), ended: make(chan struct{})}
	p.run(t)
	return p
}

// run starts what cmd describes.
func (p *Process) run(t testing.TB) {
	t.Helper()
	p.cmd.Stdout, p.cmd.Stderr = &p.output, &p.output
	p.cmd.WaitDelay = time.Second // children may hold the output open
	if err := p.cmd.Start(); err != nil {
		t.Fatalf("starting %v: %v", p.cmd.Args, err)
	}
	go func() {
		defer close(p.ended)
		_ = p.cmd.Wait() // how it ended is seen in what it said
	}()
	t.Cleanup(func() { p.Stop(t) })
}

// PID is that of the server, to see what it takes.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Stop ends the server, and returns when it is gone. To stop it twice is no fault.
func (p *Process) Stop(t testing.TB) {
	t.Helper()
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // it may be gone already
	select {
	case <-p.ended:
		return
	case <-time.After(patience):
	}
	_ = p.cmd.Process.Kill()
	<-p.ended
	t.Errorf("%v did not end within %v\n%s", p.cmd.Args, patience, p.said())
}

// Kill ends the server as a power cut would.
func (p *Process) Kill(t testing.TB) {
	t.Helper()
	if err := p.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-p.ended
}

// Reload makes the server read its certificate again.
func (p *Process) Reload(t testing.TB) {
	t.Helper()
	if len(p.ReloadCommand) == 0 {
		t.Fatalf("%s cannot reload: start another", p.cmd.Args[0])
	}
	out, err := exec.CommandContext(t.Context(), p.ReloadCommand[0], p.ReloadCommand[1:]...).CombinedOutput()
	if err != nil {
		t.Fatalf("reloading with %v: %v\n%s\n%s", p.ReloadCommand, err, out, p.said())
	}
}

// reloadsOn sets the signal by which the server reloads.
func (p *Process) reloadsOn(signal string) {
	p.ReloadCommand = []string{"kill", "-" + signal, strconv.Itoa(p.cmd.Process.Pid)}
}

// listens waits until something accepts connections at every address; the first
// is the server's Address.
func (p *Process) listens(t testing.TB, addresses ...string) {
	t.Helper()
	p.Address = addresses[0]
	for _, address := range addresses {
		Await(t, "a listener at "+address, func() bool {
			p.alive(t)
			conn, err := net.Dial("tcp", address)
			if err == nil {
				conn.Close()
			}
			return err == nil
		})
	}
}

func (p *Process) alive(t testing.TB) {
	t.Helper()
	select {
	case <-p.ended:
		t.Fatalf("%v has ended\n%s", p.cmd.Args, p.said())
	default:
	}
}

// says waits until the server has said a text n times.
func (p *Process) says(t testing.TB, text string, n int) {
	t.Helper()
	if !await(func() bool { p.alive(t); return p.count(text) >= n }) {
		t.Fatalf("%v did not say %q within %v\n%s", p.cmd.Args, text, patience, p.said())
	}
}

func (p *Process) count(text string) int { return strings.Count(p.said(), text) }

// said is what the server said, to be shown when it fails.
func (p *Process) said() string {
	logged, err := os.ReadFile(p.log)
	if err != nil {
		return p.output.String()
	}
	return p.output.String() + string(logged)
}

// Await asks again and again until a thing is so.
func Await(t testing.TB, what string, so func() bool) {
	t.Helper()
	if !await(so) {
		t.Fatalf("no %s within %v", what, patience)
	}
}

func await(so func() bool) bool {
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for end := time.After(patience); !so(); {
		select {
		case <-again.C:
		case <-end:
			return false
		}
	}
	return true
}

// transcript is the output of a server.
type transcript struct {
	mu   sync.Mutex
	said bytes.Buffer
}

func (o *transcript) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.said.Write(p)
}

func (o *transcript) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.said.String()
}

// write makes a configuration file.
func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
