package store

import (
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

var agents = &table[clm.Agent]{
	noun: clm.NounAgent,
	name: "agents",
	columns: []string{
		"fingerprint", "serial_number", "issuer", "next_fingerprint", "next_serial", "next_issuer", "live_until",
	},
	header: func(a *clm.Agent) (string, string, *int64) { return a.ID, a.Title(), &a.Revision },
	values: func(a *clm.Agent) []any {
		now, next := a.Current, clm.AgentCertificate{}
		if a.Next != nil {
			next = *a.Next
		}
		return []any{
			now.FingerprintSHA256, now.SerialNumber, now.Issuer.FingerprintSHA256,
			orNull(next.FingerprintSHA256), orNull(next.SerialNumber), orNull(next.Issuer.FingerprintSHA256), microsOrNever(a.LiveUntil()),
		}
	},
	refers: func(*clm.Agent) []reference { return nil },
}

// Agent finds the agent of a device or internet gateway by the id of that, or by its own
// title.
func (tx *Tx) Agent(ref string) (clm.Agent, error) { return agents.get(tx, ref) }

// AgentByFingerprint finds the agent that shows a certificate.
func (tx *Tx) AgentByFingerprint(fingerprint string) (clm.Agent, error) {
	return tx.agent("fingerprint = ? OR next_fingerprint = ?", fingerprint, fingerprint)
}

// AgentBySerial finds the agent to which a CA certificate's key issued a serial number.
func (tx *Tx) AgentBySerial(ca, serialNumber string) (clm.Agent, error) {
	return tx.agent("issuer = ? AND serial_number = ? OR next_issuer = ? AND next_serial = ?", ca, serialNumber, ca, serialNumber)
}

func (tx *Tx) agent(condition string, args ...any) (clm.Agent, error) {
	var w where
	w.and("("+condition+")", args...)
	found, err := agents.list(tx, w, clm.Page{Limit: 1})
	switch {
	case err != nil:
		return clm.Agent{}, err
	case len(found) == 0:
		return clm.Agent{}, clm.Errorf(clm.KindNotFound, "there is no agent with that certificate")
	}
	return found[0], nil
}

// Agents lists agents by title.
func (tx *Tx) Agents(filter clm.AgentFilter, page clm.Page) ([]clm.Agent, error) {
	return agents.list(tx, agentsWhere(filter), page)
}

// CountAgents counts what Agents lists.
func (tx *Tx) CountAgents(filter clm.AgentFilter) (int64, error) {
	w := agentsWhere(filter)
	return tx.count("SELECT COUNT(*) FROM agents"+w.sql, w.args...)
}

func agentsWhere(filter clm.AgentFilter) (w where) {
	if filter.IssuedBy != "" {
		w.and("(issuer = ? OR next_issuer = ?)", filter.IssuedBy, filter.IssuedBy)
	}
	if !filter.LiveAt.IsZero() {
		w.and("live_until > ?", micros(filter.LiveAt))
	}
	return w
}

// InsertAgent adds an agent.
func (tx *Tx) InsertAgent(a *clm.Agent) error { return agents.insert(tx, a) }

// UpdateAgent replaces what is stored of an agent.
func (tx *Tx) UpdateAgent(a *clm.Agent) error { return agents.update(tx, a) }

// DeleteAgent removes an agent.
func (tx *Tx) DeleteAgent(a clm.Agent) error { return agents.remove(tx, &a) }
