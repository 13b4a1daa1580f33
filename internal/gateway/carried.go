package gateway

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/identity"
)

// carried is what a gateway knows when it starts again.
type carried struct {
	Trust         *api.GatewayTrust         `json:"trust,omitempty"`         // that was taken in: agents are verified by it
	Configuration *api.GatewayConfiguration `json:"configuration,omitempty"` // that was told last
	Refresh       string                    `json:"refresh,omitempty"`       // by hand, to be stated until that was answered
}

const carriedFile = "carried.json"

// recall takes in what is on the disk. What it knows of revocations counts when a server
// has said that it is the newest, and not before.
func (g *Gateway) recall(context.Context) error {
	content, err := g.folder.Read(carriedFile)
	if err != nil || content == nil {
		return err
	}
	if err = json.Unmarshal(content, &g.carried); err == nil {
		err = g.admission.load(g.carried)
	}
	if err != nil {
		return fmt.Errorf("reading %s: %w (it is damaged: put a copy of it back, or remove it; the server tells it again)", g.folder.Path(carriedFile), err)
	}
	return nil
}

// keep has the next on the disk first, and then lets agents in by it.
func (g *Gateway) keep(next carried) error {
	content, err := json.MarshalIndent(next, "", "  ")
	if err != nil {
		return fmt.Errorf("encoding %s: %w", carriedFile, err)
	}
	if err := g.folder.Replace(carriedFile, append(content, '\n')); err != nil {
		return err
	}
	g.carried = next
	return g.admission.load(next)
}

// interval is the time between two check-ins that go well: never so long that what is
// known of revocations gets too old in between.
func (g *Gateway) interval() time.Duration {
	g.one.Lock()
	defer g.one.Unlock()
	interval := identity.FirstInterval
	if c := g.carried.Configuration; c != nil && c.CheckInIntervalSeconds > 0 {
		interval = time.Duration(c.CheckInIntervalSeconds) * time.Second
	}
	return min(interval, g.config.Bound/3)
}

func (c carried) tag() string {
	if c.Configuration == nil {
		return ""
	}
	return c.Configuration.Tag
}

func (c carried) digest() string {
	if c.Trust == nil {
		return ""
	}
	return c.Trust.Digest
}
