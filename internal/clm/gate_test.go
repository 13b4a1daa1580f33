package clm_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// openGate is one that nothing keeps closed: each test closes it in one way.
func openGate() clm.DistributionGate {
	return clm.DistributionGate{
		Policy: clm.DefaultReplacementPolicy(), StartedAt: noon.Add(-time.Hour),
		Census:   clm.Census{Expected: 1000, Received: 1000, LastReceiptAt: noon.Add(-time.Minute)},
		Gateways: []clm.GatewayRefresh{{Name: "dmz", RefreshedAt: noon.Add(1 - time.Hour)}, {Name: "hub", AutoRefresh: true}},
	}
}

func stated(current bool, at time.Time) *clm.GatewayProcess {
	return &clm.GatewayProcess{Current: current, StatedAt: at}
}

// Each guard closes the gate by itself, says whom it waits for, and what to do.
func TestDistributionGate(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		change  func(*clm.DistributionGate)
		code    clm.ViolationCode // "": open
		devices []string
		words   string
	}{
		"open":                       {func(*clm.DistributionGate) {}, "", nil, ""},
		"one of a thousand misses":   {func(g *clm.DistributionGate) { g.Census.Received = 999 }, clm.ViolationTooFewReceived, nil, "999 of 1000 devices"},
		"one may miss":               {func(g *clm.DistributionGate) { g.Census.Received, g.Policy.MinimumReceivedPercent = 999, 99 }, "", nil, ""},
		"just enough":                {func(g *clm.DistributionGate) { g.Census.Received, g.Policy.MinimumReceivedPercent = 990, 99 }, "", nil, ""},
		"just not enough":            {func(g *clm.DistributionGate) { g.Census.Received, g.Policy.MinimumReceivedPercent = 989, 99 }, clm.ViolationTooFewReceived, nil, "99 percent are asked for"},
		"nobody is expected":         {func(g *clm.DistributionGate) { g.Census = clm.Census{} }, "", nil, ""},
		"a critical device misses":   {func(g *clm.DistributionGate) { g.Census.Critical = named("bank") }, clm.ViolationCriticalMissing, []string{"bank"}, "critical"},
		"a device is silent":         {func(g *clm.DistributionGate) { g.Census.Silent = named("ship", "cave") }, clm.ViolationSilentDevices, []string{"ship", "cave"}, "168h"},
		"a gateway never refreshed":  {func(g *clm.DistributionGate) { g.Gateways[0].RefreshedAt = time.Time{} }, clm.ViolationStaleGateways, []string{"dmz"}, "not refreshed"},
		"a gateway refreshed before": {func(g *clm.DistributionGate) { g.Gateways[0].RefreshedAt = noon.Add(-time.Hour) }, clm.ViolationStaleGateways, []string{"dmz"}, "not refreshed"},
		"a process states it since":  {func(g *clm.DistributionGate) { g.Gateways[0].Process = stated(true, noon) }, "", nil, ""},
		"a process carries another":  {func(g *clm.DistributionGate) { g.Gateways[0].Process = stated(false, noon) }, clm.ViolationStaleGateways, []string{"dmz"}, "not refreshed"},
		"a process never refreshed": {func(g *clm.DistributionGate) {
			g.Gateways[0] = clm.GatewayRefresh{Name: "dmz", Process: stated(true, noon)}
		}, clm.ViolationStaleGateways, []string{"dmz"}, "not refreshed"},
		"an automatic process":       {func(g *clm.DistributionGate) { g.Gateways[1].Process = stated(true, noon) }, "", nil, ""},
		"one that did not state it":  {func(g *clm.DistributionGate) { g.Gateways[1].Process = stated(true, g.StartedAt) }, clm.ViolationStaleGateways, []string{"hub"}, "not refreshed"},
		"one that carries another":   {func(g *clm.DistributionGate) { g.Gateways[1].Process = stated(false, noon) }, clm.ViolationStaleGateways, []string{"hub"}, "not refreshed"},
		"held down after a receipt":  {func(g *clm.DistributionGate) { g.Policy.HoldDown = time.Minute + 1 }, clm.ViolationHoldDown, nil, "held down until"},
		"hold-down is over":          {func(g *clm.DistributionGate) { g.Policy.HoldDown = time.Minute }, "", nil, ""},
		"held down without receipts": {func(g *clm.DistributionGate) { g.Census, g.Policy.HoldDown = clm.Census{}, 2*time.Hour }, clm.ViolationHoldDown, nil, "13:00:00Z"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			gate := openGate()
			tt.change(&gate)
			found := gate.Violations(noon)
			if tt.code == "" {
				if len(found) > 0 {
					t.Errorf("closed: %+v", found)
				}
				return
			}
			if len(found) != 1 || found[0].Code != tt.code || !strings.Contains(found[0].Message, tt.words) || found[0].Mitigation == "" {
				t.Fatalf("found %+v, want %s with %q", found, tt.code, tt.words)
			}
			if diff := cmp.Diff(tt.devices, found[0].Devices); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A closed gate names everything at once: nobody likes to be told one by one.
func TestDistributionGateNamesEverything(t *testing.T) {
	t.Parallel()
	gate := openGate()
	gate.Policy.HoldDown = time.Hour
	gate.Gateways[0].RefreshedAt = time.Time{}
	gate.Census.Received, gate.Census.Silent, gate.Census.Critical = 0, named("ship"), named("bank")
	if found := gate.Violations(noon); len(found) != 5 {
		t.Errorf("found %+v", found)
	}
}

func TestReplacementPolicyCheck(t *testing.T) {
	t.Parallel()
	must(t, clm.DefaultReplacementPolicy().Check())
	waiver := clm.Waiver{DeviceID: "d", Reason: "r", Until: noon}
	for field, spoil := range map[string][]func(*clm.ReplacementPolicy){
		"replacement.minimum_received_percent": {
			func(p *clm.ReplacementPolicy) { p.MinimumReceivedPercent = -1 }, func(p *clm.ReplacementPolicy) { p.MinimumReceivedPercent = 101 },
		},
		"replacement.hold_down":             {func(p *clm.ReplacementPolicy) { p.HoldDown = -1 }},
		"replacement.silent_after":          {func(p *clm.ReplacementPolicy) { p.SilentAfter = -1 }},
		"replacement.overlap":               {func(p *clm.ReplacementPolicy) { p.Overlap = -1 }},
		"replacement.on_failure":            {func(p *clm.ReplacementPolicy) { p.OnFailure = "pray" }},
		"replacement.child_validity_months": {func(p *clm.ReplacementPolicy) { p.ChildValidityMonths = -1 }},
		"replacement.waivers": {
			func(p *clm.ReplacementPolicy) { p.Waivers = []clm.Waiver{{Reason: "r", Until: noon}} },
			func(p *clm.ReplacementPolicy) { p.Waivers = []clm.Waiver{{DeviceID: "d", Until: noon}} },
			func(p *clm.ReplacementPolicy) { p.Waivers = []clm.Waiver{{DeviceID: "d", Reason: "r"}} },
			func(p *clm.ReplacementPolicy) { p.Waivers = []clm.Waiver{waiver, waiver} },
		},
	} {
		for i, change := range spoil {
			policy := clm.DefaultReplacementPolicy()
			change(&policy)
			var wrong *clm.Error
			if !errors.As(policy.Check(), &wrong) || wrong.Kind != clm.KindInvalid || wrong.Field != field {
				t.Errorf("%s, %d: %v", field, i, policy.Check())
			}
		}
	}
}

func named(names ...string) []clm.TrustReport {
	reports := make([]clm.TrustReport, len(names))
	for i, name := range names {
		reports[i].Name = name
	}
	return reports
}
