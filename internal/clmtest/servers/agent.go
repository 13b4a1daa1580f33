package servers

import (
	"os/exec"
	"path/filepath"
	"testing"
)

// Agent is the provider's own agent, on a device that is a folder.
type Agent struct {
	*CLM
	StateDir  string
	Root      string // of the device
	TokenFile string // where an enrolment token is laid down
}

// NewAgent is an agent that is not started yet, for a server.
func NewAgent(t testing.TB, server *CLM) *Agent {
	t.Helper()
	a := &Agent{StateDir: filepath.Join(t.TempDir(), "state"), Root: t.TempDir(), TokenFile: filepath.Join(t.TempDir(), "token")}
	a.CLM = &CLM{Endpoint: server.Endpoint, CAFile: server.CAFile, program: server.program}
	return a
}

// Start starts the agent, once more if it ran before.
func (a *Agent) Start(t testing.TB) {
	t.Helper()
	a.Process = &Process{ended: make(chan struct{}), cmd: exec.Command(a.program, "agent",
		"--server", a.Endpoint, "--ca-file", a.CAFile, "--state-dir", a.StateDir, "--root-directory", a.Root, "--enrolment-token-file", a.TokenFile)}
	a.cmd.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin"}
	a.run(t)
}
