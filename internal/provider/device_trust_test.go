package provider_test

import (
	"strings"
	"testing"
)

const trustPlace = "web-1/etc/trust"

// A device that does not answer fails no apply of its profile, and gets what it
// lacks when it is back.
func TestDeviceAwayFromItsProfile(t *testing.T) {
	w := newWorld(t, []string{"web-1", "web-2"})
	partner := newOpensslRoot(t, "Partner").pem(t)
	both := []string{w.root.FingerprintSHA256, opensslReads(t, partner)["fingerprint_sha256"]}
	before, config := profileBlock("")+trusting("web-1", "web-2"), profileBlock("\n  additional_certificates_pem = ["+inText(partner)+"]")+trusting("web-1", "web-2")
	w.tell(
		act{config: before},
		act{
			before: func() { w.rename("web-1", "away") }, config: config, plan: all(updates(agents), keeps(webOne, webTwo)),
			warns: []string{"Not every device trusts the new bundle yet: - web-1: device \"web-1\" does not answer: its root directory " + w.path("web-1") + " does not exist"},
			after: func() { w.trusts("web-2/etc/trust/ca-bundle.pem", both...) },
		},
		act{config: config, plan: all(nothing(), finds(webOne, "trust_pending", "false"))},
		act{
			before: func() { w.rename("away", "web-1") }, config: config,
			plan:  all(updates(webOne), keeps(agents, webTwo), finds(webOne, "trust_pending", "true"), unknown(webOne, "trust_pending", "trust_digest")),
			after: func() { w.trusts(trustPlace+"/ca-bundle.pem", both...); w.stated("web-1", "etc/trust/ca-bundle.pem") },
		},
	)
}

// A device that does not answer can be treated otherwise, and can leave.
func TestDeviceAwayIsChanged(t *testing.T) {
	w := newWorld(t, []string{"web-1"})
	of := func(more string) string { return profileBlock("") + trustingDevice("web-1", more) }
	away := []string{"Not every device trusts the new bundle yet: - web-1: device \"web-1\" does not answer"}
	w.tell(
		act{config: of("  critical = true")},
		act{before: func() { w.rename("web-1", "away") }, config: of(""), plan: updates(webOne), warns: away, after: func() {
			if must2(w.Device(t.Context(), "web-1"))(t).Critical {
				t.Error("the device is still critical")
			}
		}},
		act{config: strings.Replace(of(""), "  communication_profile_id", "  # ", 1), plan: updates(webOne)},
		act{config: of("  cert_sync = \"monitored\""), plan: updates(webOne), refused: []complaint{{about: webOne, words: []string{"Cannot change device web-1", "does not answer"}}}},
		act{config: of("  cert_sync = \"ignored\""), plan: updates(webOne)},
	)
}

// What others do to the bundle is seen by the plan and put right.
func TestDeviceTrustOutside(t *testing.T) {
	w := newWorld(t, []string{"web-1", "web-2"})
	config := profileBlock("") + trusting("web-1", "web-2")
	stranger := newOpensslRoot(t, "Stranger").pem(t)
	story := []teller{act{config: config}}
	for _, damage := range []func(){
		func() { w.edit(trustPlace+"/ca-bundle.pem", w.read("web-1", "etc/trust/ca-bundle.pem")+stranger) },
		func() { w.write(stranger, "web-1", "etc/trust", "ca-bundle.pem") },
		func() { w.edit(trustPlace+"/trust.jks", "") },
		func() { w.remove("web-1", "etc/trust", "trust.p12") },
		func() { w.remove("web-1", "etc") },
	} {
		story = append(story, act{
			before: damage, config: config, plan: all(updates(webOne), keeps(agents, webTwo), finds(webOne, "trust_pending", "true")),
			after: func() {
				for _, file := range []string{"ca-bundle.pem", "trust.jks", "trust.p12"} {
					w.trusts(trustPlace+"/"+file, w.root.FingerprintSHA256)
				}
				w.stated("web-1", "etc/trust/ca-bundle.pem")
			},
		})
	}
	w.tell(story...)
}

// A trust store that moves, or changes its files, leaves nothing behind, also on
// a device that was away meanwhile.
func TestProfileMoves(t *testing.T) {
	w := newWorld(t, []string{"web-1", "web-2"})
	at := func(place string) string { return profileAt(place, "") + trusting("web-1", "web-2") }
	holding := func(files, gone string) func() {
		return func() {
			t.Helper()
			for _, device := range []string{"web-1/", "web-2/"} {
				for _, file := range strings.Fields(files) {
					w.trusts(device+file, w.root.FingerprintSHA256)
				}
				for _, file := range strings.Fields(gone) {
					w.missing(device + file)
				}
			}
		}
	}
	away, back := func() { w.rename("web-1", "away") }, func() { w.rename("away", "web-1") }
	const all3 = `directory = "etc/trust", java_key_store_file = "trust.jks", pkcs12_file = "trust.p12"`
	w.tell(
		act{config: at(all3), after: holding("etc/trust/ca-bundle.pem etc/trust/trust.jks etc/trust/trust.p12", "")},
		act{
			config: at(`directory = "ssl", bundle_file = "cas.pem", java_key_store_file = "trust.jks"`), plan: all(updates(agents), keeps(webOne, webTwo)),
			after: func() { holding("ssl/cas.pem ssl/trust.jks", "etc ssl/trust.p12")(); w.published(1) },
		},
		act{config: at(`directory = "ssl", bundle_file = "cas.pem"`), plan: updates(agents), after: holding("ssl/cas.pem", "ssl/trust.jks")},
		act{config: at(`directory = "ssl"`), plan: updates(agents), after: holding("ssl/ca-bundle.pem", "ssl/cas.pem")},
		act{config: at(all3), plan: updates(agents), after: holding("etc/trust/ca-bundle.pem etc/trust/trust.jks etc/trust/trust.p12", "ssl")},
		act{before: away, config: at(`directory = "etc/trust"`), plan: updates(agents), warns: []string{"- web-1"}},
		act{before: back, config: at(`directory = "etc/trust"`), plan: all(updates(webOne), keeps(webTwo)), after: holding("etc/trust/ca-bundle.pem", "etc/trust/trust.jks etc/trust/trust.p12")},
		act{before: away, config: at(`directory = "."`), plan: updates(agents), warns: []string{"- web-1"}},
		act{before: back, config: at(`directory = "."`), plan: all(updates(webOne), keeps(webTwo)), after: holding("ca-bundle.pem", "etc")},
	)
}

