package servers

import (
	"os/exec"
	"path/filepath"
	"testing"
)

// Gateway is the provider's own internet gateway, in front of servers.
type Gateway struct {
	*CLM
	TokenFile string // where an enrolment token is laid down
	args      []string
}

// NewGateway is a gateway that is not started yet, with an address of its own.
func NewGateway(t testing.TB, program, caFile string, endpoints ...string) *Gateway {
	t.Helper()
	g := &Gateway{TokenFile: filepath.Join(t.TempDir(), "token")}
	address := addresses(t, 1)[0]
	g.CLM = &CLM{Process: &Process{Address: address}, Endpoint: "https://" + address, CAFile: caFile, program: program}
	g.args = []string{"internet-gateway", "--listen", address, "--ca-file", caFile, "--enrolment-token-file", g.TokenFile}
	for _, endpoint := range endpoints {
		g.args = append(g.args, "--server", endpoint)
	}
	return g
}

// StartIn starts the gateway with a state folder, once more if it ran before.
func (g *Gateway) StartIn(t testing.TB, stateDir string) {
	t.Helper()
	g.Process = &Process{Address: g.Address, ended: make(chan struct{}), cmd: exec.Command(g.program, append(g.args, "--state-dir", stateDir)...)}
	g.cmd.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin"}
	g.run(t)
}
