package provider_test

import (
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/backend"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/target"
)

// pushFaults are the ways a push fails once it has begun.
var pushFaults = []struct {
	name, method string
	applied      bool
	reason       string // why the connector is out of sync in the plan after it
}{
	{"install", "install", false, "other_managed_certificate"},
	{"install that was done", "install", true, "key_mismatch"},
	{"look after the install", "observe", false, "key_mismatch"},
}

// TestConnectorPushFails: a push that dies on the way is an error with what was
// recorded in state; the next plan shows what is left, and its apply does it.
func TestConnectorPushFails(t *testing.T) {
	for _, fault := range pushFaults {
		t.Run(fault.name, func(t *testing.T) {
			deployer := &clmtest.Deployer{Deployer: target.New()}
			w := newWorld(t, []string{"web-1", "web-2"}, func(c *backend.Config) { c.Deployer = deployer })
			broken := clmtest.Fault{Err: clm.Errorf(clm.KindFailed, "the disk of %s is full", "web-1").WithHint("free some space"), Applied: fault.applied}
			told := []complaint{
				{about: connector("shop"), words: []string{"Cannot put the certificate on device web-1", "The disk of web-1 is full", "free some space", "Apply again once the cause is gone."}},
			}
			config, changed := wishes{"shop": ``}.config(), wishes{"shop": `certificate = "mail"`}.config()
			w.tell(
				act{before: func() { deployer.Fail(fault.method, broken) }, config: config, refused: told},
				act{
					before: func() {
						deployer.Fail(fault.method, clmtest.Fault{})
						if w.connectorIDs()["shop"] == "" {
							t.Error("the connector is not recorded")
						}
					},
					config: config, plan: replaces(connector("shop")), // a create that failed is tainted, by the CLI's own rule
					after: func() { w.holds("shop", "web-1", "shop") },
				},
				act{before: func() { deployer.Fail(fault.method, broken) }, config: changed, plan: updates(connector("shop")), refused: told},
				act{
					before: func() { deployer.Fail(fault.method, clmtest.Fault{}) }, config: changed,
					plan:  all(updates(connector("shop")), finds(connector("shop"), "sync_reason", fault.reason)),
					after: func() { w.holdsAt("mail", "shop", "web-1", "shop") },
				},
				act{},
			)
		})
	}
}
