package clm

import (
	"fmt"
	"time"
)

// Violation is one reason why a gate is closed, in words a person can act on.
type Violation struct {
	Code       ViolationCode
	Message    string
	Devices    []string // names, of devices or gateways
	Mitigation string
	Until      time.Time // when it ends by itself; zero: never
}

// ViolationCode names a guard of a gate.
type ViolationCode string

// The guards of the distribution gate.
const (
	ViolationTooFewReceived  ViolationCode = "too_few_received"
	ViolationCriticalMissing ViolationCode = "critical_missing"
	ViolationSilentDevices   ViolationCode = "silent_devices"
	ViolationStaleGateways   ViolationCode = "stale_gateways"
	ViolationHoldDown        ViolationCode = "hold_down"
)

// GatewayRefresh is what a gate needs to know of an internet gateway.
type GatewayRefresh struct {
	Name        string
	AutoRefresh bool
	RefreshedAt time.Time // the latest refresh on record; zero without one
	// Process is what its process has to say; nil where none has enrolled: then its owner's
	// word counts.
	Process *GatewayProcess
}

// GatewayProcess is what counts of a gateway's own statements.
type GatewayProcess struct {
	Current  bool      // it carries what is published
	StatedAt time.Time // when it last said so
}

// Refreshed tells whether the gateway carries what was published at since. Its process
// has to state it; without auto refresh somebody has to refresh it besides.
func (g GatewayRefresh) Refreshed(since time.Time) bool {
	switch {
	case g.Process == nil:
		return g.AutoRefresh || g.RefreshedAt.After(since)
	case !g.Process.Current:
		return false
	case g.AutoRefresh:
		return g.Process.StatedAt.After(since)
	}
	return g.RefreshedAt.After(since)
}

// refreshGateways is what to do about stale ones.
const refreshGateways = "refresh each gateway: with terraform-provider-clm internet-gateway refresh on its machine or, where no such process runs, " +
	"by hand, and then raise its refresh_epoch; revoke or delete one that does not come back"

// DistributionGate is the question finalize asks. It must be asked inside the
// transaction that advances, with that transaction's facts and time.
type DistributionGate struct {
	Policy    ReplacementPolicy
	StartedAt time.Time
	Census    Census
	Gateways  []GatewayRefresh
}

// Violations are the unmet conditions at now; none means the gate is open.
func (g DistributionGate) Violations(now time.Time) []Violation {
	var found []Violation
	for _, guard := range []func(time.Time) *Violation{g.received, g.critical, g.silent, g.gateways, g.heldDown} {
		if v := guard(now); v != nil {
			found = append(found, *v)
		}
	}
	return found
}

func (g DistributionGate) received(time.Time) *Violation {
	// In whole numbers: 99.9 percent is not 100.
	if g.Census.Received*100 >= g.Policy.MinimumReceivedPercent*g.Census.Expected {
		return nil
	}
	return &Violation{
		Code: ViolationTooFewReceived,
		Message: fmt.Sprintf("%d of %d devices received the new certificate, %d percent are asked for",
			g.Census.Received, g.Census.Expected, g.Policy.MinimumReceivedPercent),
		Mitigation: "wait for the others, waive or delete those that will not come back, or lower minimum_received_percent",
	}
}

func (g DistributionGate) critical(time.Time) *Violation {
	if len(g.Census.Critical) == 0 {
		return nil
	}
	return &Violation{
		Code:    ViolationCriticalMissing,
		Message: "critical devices have not received the new certificate", Devices: namesOf(g.Census.Critical),
		Mitigation: "bring them back, or waive them with a reason",
	}
}

func (g DistributionGate) silent(time.Time) *Violation {
	if len(g.Census.Silent) == 0 {
		return nil
	}
	return &Violation{
		Code:    ViolationSilentDevices,
		Message: fmt.Sprintf("devices were not heard of for %s", g.Policy.SilentAfter), Devices: namesOf(g.Census.Silent),
		Mitigation: "bring them back, delete them if they are gone for good, or waive them with a reason",
	}
}

func (g DistributionGate) gateways(time.Time) *Violation {
	stale := Stale(g.Gateways, g.StartedAt)
	if len(stale) == 0 {
		return nil
	}
	return &Violation{
		Code:    ViolationStaleGateways,
		Message: "internet gateways were not refreshed since the replacement began", Devices: stale,
		Mitigation: refreshGateways,
	}
}

func (g DistributionGate) heldDown(now time.Time) *Violation {
	since := g.StartedAt
	if g.Census.LastReceiptAt.After(since) {
		since = g.Census.LastReceiptAt
	}
	open := since.Add(g.Policy.HoldDown)
	if !now.Before(open) {
		return nil
	}
	return &Violation{
		Code:       ViolationHoldDown,
		Message:    fmt.Sprintf("the new certificate is held down until %s", open.UTC().Format(time.RFC3339)),
		Mitigation: "wait, or lower hold_down", Until: open,
	}
}

// Stale lists the gateways that still carry what was published before since.
func Stale(gateways []GatewayRefresh, since time.Time) []string {
	var names []string
	for _, g := range gateways {
		if !g.Refreshed(since) {
			names = append(names, g.Name)
		}
	}
	return names
}

func namesOf(reports []TrustReport) []string {
	names := make([]string, len(reports))
	for i, r := range reports {
		names[i] = r.Name
	}
	return names
}
