package engine

import (
	"context"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// RenewAgentCertificate gives the agent that asks its next certificate, for a key that
// stays where it is. The one it has lets in until the next one has been shown.
func (e *Engine) RenewAgentCertificate(ctx context.Context, by clm.Principal, request []byte) (agent clm.Agent, err error) {
	asked, err := askedFor(request)
	if err != nil {
		return agent, err
	}
	var subject agentSubject
	err = e.view(ctx, func(tx Tx) error {
		if agent, err = tx.Agent(by.AgentID); err != nil {
			return err
		}
		subject, err = subjectOfAgent(tx, agent.Noun, agent.ID)
		return err
	})
	if err != nil {
		return agent, err
	}
	issued, err := e.issueAgent(ctx, subject, asked)
	if err != nil {
		return agent, err
	}
	err = e.update(ctx, by, func(c change) error {
		if err := c.stillSigns(issued.root); err != nil {
			return err
		}
		agent, err = c.renewed(by.AgentID, issued.certificate)
		return err
	})
	return agent, err
}

// renewed records the next certificate of an agent. One that was revoked meanwhile gets
// none; one that was never shown is withdrawn.
func (c change) renewed(id string, next clm.AgentCertificate) (clm.Agent, error) {
	agent, err := c.Agent(id)
	if err != nil {
		return agent, err
	}
	if err := agent.Refusal(c.now); err != nil {
		return agent, err
	}
	if agent.Next != nil {
		if err := c.withdrawOne(*agent.Next, "superseded"); err != nil {
			return agent, err
		}
	}
	agent.Next, agent.RenewedAt, agent.RenewAt = &next, &c.now, nil
	if err := c.UpdateAgent(&agent); err != nil {
		return agent, err
	}
	return agent, c.recordAgent("renew", agent)
}

// RevokeAgent withdraws an agent for good: it is refused from its next request on. It
// comes back by a new enrolment token alone.
func (e *Engine) RevokeAgent(ctx context.Context, by clm.Principal, ref string, reason clm.RevocationReason) (agent clm.Agent, err error) {
	if err := reason.Check(); err != nil {
		return agent, err
	}
	err = e.update(ctx, by, func(c change) error {
		if agent, err = agentOf(c.Tx, ref); err != nil || !agent.Revoke(reason, c.now) {
			return err
		}
		if err := c.withdraw(agent, reason); err != nil {
			return err
		}
		if err := c.DeleteEnrolmentTokens(agent.ID, c.now); err != nil {
			return err
		}
		if err := c.UpdateAgent(&agent); err != nil {
			return err
		}
		return c.recordAgent("revoke", agent)
	})
	return agent, err
}

// RenewAgents has agents renew, each at its own moment of a span; none named means all.
// It tells how many do.
func (e *Engine) RenewAgents(ctx context.Context, by clm.Principal, refs []string, span time.Duration) (n int64, err error) {
	err = e.update(ctx, by, func(c change) error {
		agents, err := namedAgents(c.Tx, refs, c.now)
		if err != nil {
			return err
		}
		n = 0
		for _, agent := range agents {
			if agent.Status(c.now) != clm.AgentActive {
				continue
			}
			agent.RenewWithin(span, c.now)
			if err := c.UpdateAgent(&agent); err != nil {
				return err
			}
			n++
		}
		return c.record(clm.NounAgent, "request_renewal", "", "", nil)
	})
	return n, err
}

func namedAgents(tx Tx, refs []string, now time.Time) ([]clm.Agent, error) {
	if len(refs) == 0 {
		return tx.Agents(clm.AgentFilter{LiveAt: now}, clm.Page{})
	}
	agents := make([]clm.Agent, 0, len(refs))
	for _, ref := range refs {
		agent, err := agentOf(tx, ref)
		if err != nil {
			return nil, err
		}
		agents = append(agents, agent)
	}
	return agents, nil
}

// agentOf finds an agent by the id or name of its device or internet gateway, or by its
// title.
func agentOf(tx Tx, ref string) (agent clm.Agent, err error) {
	for _, name := range []string{ref, clm.AgentTitle(clm.NounDevice, ref), clm.AgentTitle(clm.NounGateway, ref)} {
		if agent, err = tx.Agent(name); clm.KindOf(err) != clm.KindNotFound || err == nil {
			return agent, err
		}
	}
	return agent, clm.NounAgent.NotFound(ref)
}

// AgentRow is an agent with when it was seen.
type AgentRow struct {
	clm.Agent

	LastSeen time.Time // zero: never since it enrolled
}

// Agent reads one agent.
func (e *Engine) Agent(ctx context.Context, ref string) (row AgentRow, err error) {
	err = e.view(ctx, func(tx Tx) error {
		agent, err := agentOf(tx, ref)
		if err == nil {
			row, err = agentRow(tx, agent)
		}
		return err
	})
	return row, err
}

// Agents lists agents by title.
func (e *Engine) Agents(ctx context.Context, page clm.Page) (rows []AgentRow, err error) {
	err = e.view(ctx, func(tx Tx) error {
		agents, err := tx.Agents(clm.AgentFilter{}, page)
		for i := 0; err == nil && i < len(agents); i++ {
			var row AgentRow
			row, err = agentRow(tx, agents[i])
			rows = append(rows, row)
		}
		return err
	})
	return rows, err
}

func agentRow(tx Tx, agent clm.Agent) (AgentRow, error) {
	if agent.Noun == clm.NounGateway {
		return AgentRow{agent, agent.LastSeen}, nil
	}
	receipt, err := tx.Receipt(agent.ID)
	return AgentRow{agent, receipt.LastSeen}, unlessNotFound(err)
}

// deleteAgent forgets the agent of a device or internet gateway that goes.
func (c change) deleteAgent(id string) error {
	if err := c.DeleteEnrolmentTokens(id, c.now); err != nil {
		return err
	}
	agent, err := c.Agent(id)
	if err != nil {
		return unlessNotFound(err)
	}
	if agent.RevokedAt == nil {
		if err := c.withdraw(agent, "cessation_of_operation"); err != nil {
			return err
		}
	}
	return c.DeleteAgent(agent)
}

// renameAgent has an agent be called as what it speaks for.
func (c change) renameAgent(id, name string) error {
	agent, err := c.Agent(id)
	if err != nil || agent.Name == name {
		return unlessNotFound(err)
	}
	agent.Name = name
	return c.UpdateAgent(&agent)
}