// What lies on a device that leaves its profile stays there, and is its own again
// when it comes back.
func TestDeviceLeavesItsProfile(t *testing.T) {
	w := newWorld(t, []string{"web-1"})
	other := w.selfSigned("other", 9999)
	profiles := profileBlock("") + strings.ReplaceAll(profileBlock("  root_certificate_ids = [\""+other.ID+"\"]"), "agents", "others")
	with := func(profile string) string {
		return profiles + strings.Replace(trustingDevice("web-1", ""), "clm_communication_profile.agents.id", profile, 1)
	}
	holding := func(fingerprint string) func() {
		return func() {
			t.Helper()
			w.trusts(trustPlace+"/ca-bundle.pem", fingerprint)
			w.trusts(trustPlace+"/trust.jks", fingerprint)
		}
	}
	w.tell(
		act{config: with("null"), plan: creates(webOne), after: func() { w.bare("web-1") }},
		act{config: with(agents + ".id"), plan: all(updates(webOne), unknown(webOne, "trust_digest")), after: holding(w.root.FingerprintSHA256)},
		act{config: with("null"), plan: updates(webOne), after: holding(w.root.FingerprintSHA256)},
		act{config: with("clm_communication_profile.others.id"), plan: updates(webOne), after: func() { holding(other.FingerprintSHA256)(); w.stated("web-1", "etc/trust/ca-bundle.pem") }},
		act{config: with(agents + ".id"), plan: updates(webOne), after: holding(w.root.FingerprintSHA256)},
	)
}

// A profile goes in the same apply as the last device that had it, when the CLI
// is told to destroy late.
func TestProfileGoesWithItsDevice(t *testing.T) {
	w := newWorld(t, []string{"web-1"})
	late := profileBlock("  lifecycle { create_before_destroy = true }")
	w.tell(
		act{config: late + trusting("web-1"), plan: creates(agents, webOne)},
		act{
			config: strings.Replace(trusting("web-1"), agents+".id", "null", 1), plan: all(destroys(agents), updates(webOne)),
			after: func() { w.trusts(trustPlace+"/ca-bundle.pem", w.root.FingerprintSHA256) },
		},
	)
}

// Nothing is written where that is not allowed, and nothing is planned.
func TestDeviceThatMayNotBeTold(t *testing.T) {
	w := newWorld(t, []string{"web-1", "web-2"})
	treated := func(place, first, second string) string {
		return profileAt(place, "") + trustingDevice("web-1", "  cert_sync = \""+first+"\"") + trustingDevice("web-2", "  cert_sync = \""+second+"\"")
	}
	const here, less, there = `directory = "etc/trust", java_key_store_file = "trust.jks"`, `directory = "etc/trust"`, `directory = "ssl"`
	stated := func(file string) {
		t.Helper()
		w.stated("web-1", file)
		w.stated("web-2", file)
	}
	w.tell(
		act{config: treated(here, "monitored", "ignored"), plan: creates(webOne, webTwo), after: func() { w.bare("web-1"); w.bare("web-2") }},
		act{config: treated(here, "managed", "managed"), plan: updates(webOne, webTwo), after: func() { stated("etc/trust/ca-bundle.pem") }},
		act{config: treated(here, "monitored", "ignored"), plan: updates(webOne, webTwo)},
		act{config: treated(less, "monitored", "ignored"), plan: updates(agents), after: func() { w.trusts(trustPlace+"/trust.jks", w.root.FingerprintSHA256) }},
		act{config: treated(less, "managed", "managed"), plan: updates(webOne, webTwo), after: func() {
			stated("etc/trust/ca-bundle.pem")
			w.missing("web-1/etc/trust/trust.jks", "web-2/etc/trust/trust.jks")
		}},
		act{config: treated(less, "monitored", "ignored"), plan: updates(webOne, webTwo)},
		act{
			before: func() { w.edit(trustPlace+"/ca-bundle.pem", w.root.CertificatePEM+"# and more\n") }, config: treated(less, "monitored", "ignored"),
			plan: all(updates(webOne), keeps(agents, webTwo), finds(webOne, "trust_pending", "true")),
		},
		act{config: treated(less, "monitored", "ignored"), plan: all(nothing(), finds(webOne, "trust_digest", "foreign"))},
		act{config: treated(there, "monitored", "ignored"), plan: updates(agents), after: func() { w.missing("web-1/ssl", "web-2/ssl") }},
		act{config: treated(there, "managed", "managed"), plan: updates(webOne, webTwo), after: func() {
			stated("ssl/ca-bundle.pem")
			w.missing("web-1/etc", "web-2/etc")
		}},
	)
}
