package provider_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/backend"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
)

// replacing is the contract of a staged replacement, as a user writes it: five
// agents that trust, two servers that serve, a gateway to be refreshed by hand.
type replacing struct {
	*world
	old, fresh opensslRoot
	oldPFX     string
	freshPFX   string
}

func newReplacing(t *testing.T, options ...func(*backend.Config)) *replacing {
	devices := []string{"server-0", "server-1"}
	for i := range 5 {
		devices = append(devices, fmt.Sprintf("agent-%d", i))
	}
	old, fresh := newOpensslRoot(t, "Corp 2026"), newOpensslRoot(t, "Corp 2027") // before the clock of the world stands still
	r := &replacing{world: newWorld(t, devices, options...), old: old, fresh: fresh}
	r.oldPFX, r.freshPFX = r.old.pfx(t), r.fresh.pfx(t)
	return r
}

// estate is the configuration: what the root is made from, how careful its
// replacement is, and how often the gateway was refreshed, or "auto".
func (r *replacing) estate(pfx string, version int, policy, epoch string) string {
	return secretVariable + fmt.Sprintf(`
resource "clm_root_certificate" "corp" {
  name                    = "corporate"
  pfx_file                = %q
  pfx_password_wo         = var.secret
  pfx_password_wo_version = %d
  deletion_protection     = false
  replacement             = { %s }
  timeouts                = { update = "1s" }
}

resource "clm_communication_profile" "agents" {
  name                        = "agents"
  server_urls                 = ["https://clm.example.com:8443"]
  root_certificate_ids        = [clm_root_certificate.corp.id]
  additional_certificates_pem = []
  check_in_interval           = "15m"
  trust_store                 = { directory = "etc/clm/trust", bundle_file = "ca-bundle.pem" }
}

resource "clm_device" "agent" {
  count                    = 5
  name                     = "agent-${count.index}"
  communication_profile_id = clm_communication_profile.agents.id
  critical                 = false
  local                    = { root_directory = "${local.folder}/agent-${count.index}" }
}

resource "clm_internet_gateway" "dmz" {
  name                     = "dmz"
  communication_profile_id = clm_communication_profile.agents.id
%s
}

resource "clm_device" "server" {
  count = 2
  name  = "server-${count.index}"
  local = { root_directory = "${local.folder}/server-${count.index}" }
}

resource "clm_certificate" "shop" {
  name                  = "shop"
  issuer_id             = clm_root_certificate.corp.id
  common_name           = "shop.example.com"
  dns_names             = ["shop.example.com"]
  validity_period_hours = 2160
}

resource "clm_connector" "shop" {
  count          = 2
  name           = "shop-${count.index}"
  certificate_id = clm_certificate.shop.id
  device_id      = clm_device.server[count.index].id
  file_system    = { directory = "tls", certificate_file = "shop.crt", key_file = "shop.key", chain_file = "chain.crt" }
}

data "clm_rollout" "corp" {
  root_certificate_id = clm_root_certificate.corp.id
  depends_on          = [clm_device.agent, clm_internet_gateway.dmz, clm_connector.shop]
}

output "served" {
  value = clm_certificate.shop.fingerprint_sha256
}
`, pfx, version, policy, map[bool]string{true: "  auto_refresh = true", false: "  auto_refresh = false\n  refresh_epoch = " + epoch}[epoch == "auto"])
}

const rollout = "data.clm_rollout.corp"

// phase is one apply of a replacement. It never plans to replace the root, and
// leaves an empty plan, unless something can go on at once.
type phase struct {
	before  func()
	config  string
	plan    []plancheck.PlanCheck
	warns   []string
	shows   []stateCheck
	advance bool // the next plan is not empty
	after   func()
}

