package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// GatewayStatement is what the process of an internet gateway states when it checks in.
type GatewayStatement struct {
	Tag       string // of the configuration it has
	Digest    string // of the bundle it lets agents in by, "" for none
	Refresh   string // which refresh by hand took that in, "" for none
	Inventory clm.Inventory
}

// GatewayConfiguration is what an internet gateway works by.
type GatewayConfiguration struct {
	Tag      string
	Gateway  clm.InternetGateway
	Profile  clm.CommunicationProfile
	Bundle   clm.Bundle // that is published: whether it is taken in at once is the gateway's to say
	ServerCA clm.Bundle // whom to trust to be the server
	Lists    []clm.RevocationList
	RenewAt  time.Time
}

// GatewayCheckIn takes in what a gateway states, and answers the configuration when it is
// another than the gateway has, nil otherwise. nil tells that its revocation lists are the
// newest there are, too.
func (e *Engine) GatewayCheckIn(ctx context.Context, by clm.Principal, s GatewayStatement) (*GatewayConfiguration, error) {
	lists, err := e.RevocationLists(ctx, by, clm.ServerRoot)
	if err != nil {
		return nil, err
	}
	var answer *GatewayConfiguration
	err = e.update(ctx, by, func(c change) error {
		configuration, agent, err := c.gatewayConfiguration(by.AgentID)
		if err != nil {
			return err
		}
		configuration.Lists = lists
		if configuration.Tag, err = configuration.tag(); err != nil {
			return err
		}
		answer = nil // the transaction may be run again
		if configuration.Tag != s.Tag {
			answer = &configuration
		}
		return c.attestGateway(agent, configuration, s)
	})
	return answer, err
}

func (c change) gatewayConfiguration(id string) (out GatewayConfiguration, agent clm.Agent, err error) {
	if agent, err = c.Agent(id); err != nil {
		return out, agent, err
	}
	if out.Gateway, err = c.Gateway(agent.ID); err != nil {
		return out, agent, err
	}
	if out.Profile, err = c.Profile(out.Gateway.ProfileID); err != nil {
		return out, agent, err
	}
	if out.Bundle, err = c.Bundle(out.Profile.ID, out.Profile.BundleDigest); err != nil {
		return out, agent, err
	}
	root, err := controlRoot(c.Tx)
	if err != nil {
		return out, agent, err
	}
	out.ServerCA, out.RenewAt = clm.NewBundle(root.Trusted()), renewalOf(agent, root, c.now)
	if !agent.Latest().Names.Equal(out.Gateway.Names()) {
		out.RenewAt = c.now
	}
	return out, agent, nil
}

// attestGateway records what the process states, and that it was seen. A refresh by hand
// is on record with the gateway as the one who did it.
func (c change) attestGateway(agent clm.Agent, told GatewayConfiguration, s GatewayStatement) error {
	agent.LastSeen, agent.Inventory = c.now, s.Inventory
	if err := c.UpdateAgent(&agent); err != nil {
		return err
	}
	gateway := told.Gateway
	if !gateway.State(s.Digest, s.Refresh, told.Bundle.Digest, c.now) {
		return c.Tx.UpdateGateway(&gateway)
	}
	gateway.Refresh(c.by.Name, c.now)
	return c.saveGateway(&gateway, "refresh")
}

// tag changes with anything a gateway is told. A renewal that is due is told at each
// check-in until it is done.
func (g GatewayConfiguration) tag() (string, error) {
	told := struct {
		Name, Digest, Server string
		Addresses            []string
		Epoch                int64
		AutoRefresh          bool
		Interval             time.Duration
		RenewAt              time.Time
		Lists                []int64
	}{
		Name: g.Gateway.Name, Digest: g.Bundle.Digest, Server: g.ServerCA.Digest, Addresses: g.Gateway.Addresses, Epoch: g.Profile.Epoch,
		AutoRefresh: g.Gateway.AutoRefresh, Interval: g.Profile.CheckInInterval, RenewAt: g.RenewAt,
	}
	for _, list := range g.Lists {
		told.Lists = append(told.Lists, list.Number)
	}
	content, err := json.Marshal(told)
	if err != nil {
		return "", fmt.Errorf("tagging the configuration of an internet gateway: %w", err)
	}
	return tagOf(content), nil
}
