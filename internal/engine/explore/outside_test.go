package explore

import (
	"strings"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
)

// outside is one moment of everything there is outside an engine. It is never
// changed, only replaced.
type outside struct {
	estate   clmtest.MemorySnapshot
	machines machines
	excused  [agents]bool // who was gone on without, by decision, when the old root was retired
	now      time.Time
}

const (
	agents  = 3
	servers = 2
)

var (
	agentNames   = [agents]string{"agent-0", "agent-1", "agent-2"}
	serverNames  = [servers]string{"server-0", "server-1"}
	serverPlaces = [servers]string{"etc/server-0", "etc/server-1"}
)

// machines are the devices: agents first, then servers.
type machines [agents + servers]machine

// machine is what lies on a device, by path.
type machine map[string]document

type document struct {
	owner   string
	content []byte
	sha256  string
}

func (d document) same(o document) bool { return d.sha256 == o.sha256 }

func nameOf(machine int) string {
	if machine < agents {
		return agentNames[machine]
	}
	return serverNames[machine-agents]
}

func machineOf(name string) int {
	i := int(name[len(name)-1] - '0')
	if strings.HasPrefix(name, "server") {
		i += agents
	}
	return i
}

// trust is the bundle an agent has installed.
func (o outside) trust(agent int) document { return o.machines[agent]["etc/trust/ca.pem"] }

// served are the files of a server.
func (o outside) served(server int) (leaf, above, key document) {
	files, at := o.machines[agents+server], serverPlaces[server]
	return files[at+"/tls.crt"], files[at+"/chain.crt"], files[at+"/tls.key"]
}