func (p phase) step(w *world) resource.TestStep {
	step := act{before: p.before, config: p.config, plan: append(p.plan, neverReplaces{}), warns: p.warns, after: p.after}.step(w)
	step.ConfigStateChecks = p.shows
	if p.advance {
		step.ExpectNonEmptyPlan = true
		step.ConfigPlanChecks.PostApplyPostRefresh = updates(trustedRoot)
	}
	return step
}

func (r *replacing) away(device string) func() {
	return func() {
		must(r.t, os.Rename(filepath.Join(r.folder, device), filepath.Join(r.folder, device+".away")))
	}
}

func (r *replacing) back(device string) func() {
	return func() {
		must(r.t, os.Rename(filepath.Join(r.folder, device+".away"), filepath.Join(r.folder, device)))
	}
}

// later lets time pass, so that what comes after is seen to. It is little: openssl
// goes by its own clock.
func (r *replacing) later() { r.Clock.Advance(time.Second) }

// verifies is what openssl says of what a server serves to somebody who trusts
// nothing but the certificates in a file.
func (r *replacing) verifies(server, trust string) error {
	r.t.Helper()
	at := func(file string) string { return filepath.Join(r.folder, server, "tls", file) }
	out, err := clmtest.TryOpenSSL(r.t, r.folder, "verify", "-CAfile", trust, "-untrusted", at("chain.crt"), at("shop.crt"))
	if err != nil {
		return fmt.Errorf("%s: %s", server, out)
	}
	return nil
}

// everybodyAccepts holds that whoever is there accepts every server.
func (r *replacing) everybodyAccepts(agents ...int) {
	r.t.Helper()
	for _, i := range agents {
		for _, server := range []string{"server-0", "server-1"} {
			if err := r.verifies(server, filepath.Join(r.folder, fmt.Sprintf("agent-%d", i), "etc/clm/trust/ca-bundle.pem")); err != nil {
				r.t.Errorf("agent-%d does not accept %v", i, err)
			}
		}
	}
}

func shown(attribute string, value knownvalue.Check) stateCheck {
	return statecheck.ExpectKnownValue(rollout, tfjsonpath.New(attribute), value)
}

func words(s string) knownvalue.Check { return knownvalue.StringExact(s) }

func numeral(n int64) knownvalue.Check { return knownvalue.Int64Exact(n) }

// TestReplaceRootCertificate is the whole way, with a device that is away and a
// gateway that is refreshed by hand, in each way of running an estate.
func TestReplaceRootCertificate(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { newReplacing(t).wholly(t) })
	t.Run("postgres", func(t *testing.T) { newReplacing(t, clmtest.InDatabase(t)).wholly(t) })
	t.Run("server", func(t *testing.T) {
		r := newReplacing(t, clmtest.InDatabase(t))
		r.settings = r.Serve(t)
		r.wholly(t)
	})
}

