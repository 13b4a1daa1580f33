package provider_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/backend"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/target"
)

// newTroubled is a replacement on devices that fail on demand.
func newTroubled(t *testing.T) (*replacing, *clmtest.Deployer) {
	deployer := &clmtest.Deployer{Deployer: target.New()}
	return newReplacing(t, func(c *backend.Config) { c.Deployer = deployer }), deployer
}

const trustedRoot = "clm_root_certificate.corp"

// The gateway follows by itself in these stories.
const follows = "auto"

func fullDisk(device string) clmtest.Fault {
	return clmtest.Fault{Err: clm.Errorf(clm.KindFailed, "no space left on device"), Device: device}
}

// stopped is the apply in which a server's disk turns out to be full.
func (r *replacing) stopped(deployer *clmtest.Deployer, policy string) act {
	return act{
		before: func() { deployer.Fail("preflight", fullDisk("server-1")) },
		config: r.estate(r.freshPFX, 2, policy, follows), plan: append(updates(trustedRoot), neverReplaces{}),
		refused: []complaint{{about: trustedRoot, words: []string{
			"The replacement of root certificate corporate has stopped at a failure",
			"push of connector shop-1 (certificate shop): no space left on device", "apply again", "override_children",
		}}},
		after: func() { r.everybodyAccepts(0, 1, 2, 3, 4) },
	}
}

// Stopped by a child, then tried again.
func TestReplaceStopsAndIsTriedAgain(t *testing.T) {
	r, deployer := newTroubled(t)
	r.tell(
		phase{config: r.estate(r.oldPFX, 1, "", follows)},
		r.stopped(deployer, ""),
		phase{
			before: func() { deployer.Fail("preflight", clmtest.Fault{}) },
			config: r.estate(r.freshPFX, 2, "", follows), plan: updates(trustedRoot),
			shows: []stateCheck{shown("phase", words("active"))},
			after: func() { r.everybodyAccepts(0, 1, 2, 3, 4) },
		},
		act{},
	)
}

// Stopped by a child, then gone on without it: it keeps what it has and stays
// trusted until it is seen to.
func TestReplaceGoesOnWithout(t *testing.T) {
	r, deployer := newTroubled(t)
	const without = `override_children = ["shop-1"]`
	r.tell(
		phase{config: r.estate(r.oldPFX, 1, "", follows)},
		r.stopped(deployer, ""),
		phase{
			config: r.estate(r.freshPFX, 2, without, follows), plan: all(updates(trustedRoot), keeps("clm_connector.shop[1]")),
			warns: []string{"certificates of the old root may still be in use: shop"},
			shows: []stateCheck{shown("phase", words("retiring"))},
			after: func() { r.everybodyAccepts(0, 1, 2, 3, 4) },
		},
		phase{ // it is seen to: its name is taken off the list
			before: func() { deployer.Fail("preflight", clmtest.Fault{}) },
			config: r.estate(r.freshPFX, 2, "", follows), plan: updates(trustedRoot, "clm_connector.shop[1]"),
			warns: []string{"may still be in use"}, advance: true,
		},
		phase{
			config: r.estate(r.freshPFX, 2, "", follows), plan: updates(trustedRoot),
			shows: []stateCheck{shown("phase", words("active"))},
			after: func() { r.everybodyAccepts(0, 1, 2, 3, 4) },
		},
		act{},
	)
}

// Stopped by a child, then the old certificate is set back: everything that had
// moved goes back, and nobody is cut off.
func TestReplaceIsAborted(t *testing.T) {
	r, deployer := newTroubled(t)
	r.tell(
		phase{config: r.estate(r.oldPFX, 1, "", follows)},
		r.stopped(deployer, ""),
		phase{
			before: func() { deployer.Fail("preflight", clmtest.Fault{}) },
			config: r.estate(r.oldPFX, 3, "", follows), plan: updates(trustedRoot),
			shows: []stateCheck{
				shown("phase", words("active")),
				statecheck.ExpectKnownValue(rollout, tfjsonpath.New("history").AtSliceIndex(0).AtMapKey("outcome"), words("rolled_back")),
			},
			after: func() {
				r.everybodyAccepts(0, 1, 2, 3, 4)
				for _, server := range []string{"server-0", "server-1"} {
					if err := r.verifies(server, r.old.path("root.pem")); err != nil {
						t.Error(err)
					}
				}
			},
		},
		act{},
	)
}

// With on_failure = roll_back the apply fails, says why, and leaves everything as
// it was before; it is not tried again by itself.
func TestReplaceRollsBackOnFailure(t *testing.T) {
	r, deployer := newTroubled(t)
	const policy = `on_failure = "roll_back"`
	r.tell(
		phase{config: r.estate(r.oldPFX, 1, "", follows)},
		act{
			before: func() { deployer.FailOnce("preflight", fullDisk("server-1")) },
			config: r.estate(r.freshPFX, 2, policy, follows), plan: updates(trustedRoot),
			refused: []complaint{{about: trustedRoot, words: []string{
				"The replacement of root certificate corporate was rolled back", "Push of shop-1 failed: no space left on device", "set the old source back",
			}}},
		},
		phase{
			config: r.estate(r.freshPFX, 2, policy, follows), plan: keeps(trustedRoot),
			shows: []stateCheck{shown("phase", words("active"))},
			after: func() { r.everybodyAccepts(0, 1, 2, 3, 4) },
		},
		act{},
	)
}
