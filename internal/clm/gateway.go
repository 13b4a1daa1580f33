package clm

import (
	"net"
	"time"
)

// InternetGateway relays for agents outside the network. It carries its own copy
// of the trust: with auto refresh it follows by itself, without it somebody has to
// refresh it and say so.
type InternetGateway struct {
	ID           string    `json:"id"`
	Name         string    `json:"name"`
	ProfileID    string    `json:"profile_id"`
	Addresses    []string  `json:"addresses,omitempty"` // names and IP addresses by which agents reach it
	AutoRefresh  bool      `json:"auto_refresh"`
	RefreshEpoch int64     `json:"refresh_epoch"` // raised by whoever refreshed it
	RefreshedAt  time.Time `json:"refreshed_at"`
	RefreshedBy  string    `json:"refreshed_by"`
	Carried      *Carried  `json:"carried,omitempty"` // nil: no process of it has stated anything
	CreatedAt    time.Time `json:"created_at"`
	UpdatedAt    time.Time `json:"updated_at"`
	Revision     int64     `json:"-"`
}

// Carried is what the process of a gateway stated last: the trust by which it lets
// agents in.
type Carried struct {
	Digest   string    `json:"digest"`
	StatedAt time.Time `json:"stated_at"`
	// Refresh tells the latest refresh by hand apart from others: an answer that got lost
	// makes no second one of it.
	Refresh string `json:"refresh,omitempty"`
}

// State records what the process of the gateway states at now, when that much is
// published. A refresh by hand counts if what was taken in is what is published, and
// tells so.
func (g *InternetGateway) State(digest, refresh, published string, now time.Time) (refreshed bool) {
	before := Carried{}
	if g.Carried != nil {
		before = *g.Carried
	}
	refreshed = refresh != "" && refresh != before.Refresh && digest == published
	if !refreshed {
		refresh = before.Refresh
	}
	g.Carried = &Carried{Digest: digest, StatedAt: now, Refresh: refresh}
	return refreshed
}

// Check says whether the gateway is well formed.
func (g InternetGateway) Check() error {
	if err := CheckName(g.Name); err != nil {
		return err
	}
	if g.ProfileID == "" {
		return Invalid("communication_profile_id", "internet gateway %q has no communication profile", g.Name)
	}
	if g.RefreshEpoch < 0 {
		return Invalid("refresh_epoch", "%d is negative", g.RefreshEpoch)
	}
	return nil
}

// Names are what it proves itself by to the agents it relays.
func (g InternetGateway) Names() (names Names) {
	for _, address := range g.Addresses {
		if net.ParseIP(address) != nil {
			names.IPs = append(names.IPs, address)
		} else {
			names.DNS = append(names.DNS, address)
		}
	}
	return names
}

// Refresh records that the gateway was refreshed.
func (g *InternetGateway) Refresh(by string, now time.Time) { g.RefreshedAt, g.RefreshedBy = now, by }

// Refreshing is what a gate needs to know of it.
func (g InternetGateway) Refreshing() GatewayRefresh {
	return GatewayRefresh{Name: g.Name, AutoRefresh: g.AutoRefresh, RefreshedAt: g.RefreshedAt}
}

// RefreshingItself is that of a gateway with a process, while that much is published.
func (g InternetGateway) RefreshingItself(published string) GatewayRefresh {
	refresh, process := g.Refreshing(), &GatewayProcess{}
	if g.Carried != nil {
		process.Current, process.StatedAt = g.Carried.Digest == published, g.Carried.StatedAt
	}
	refresh.Process = process
	return refresh
}

// Untouched tells whether its owner never changed it since it was made.
func (g InternetGateway) Untouched() bool { return g.UpdatedAt.Equal(g.CreatedAt) }