func (r *replacing) wholly(t *testing.T) {
	const held = "finalize = false"
	everyone := []int{0, 1, 2, 3, 4}
	r.tell(
		phase{
			config: r.estate(r.oldPFX, 1, held, "0"), plan: creates(trustedRoot),
			shows: []stateCheck{shown("phase", words("active")), shown("message", words("no replacement is open"))},
			after: func() { r.everybodyAccepts(everyone...) },
		},
		phase{ // staged while one device is away
			before: func() { r.away("agent-3")(); r.later() },
			config: r.estate(r.freshPFX, 2, held, "0"), plan: updates(trustedRoot),
			warns: []string{"4 of 5 agents received the new certificate", "agent-3 (pending)"},
			shows: []stateCheck{
				shown("phase", words("distributing")), shown("expected", numeral(5)), shown("received", numeral(4)), shown("percent_received", numeral(80)),
				shown("message", words("4 of 5 agents received the new certificate")),
			},
			after: func() { r.everybodyAccepts(0, 1, 2, 4) },
		},
		phase{ // finalize is refused, with names
			config: r.estate(r.freshPFX, 2, "", "0"), plan: updates(trustedRoot),
			warns: []string{"4 of 5 devices received the new certificate", "agent-3", "not refreshed since the replacement began: dmz"},
			shows: []stateCheck{shown("phase", words("distributing"))},
		},
		phase{ // the device is back: the plan shows it
			before: r.back("agent-3"),
			config: r.estate(r.freshPFX, 2, "", "0"), plan: updates(trustedRoot),
			warns: []string{"5 of 5 agents received the new certificate", "dmz"},
			shows: []stateCheck{shown("received", numeral(5)), shown("phase", words("distributing"))},
			after: func() { r.everybodyAccepts(everyone...) },
		},
		phase{ // the gateway is refreshed
			before: r.later, config: r.estate(r.freshPFX, 2, "", "1"), plan: all(updates("clm_internet_gateway.dmz"), keeps(trustedRoot)), advance: true,
		},
		phase{ // finalized: children are issued again; the gateway holds back retiring
			before: r.later, config: r.estate(r.freshPFX, 2, "", "1"), plan: all(updates(trustedRoot, "clm_certificate.shop"), unknown("clm_certificate.shop", "fingerprint_sha256")),
			warns: []string{"not refreshed since the replacement was finalized: dmz"},
			shows: []stateCheck{shown("phase", words("retiring")), shown("serves_new", numeral(2)), shown("holds_new_leaf", numeral(2))},
			after: func() {
				r.everybodyAccepts(everyone...)
				for _, trust := range []opensslRoot{r.old, r.fresh} { // also who has only one of the two
					for _, server := range []string{"server-0", "server-1"} {
						if err := r.verifies(server, trust.path("root.pem")); err != nil {
							t.Error(err)
						}
					}
				}
			},
		},
		phase{before: r.later, config: r.estate(r.freshPFX, 2, "", "2"), plan: updates("clm_internet_gateway.dmz"), advance: true},
		phase{ // the old root is retired
			config: r.estate(r.freshPFX, 2, "", "2"), plan: updates(trustedRoot),
			shows: []stateCheck{shown("phase", words("active"))},
			after: func() {
				r.everybodyAccepts(everyone...)
				if err := r.verifies("server-0", r.old.path("root.pem")); err == nil {
					t.Error("who trusts the old root alone still accepts the server")
				}
				if bundle := r.read("agent-0", "etc/clm/trust/ca-bundle.pem"); strings.Count(bundle, "BEGIN") != 1 {
					t.Errorf("agent-0 trusts\n%s", bundle)
				}
			},
		},
		act{},
	)
}

func (r *replacing) read(device, file string) string {
	r.t.Helper()
	content, err := os.ReadFile(filepath.Join(r.folder, device, file))
	must(r.t, err)
	return string(content)
}

// TestCancelRootCertificate sets the old certificate back while the new one is
// being distributed: the devices have byte for byte what they had before.
func TestCancelRootCertificate(t *testing.T) {
	r := newReplacing(t)
	var before string
	r.tell(
		phase{config: r.estate(r.oldPFX, 1, "finalize = false", "0"), after: func() { before = r.read("agent-0", "etc/clm/trust/ca-bundle.pem") }},
		phase{config: r.estate(r.freshPFX, 2, "finalize = false", "0"), plan: updates(trustedRoot), warns: []string{"5 of 5 agents"}},
		phase{
			config: r.estate(r.oldPFX, 3, "finalize = false", "0"), plan: updates(trustedRoot),
			shows: []stateCheck{
				shown("phase", words("active")),
				statecheck.ExpectKnownValue(rollout, tfjsonpath.New("history").AtSliceIndex(0).AtMapKey("outcome"), words("cancelled")),
			},
			after: func() {
				if after := r.read("agent-0", "etc/clm/trust/ca-bundle.pem"); after != before {
					t.Errorf("agent-0 trusts\n%sbefore\n%s", after, before)
				}
				r.everybodyAccepts(0, 1, 2, 3, 4)
			},
		},
		act{},
	)
}
