package provider_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
)

const (
	webOne = "clm_device.web-1"
	webTwo = "clm_device.web-2"
)

// A profile is made and changed in every way, and every device keeps exactly what
// it publishes.
func TestProfile(t *testing.T) {
	w := newWorld(t, []string{"web-1", "web-2"})
	partner, other := newOpensslRoot(t, "Partner").pem(t), w.selfSigned("other", 9999)
	known := opensslReads(t, partner)["fingerprint_sha256"]
	holding := func(fingerprints ...string) func() {
		return func() {
			t.Helper()
			for _, device := range []string{"web-1", "web-2"} {
				for _, file := range []string{"ca-bundle.pem", "trust.jks", "trust.p12"} {
					w.trusts(device+"/etc/trust/"+file, fingerprints...)
				}
				w.stated(device, "etc/trust/ca-bundle.pem")
			}
		}
	}
	told := func(more string) string {
		return profileBlock(more) + trusting("web-1", "web-2") + "output \"epoch\" { value = " + agents + ".epoch }\n"
	}
	added := "\n  additional_certificates_pem = [" + inText(partner) + "]"
	changed := strings.Replace(told("\n  check_in_interval = \"90s\"\n  server_urls = [\"https://clm.example.com:8443\"]"+added), `"agents"`+"\n  trust", `"fleet"`+"\n  trust", 1)
	var id string
	w.tell(
		act{
			config: told(""), plan: all(creates(agents, webOne, webTwo), unknown(agents, "epoch", "bundle_digest"), unknown(webOne, "trust_digest", "trust_pending")),
			after: func() { id = w.profile("agents").ID; w.published(1); holding(w.root.FingerprintSHA256)() },
		},
		act{
			config: told(added), plan: all(updates(agents), keeps(webOne, webTwo), unknown(agents, "epoch", "bundle_digest")),
			after: func() { w.published(2); holding(w.root.FingerprintSHA256, known)() },
		},
		act{config: told("\n  check_in_interval = \"0h15m0s\"\n  additional_certificates_pem = [" + inText("# ours\n"+strings.ReplaceAll(partner, "\n", "\r\n")) + "]"), plan: nothing()},
		act{
			config: changed, plan: all(updates(agents), keeps(webOne, webTwo), unknown(agents, "epoch", "bundle_digest")),
			after: func() {
				p := w.profile("fleet")
				if p.ID != id || p.Epoch != 2 || p.CheckInIntervalSeconds != 90 || len(p.ServerURLs) != 1 {
					t.Errorf("the profile is %+v", p)
				}
			},
		},
		act{config: strings.Replace(changed, "90s", "1m30s", 1), plan: nothing()},
		act{
			config: told(fmt.Sprintf("\n  root_certificate_ids = [%q, local.root]\n  timeouts = { update = \"1m\" }", other.ID)), plan: updates(agents),
			after: func() { w.published(3); holding(w.root.FingerprintSHA256, other.FingerprintSHA256)() },
		},
		act{
			config: told("\n  root_certificate_ids = []" + added), plan: updates(agents),
			after: func() { w.published(4); holding(known)() },
		},
	)
}

// One element may hold several certificates: they are told apart by what they
// are, not by how they are written.
func TestProfileOfAFile(t *testing.T) {
	w := newWorld(t, []string{"web-1"})
	one, two := newOpensslRoot(t, "One").pem(t), newOpensslRoot(t, "Two").pem(t)
	of := func(elements string) string {
		return profileBlock("  root_certificate_ids = []\n  additional_certificates_pem = ["+elements+"]") + trusting("web-1")
	}
	both := func() {
		w.trusts("web-1/etc/trust/ca-bundle.pem", opensslReads(t, one)["fingerprint_sha256"], opensslReads(t, two)["fingerprint_sha256"])
	}
	w.tell(
		act{config: of(inText(one + "\n" + two)), after: both},
		act{config: of(inText(one) + ", " + inText(two)), plan: nothing()},
		act{config: of(inText(two) + ", " + inText(one)), plan: updates(agents), after: func() { both(); w.published(1) }},
		imported{address: agents},
	)
}

