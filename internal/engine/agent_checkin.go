package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// Statement is what an agent states when it checks in.
type Statement struct {
	Tag       string // of the configuration it has
	Digest    string // of the bundle that is installed, "" for none
	Failure   string
	Inventory clm.Inventory
}

// AgentConfiguration is what an agent works by.
type AgentConfiguration struct {
	Tag      string
	Device   clm.Device
	Profile  clm.CommunicationProfile
	Trust    clm.FileSet // of the published bundle
	ServerCA clm.Bundle  // whom to trust to be the server
	Steps    bool        // there is something to do, or there may be: a connector is on the device
	RenewAt  time.Time
}

// AgentCheckIn takes in what an agent states, and answers the configuration when it is
// another than the agent has, nil otherwise. Who is told of another bundle is put down,
// in the same transaction and before the answer leaves, for no more than it keeps
// whatever comes of that: it may install, and die before it says so.
func (e *Engine) AgentCheckIn(ctx context.Context, by clm.Principal, s Statement) (*AgentConfiguration, error) {
	var answer *AgentConfiguration
	err := e.update(ctx, by, func(c change) error {
		agent, err := c.Agent(by.AgentID)
		if err != nil {
			return err
		}
		b, err := c.agentBriefing(agent)
		if err != nil {
			return err
		}
		configuration, err := c.configuration(agent, b)
		if err != nil {
			return err
		}
		answer = nil // the transaction may be run again
		if configuration.Tag != s.Tag {
			answer = &configuration
		}
		if err := c.takeInventory(agent, s.Inventory); err != nil {
			return err
		}
		return c.attestAgent(b, s, answer != nil)
	})
	return answer, err
}

// agentBriefing is what the agent's device is told, and what it stated before.
func (c change) agentBriefing(agent clm.Agent) (b briefing, err error) {
	if b.device, err = c.Device(agent.ID); err != nil {
		return b, err
	}
	if b.device.Agent == nil {
		return b, clm.Errorf(clm.KindRefused, "device %q is not reached by an agent any more", b.device.Name).
			WithHint("stop the agent, or set agent = {} on the device")
	}
	if b.profile, err = c.Profile(b.device.ProfileID); err != nil {
		return b, err
	}
	if b.bundle, err = c.Bundle(b.profile.ID, b.profile.BundleDigest); err != nil {
		return b, err
	}
	if b.receipt, err = c.Receipt(b.device.ID); err != nil {
		return b, err
	}
	b.set, err = trustSet(b.device, b.profile.TrustStore, b.bundle)
	return b, err
}

func (c change) configuration(agent clm.Agent, b briefing) (out AgentConfiguration, err error) {
	root, err := controlRoot(c.Tx)
	if err != nil {
		return out, err
	}
	connectors, err := c.Connectors(clm.ConnectorFilter{DeviceID: b.device.ID}, clm.Page{Limit: 1})
	if err != nil {
		return out, err
	}
	asked, err := c.StepsOf(b.device.ID)
	if err != nil {
		return out, err
	}
	out = AgentConfiguration{
		Device: b.device, Profile: b.profile, Trust: b.set, ServerCA: clm.NewBundle(root.Trusted()),
		Steps: len(connectors)+len(asked) > 0 && b.device.MayRead(), RenewAt: renewalOf(agent, root, c.now),
	}
	out.Tag, err = out.tag()
	return out, err
}

// tag changes with anything an agent is told.
func (a AgentConfiguration) tag() (string, error) {
	content, err := json.Marshal(struct {
		Name, Sync, Server string
		URLs               []string
		Interval           time.Duration
		Store              clm.TrustStore
		Digest             string
		Epoch              int64
		Steps              bool
		RenewAt            time.Time
	}{
		a.Device.Name, string(a.Device.CertSync), a.ServerCA.Digest, a.Profile.ServerURLs, a.Profile.CheckInInterval,
		a.Profile.TrustStore, a.Profile.BundleDigest, a.Profile.Epoch, a.Steps, a.RenewAt,
	})
	if err != nil {
		return "", fmt.Errorf("tagging a configuration: %w", err)
	}
	return tagOf(content), nil
}

func tagOf(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:16])
}

// renewalOf is when an agent is to renew its certificate. While another certificate signs
// than signed it, that is soon: agents are spread over half of the overlap, and never
// over more than a day. One that shows an earlier certificate than the latest has lost
// that: it renews now.
func renewalOf(agent clm.Agent, root clm.RootCertificate, now time.Time) time.Time {
	if agent.Next != nil {
		return now
	}
	if agent.Current.Issuer.FingerprintSHA256 == root.Signer().FingerprintSHA256 || root.Replacement == nil {
		return agent.RenewalTime()
	}
	since, span := root.Replacement.FinalizedAt, min(root.Settings().Overlap/2, 24*time.Hour)
	if root.State == clm.RootRollingBack {
		span = 0
	}
	asked := agent.RenewalTime()
	agent.RenewWithin(span, since)
	if asked.Before(*agent.RenewAt) {
		return asked
	}
	return *agent.RenewAt
}

// attestAgent records what the device states. Where nothing may be read, nothing is
// stated.
func (c change) attestAgent(b briefing, s Statement, told bool) error {
	if !b.device.MayRead() {
		return nil
	}
	stated, err := knownDigest(c.Tx, b.profile.ID, s.Digest)
	if err != nil {
		return err
	}
	failure := s.Failure
	if told && stated != b.bundle.Digest && b.device.MayPush() == nil {
		kept, err := b.keeps(c.Tx, stated)
		if err != nil {
			return err
		}
		if kept != stated {
			stated, failure = kept, begun
		}
	}
	if stated == b.receipt.Digest && failure == b.receipt.Failure && c.now.Sub(b.receipt.LastSeen) < b.profile.CheckInInterval/2 {
		return nil
	}
	receipt := b.receipt
	receipt.Attest(stated, failure, c.now)
	return c.PutReceipt(receipt)
}

func (c change) takeInventory(agent clm.Agent, inventory clm.Inventory) error {
	if inventory == agent.Inventory {
		return nil
	}
	agent.Inventory = inventory
	return c.UpdateAgent(&agent)
}
