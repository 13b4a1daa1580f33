package provider_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/backend"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/engine"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/target"
)

// A file of somebody else is never taken for the bundle's place: the device is
// recorded, and the error says what to do.
func TestDeviceTrustOverForeignFile(t *testing.T) {
	w := newWorld(t, []string{"web-1"})
	told := []complaint{{about: webOne, words: []string{"Cannot put the trust bundle on device web-1", "etc/trust/ca-bundle.pem is there already", "The device is recorded. Apply again once the cause is gone."}}}
	config, moved := profileBlock("")+trusting("web-1"), profileAt(`directory = "ssl"`, "")+trusting("web-1")
	w.tell(
		act{before: func() { w.write("foreign", "web-1", "etc/trust", "ca-bundle.pem") }, config: config, refused: told},
		act{
			before: func() {
				if w.read("web-1", "etc/trust", "ca-bundle.pem") != "foreign" {
					t.Error("a foreign file was touched")
				}
				w.remove("web-1", "etc/trust", "ca-bundle.pem")
			},
			config: config, plan: replaces(webOne), // a create that failed is tainted, by the CLI's own rule
			after: func() { w.trusts(trustPlace+"/ca-bundle.pem", w.root.FingerprintSHA256) },
		},
		leaving{act{
			before: func() { w.write("foreign", "web-1", "ssl", "ca-bundle.pem") }, config: moved, plan: updates(agents),
			warns: []string{"- web-1: device \"web-1\": " + w.path("web-1") + "/ssl/ca-bundle.pem is there already"},
		}, updates(webOne)},
		act{config: moved, plan: updates(webOne), refused: []complaint{{about: webOne, words: []string{"Cannot put the trust bundle on device web-1", "ssl/ca-bundle.pem is there already"}}}},
		act{
			before: func() {
				w.trusts(trustPlace+"/ca-bundle.pem", w.root.FingerprintSHA256)
				w.remove("web-1", "ssl", "ca-bundle.pem")
			},
			config: moved, plan: updates(webOne),
			after: func() {
				w.trusts("web-1/ssl/ca-bundle.pem", w.root.FingerprintSHA256)
				w.missing("web-1/etc/trust/ca-bundle.pem")
			},
		},
	)
}

// An installation that dies on the way is an error with what was recorded in
// state; the next plan shows what is left, and its apply does it.
func TestDeviceTrustFails(t *testing.T) {
	for _, fault := range pushFaults {
		t.Run(fault.name, func(t *testing.T) {
			deployer := &clmtest.Deployer{Deployer: target.New()}
			w := newWorld(t, []string{"web-1"}, func(c *backend.Config) { c.Deployer = deployer })
			broken := clmtest.Fault{Err: clm.Errorf(clm.KindFailed, "the disk of %s is full", "web-1").WithHint("free some space"), Applied: fault.applied}
			told := []complaint{{about: webOne, words: []string{"Cannot put the trust bundle on device web-1", "The disk of web-1 is full"}}}
			config := func(profile string) string {
				return profileBlock("") + strings.Replace(trustingDevice("web-1", ""), agents+".id", profile, 1)
			}
			w.tell(
				act{config: config("null")},
				act{before: func() { deployer.Fail(fault.method, broken) }, config: config(agents + ".id"), plan: updates(webOne), refused: told},
				act{
					before: func() { deployer.Fail(fault.method, clmtest.Fault{}) }, config: config(agents + ".id"), plan: updates(webOne),
					after: func() {
						w.trusts(trustPlace+"/ca-bundle.pem", w.root.FingerprintSHA256)
						w.stated("web-1", "etc/trust/ca-bundle.pem")
					},
				},
			)
		})
	}
}

// What an installation that failed did not do is not forgotten, and what it
// failed for is, once somebody else has done it.
func TestDeviceTrustFailsLate(t *testing.T) {
	deployer := &clmtest.Deployer{Deployer: target.New()}
	w := newWorld(t, []string{"web-1"}, func(c *backend.Config) { c.Deployer = deployer })
	full := func() {
		deployer.Fail("install", clmtest.Fault{Err: clm.Errorf(clm.KindFailed, "the disk of %s is full", "web-1")})
	}
	freed := func() { deployer.Fail("install", clmtest.Fault{}) }
	failure := func() string { return must2(w.ObserveDevice(t.Context(), "web-1"))(t).Trust.Receipt.Failure }
	config := profileBlock("") + trusting("web-1")
	less := profileAt(`directory = "etc/trust", java_key_store_file = "trust.jks"`, "") + trusting("web-1")
	store := ""
	w.tell(
		act{config: config},
		leaving{act{before: full, config: less, plan: all(updates(agents), keeps(webOne)), warns: []string{"- web-1: the disk of web-1 is full"}}, updates(webOne)},
		act{before: freed, config: less, plan: all(updates(webOne), keeps(agents)), after: func() { w.missing(trustPlace + "/trust.p12") }},
		act{
			before: func() { store = w.read("web-1", "etc/trust/trust.jks"); w.edit(trustPlace+"/trust.jks", ""); full() },
			config: less, plan: updates(webOne), refused: []complaint{{about: webOne, words: []string{"The disk of web-1 is full"}}},
		},
		act{
			before: func() {
				if failure() == "" {
					t.Error("the failure is not recorded")
				}
				w.edit(trustPlace+"/trust.jks", store)
			},
			config: less, plan: all(updates(webOne), keeps(agents)),
			after: func() {
				if told := failure(); told != "" {
					t.Errorf("the device is said to have failed: %s", told)
				}
			},
		},
	)
}