// A root that is made in the same apply is not known when planning.
func TestProfileOfANewRoot(t *testing.T) {
	w := newWorld(t, []string{"web-1"})
	root := rootNamed("new", "  self_signed = {\n    subject = { common_name = \"New\" }\n    validity_period_hours = 99\n  }")
	named := func(more string) string {
		return root + profileBlock("  root_certificate_ids = [clm_root_certificate.new.id]"+more) + trusting("web-1")
	}
	w.tell(
		act{
			config: named(""), plan: creates("clm_root_certificate.new", agents, webOne),
			after: func() {
				w.trusts("web-1/etc/trust/ca-bundle.pem", must2(w.RootCertificate(t.Context(), "new"))(t).FingerprintSHA256)
			},
		},
		act{config: named("\n  additional_certificates_pem = [clm_root_certificate.new.certificate_pem]"), plan: updates(agents)},
	)
}

// What is changed or deleted outside is planned back.
func TestProfileOutside(t *testing.T) {
	w := newWorld(t, nil)
	config := profileBlock("")
	drift := func() {
		must2(w.UpdateCommunicationProfile(t.Context(), "agents", api.WriteCommunicationProfile{
			Name: "renamed", RootCertificateIDs: []string{w.root.ID, w.selfSigned("other", 99).ID}, CheckInIntervalSeconds: 1,
			TrustStore: api.TrustStore{Directory: "elsewhere", BundleFile: "x.pem"},
		}))(t)
	}
	w.tell(
		act{config: config, plan: creates(agents)},
		act{before: drift, config: config, plan: all(updates(agents), finds(agents, "epoch", "2"), finds(agents, "check_in_interval", "1s")), after: func() { w.published(3) }},
		act{before: func() { must(t, w.DeleteCommunicationProfile(t.Context(), "agents")) }, config: config, plan: creates(agents)},
	)
}

// A profile and a device that has it are imported in every way.
func TestProfileImport(t *testing.T) {
	w := newWorld(t, []string{"web-1"})
	more := "\n  additional_certificates_pem = [" + inText(newOpensslRoot(t, "Partner").pem(t)) + "]\n  server_urls = [\"https://a.example.com\", \"https://b.example.com\"]"
	story := []teller{act{config: profileBlock(more) + trusting("web-1"), plan: creates(agents, webOne)}}
	story = append(story, imports(t, agents, "agents")...)
	w.tell(append(story, imports(t, webOne, "web-1")...)...)
}

// A profile that somebody has is not deleted.
func TestProfileInUse(t *testing.T) {
	w := newWorld(t, []string{"web-1"})
	config := profileBlock("")
	join := func() {
		must2(w.CreateDevice(t.Context(), api.WriteDevice{
			Name: "web-1", CertSync: "managed", Local: &api.Local{RootDirectory: w.path("web-1")}, CommunicationProfileID: w.profile("agents").ID,
		}))(t)
	}
	w.tell(
		act{config: config, plan: creates(agents)},
		act{before: join, config: "# gone", plan: destroys(agents), refused: []complaint{{words: []string{
			"Cannot delete communication profile agents", `"agents" still has 1 device.`, "Give the device another communication profile",
		}}}},
		act{before: func() { must(t, w.DeleteDevice(t.Context(), "web-1")) }, config: "# gone", plan: destroys(agents)},
	)
}

// With create_before_destroy the replacement of a profile or a gateway by an
// equal one is the thing itself, and must not be destroyed.
func TestProfileReplacedByItself(t *testing.T) {
	w := newWorld(t, nil)
	config := func(generation int) string {
		again := "  lifecycle {\n    create_before_destroy = true\n    replace_triggered_by = [terraform_data.generation]\n  }"
		return fmt.Sprintf("resource \"terraform_data\" \"generation\" { input = %d }\n", generation) +
			strings.Replace(relayBlock(again), "root_certificate_ids", again+"\n  root_certificate_ids", 1)
	}
	replaced := []plancheck.PlanCheck{plancheck.ExpectResourceAction(agents, plancheck.ResourceActionReplace), plancheck.ExpectResourceAction(relay, plancheck.ResourceActionReplace)}
	w.tell(
		act{config: config(1)},
		act{config: config(2), plan: replaced, after: func() { w.published(1); must2(w.InternetGateway(t.Context(), "relay"))(t) }},
	)
}
