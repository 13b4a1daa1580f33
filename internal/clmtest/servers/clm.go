package servers

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// CLM is the provider's own server, with an estate of its own.
type CLM struct {
	*Process
	Endpoint string
	DataDir  string // of an estate in a folder
	CAFile   string // what the server writes for its clients

	program string
	dir     string   // where it runs
	estate  []string // the environment that names the estate
}

// StartCLM starts a server of an estate in a new folder; more are further arguments.
func StartCLM(t testing.TB, program string, more ...string) *CLM {
	t.Helper()
	data := filepath.Join(t.TempDir(), "estate")
	c := StartCLMOn(t, program, "", []string{"CLM_DATA_DIR=" + data}, filepath.Join(data, "server-ca.pem"), more...)
	c.DataDir = data
	return c
}

// StartCLMOn starts a server in a folder, of the estate that an environment names.
func StartCLMOn(t testing.TB, program, dir string, estate []string, caFile string, more ...string) *CLM {
	t.Helper()
	address := addresses(t, 1)[0]
	args := append([]string{"server", "--listen", address, "--ca-file", caFile}, more...)
	c := &CLM{
		Process:  &Process{cmd: exec.Command(program, args...), ended: make(chan struct{})},
		Endpoint: "https://" + address, CAFile: caFile, program: program, dir: dir, estate: estate,
	}
	c.begin(t, address)
	return c
}

// Reach is the environment of who works with the server, but for what lets them in.
func (c *CLM) Reach() []string {
	return []string{"CLM_ENDPOINT=" + c.Endpoint, "CLM_CA_FILE=" + c.CAFile}
}

// atHome has a command work on the server's estate, whatever this process works with.
func (c *CLM) atHome(cmd *exec.Cmd) *exec.Cmd {
	cmd.Dir = c.dir
	cmd.Env = append(append(os.Environ(), "CLM_ENDPOINT=", "CLM_TOKEN="), c.estate...)
	return cmd
}

func (c *CLM) begin(t testing.TB, address string) {
	t.Helper()
	c.atHome(c.cmd)
	c.run(t)
	c.listens(t, address)
}

// Again starts the server once more, at the same place and address.
func (c *CLM) Again(t testing.TB) *CLM {
	t.Helper()
	again := *c
	again.Process = &Process{cmd: exec.Command(c.program, c.cmd.Args[1:]...), ended: make(chan struct{})}
	again.begin(t, c.Address)
	return &again
}

// Token makes an access token, on the machine that has the estate.
func (c *CLM) Token(t testing.TB, name, role string) string {
	t.Helper()
	return strings.TrimSpace(c.Command(t, "token", "create", "--name", name, "--role", role))
}

// Command runs another command on the server's estate.
func (c *CLM) Command(t testing.TB, args ...string) string {
	t.Helper()
	out, err := c.atHome(exec.CommandContext(t.Context(), c.program, args...)).Output()
	if err != nil {
		t.Fatalf("%v: %v", args, err)
	}
	return string(out)
}

// Terminate tells the server to stop, and returns when it says that it will.
func (c *CLM) Terminate(t testing.TB) {
	t.Helper()
	if err := c.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	c.says(t, `"msg":"stopping`, 1)
}

// Ended waits for the end of the server, and tells how it ended.
func (c *CLM) Ended(t testing.TB) (exit int) {
	t.Helper()
	Await(t, "end of the server", func() bool {
		select {
		case <-c.ended:
			return true
		default:
			return false
		}
	})
	return c.cmd.ProcessState.ExitCode()
}

// Log is what the server said.
func (c *CLM) Log() string { return c.said() }