// What happens between plan and apply breaks no promise of the plan.
func TestTrustBetweenPlanAndApply(t *testing.T) {
	t.Parallel()
	estate := clmtest.NewBackend(t)
	root, folder := corpRoot(t, estate), t.TempDir()
	must(t, os.Mkdir(filepath.Join(folder, "web-1"), 0o755))
	meddled := map[string]func(){}
	providers := meddling(estate.Provider(), func(kind string) {
		if do := meddled[kind]; do != nil {
			delete(meddled, kind)
			do()
		}
	})
	before := func(kind string, do func(), step resource.TestStep) resource.TestStep {
		return after(func() { meddled[kind] = do }, step)
	}
	told := func(interval, relayName, more string) string {
		return fmt.Sprintf("locals {\n  root = %q\n  folder = %q\n}\n", root.ID, folder) + profileBlock("  check_in_interval = \""+interval+"\"") +
			trustingDevice("web-1", more) +
			"resource \"clm_internet_gateway\" \"relay\" {\n  name = \"" + relayName + "\"\n  communication_profile_id = " + agents + ".id\n}\n"
	}
	republish := func() {
		p := must2(estate.CommunicationProfile(t.Context(), "agents"))(t)
		must2(estate.UpdateCommunicationProfile(t.Context(), p.ID, api.WriteCommunicationProfile{
			Name: p.Name, AdditionalCertificates: []string{newOpensslRoot(t, "Partner").pem(t)}, CheckInIntervalSeconds: 1, TrustStore: p.TrustStore,
		}))(t)
	}
	refresh := func() {
		estate.Clock.Advance(time.Hour)
		must2(estate.RefreshInternetGateway(t.Context(), "relay"))(t)
	}
	away := func() { must(t, os.Rename(folder+"/web-1", folder+"/away")) }
	back := func() { must(t, os.Rename(folder+"/away", folder+"/web-1")) }
	tellWith(t, providers,
		does(told("15m", "relay", ""), creates(agents, webOne, relay)),
		before("clm_communication_profile", republish, does(told("20m", "relay", ""), updates(agents))),
		before("clm_internet_gateway", refresh, does(told("20m", "bridge", ""), updates(relay))),
		before("clm_device", away, does(told("20m", "bridge", "  critical = true"), updates(webOne))),
		after(back, does(told("20m", "bridge", "  critical = true"))),
	)
}

// meddling does something before each apply of a resource.
func meddling(providers served, before func(kind string)) served {
	out := served{}
	for name, serve := range providers {
		out[name] = func() (tfprotov6.ProviderServer, error) {
			server, err := serve()
			return meddler{server, before}, err
		}
	}
	return out
}

type meddler struct {
	tfprotov6.ProviderServer
	before func(kind string)
}

func (m meddler) ApplyResourceChange(ctx context.Context, req *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	m.before(req.TypeName)
	return m.ProviderServer.ApplyResourceChange(ctx, req)
}

// A device that takes longer than the time for it is one that does not answer:
// the profile is changed, the others are told, and the rest is planned.
func TestProfileRunsOutOfTime(t *testing.T) {
	stuck := &stuckDeployer{Deployer: target.New()}
	w := newWorld(t, []string{"web-1", "web-2"}, func(c *backend.Config) { c.Deployer = stuck })
	partner := newOpensslRoot(t, "Partner").pem(t)
	added := profileBlock("  timeouts = { update = \"3s\" }\n  additional_certificates_pem = ["+inText(partner)+"]") + trusting("web-1", "web-2")
	both := []string{w.root.FingerprintSHA256, opensslReads(t, partner)["fingerprint_sha256"]}
	w.tell(
		act{config: profileBlock("") + trusting("web-1", "web-2")},
		leaving{act{
			before: func() { stuck.device.Store("web-2") }, config: added, plan: all(updates(agents), keeps(webOne, webTwo)),
			warns: []string{`- web-2: the time for it was over before device "web-2" had answered`},
			after: func() {
				stuck.device.Store("")
				w.trusts(trustPlace+"/ca-bundle.pem", both...)
				w.published(2)
			},
		}, all(updates(webTwo), keeps(agents, webOne))},
		act{config: added, plan: all(updates(webTwo), keeps(agents, webOne)), after: func() { w.trusts("web-2/etc/trust/ca-bundle.pem", both...) }},
	)
}

// stuckDeployer never comes to an end with one device.
type stuckDeployer struct {
	engine.Deployer
	device atomic.Value
}

func (d *stuckDeployer) Install(ctx context.Context, device clm.Device, set clm.FileSet) error {
	if d.device.Load() == device.Name {
		<-ctx.Done()
		return ctx.Err()
	}
	return d.Deployer.Install(ctx, device, set)
}

// leaving is an act after which something is left to do.
type leaving struct {
	act
	left checks
}

func (l leaving) step(w *world) resource.TestStep {
	step := l.act.step(w)
	step.ConfigPlanChecks.PostApplyPostRefresh, step.ExpectNonEmptyPlan = l.left, true
	return step
}
