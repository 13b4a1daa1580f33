package servers

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// Machine is this machine once more, where a server runs as Debian installs it: with
// its own copies of that server's folders, its own /run, and its own processes. All of
// it ends with the test. The network is shared, so that servers need an address each.
type Machine struct {
	*Process
	root string
}

// StartMachine copies folders, and has others be empty. It needs root.
func StartMachine(t testing.TB, copied, empty []string) *Machine {
	t.Helper()
	if os.Getuid() != 0 {
		t.Fatal("a machine has mounts of its own, which needs root: run this test as root")
	}
	m := &Machine{root: folder(t)}
	script := []string{"set -e", "mount --make-rprivate /", "mount -t proc proc /proc"}
	for _, path := range copied {
		script = append(script, m.mounts(path, "cp -a "+path+"/. "+m.Path(path)))
	}
	for _, path := range append([]string{"/run"}, empty...) {
		script = append(script, m.mounts(path, "chown --reference="+path+" "+m.Path(path)))
	}
	// It is the first process of its own: when it ends, so do all others.
	script = append(script, "mkdir -m 1777 /run/lock", "trap 'exit 0' TERM", "echo mounted", "sleep infinity & wait")
	m.Process = &Process{cmd: exec.Command("sh", "-c", strings.Join(script, "\n")), ended: make(chan struct{})}
	m.cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWPID}
	m.run(t)
	m.says(t, "mounted", 1)
	return m
}

// mounts puts a folder of ours, once it is filled, in the place of the machine's.
func (m *Machine) mounts(path, fill string) string {
	return fmt.Sprintf("mkdir -p %[1]s; %[2]s; mount --bind %[1]s %[3]s", m.Path(path), fill, path)
}

// Path is where the test finds one of the machine's own files.
func (m *Machine) Path(path string) string { return filepath.Join(m.root, path) }

// Write writes one of the machine's own files.
func (m *Machine) Write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(m.Path(path)), 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, m.Path(path), text)
}

// Run runs a script on the machine.
func (m *Machine) Run(t testing.TB, script string) {
	t.Helper()
	args := append(m.enter(), "sh", "-ec", script)
	cmd := exec.CommandContext(t.Context(), args[0], args[1:]...)
	out, err := os.CreateTemp(m.root, "output") // a daemon would hold a pipe open
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Run(); err != nil {
		said, _ := os.ReadFile(out.Name())
		t.Fatalf("running on the machine: %v\n%s\n%s", err, script, said)
	}
}

// Command makes a program that does what another does, on the machine.
func (m *Machine) Command(t testing.TB, program string) (path string) {
	t.Helper()
	path = filepath.Join(m.root, filepath.Base(program))
	text := fmt.Sprintf("#!/bin/sh\nexec %s sh -c 'cd \"$0\" && exec \"$@\"' \"$PWD\" %s \"$@\"\n", strings.Join(m.enter(), " "), program)
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func (m *Machine) enter() []string {
	return []string{"nsenter", "--target=" + strconv.Itoa(m.cmd.Process.Pid), "--mount", "--pid", "--"}
}
