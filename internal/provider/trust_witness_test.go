package provider_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os/exec"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
)

// The files of a trust store in these tests, and how each is read.
var trustReaders = map[string]func(testing.TB, string) []string{
	".pem": opensslTrusts,
	".jks": func(t testing.TB, file string) []string { return javaTrusts(t, "JKS", file) },
	".p12": func(t testing.TB, file string) []string { return javaTrusts(t, "PKCS12", file) },
}

// trusts: openssl and Java find exactly these certificates in a file of a device.
func (w *world) trusts(file string, fingerprints ...string) {
	w.t.Helper()
	got := trustReaders[path.Ext(file)](w.t, w.path(file))
	slices.Sort(got)
	if want := slices.Sorted(slices.Values(fingerprints)); !slices.Equal(got, want) {
		w.t.Errorf("%s holds %q, expected %q", file, got, want)
	}
	w.mode(0o644, file)
}

// opensslTrusts are the fingerprints of the certificates in a PEM file.
func opensslTrusts(t testing.TB, file string) []string {
	t.Helper()
	var out []string
	printed := clmtest.OpenSSL(t, t.TempDir(), "storeutl", "-certs", file)
	for _, pem := range regexp.MustCompile(`(?s)-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n`).FindAllString(printed, -1) {
		out = append(out, opensslReads(t, pem)["fingerprint_sha256"])
	}
	return out
}

// javaTrusts are the fingerprints of the certificates Java trusts by a key store.
func javaTrusts(t testing.TB, kind, file string) []string {
	t.Helper()
	printed, err := exec.CommandContext(t.Context(), "keytool", "-J-XX:TieredStopAtLevel=1", "-list",
		"-storetype", kind, "-keystore", file, "-storepass", "changeit").CombinedOutput()
	if err != nil {
		t.Fatalf("keytool: %v\n%s", err, printed)
	}
	var out []string
	for _, found := range regexp.MustCompile(`trustedCertEntry,\s+Certificate fingerprint \(SHA-256\): (\S+)`).FindAllSubmatch(printed, -1) {
		out = append(out, strings.ToLower(strings.ReplaceAll(string(found[1]), ":", "")))
	}
	return out
}

// stated: what the device stated last is the digest of what lies there.
func (w *world) stated(device, file string) {
	w.t.Helper()
	sum := sha256.Sum256([]byte(w.read(device, file)))
	seen := must2(w.ObserveDevice(w.t.Context(), device))(w.t)
	if got, want := seen.Trust.Receipt.Digest, hex.EncodeToString(sum[:]); got != want || seen.Trust.Pending {
		w.t.Errorf("%s stated %s, pending is %t; its file has the digest %s", device, got, seen.Trust.Pending, want)
	}
}

// profile asks the backend, past Terraform.
func (w *world) profile(name string) api.CommunicationProfile {
	w.t.Helper()
	return must2(w.CommunicationProfile(w.t.Context(), name))(w.t)
}

// published: the bundle of agents has that epoch.
func (w *world) published(epoch int64) {
	w.t.Helper()
	if got := w.profile("agents").Epoch; got != epoch {
		w.t.Errorf("the bundle has epoch %d, expected %d", got, epoch)
	}
}

// agents is the profile of these stories, with two devices.
const agents = "clm_communication_profile.agents"

// profileBlock trusts the world's root and keeps it in all three forms.
func profileBlock(more string) string {
	return profileAt(`directory = "etc/trust", java_key_store_file = "trust.jks", pkcs12_file = "trust.p12"`, more)
}

func profileAt(place, more string) string {
	body := "  name = \"agents\"\n  trust_store = { " + place + " }\n" + more
	if !strings.Contains(more, "root_certificate_ids") {
		body += "\n  root_certificate_ids = [local.root]"
	}
	return fmt.Sprintf("resource \"clm_communication_profile\" \"agents\" {\n%s\n}\n", body)
}

// trusting are devices with that profile.
func trusting(names ...string) string {
	var out strings.Builder
	for _, name := range names {
		out.WriteString(trustingDevice(name, ""))
	}
	return out.String()
}

func trustingDevice(name, more string) string {
	return fmt.Sprintf("resource \"clm_device\" %q {\n  name = %q\n  local = { root_directory = \"${local.folder}/%s\" }\n%s%s\n}\n",
		name, name, name, "  communication_profile_id = clm_communication_profile.agents.id\n", more)
}

// inText is a certificate as an expression of the configuration.
func inText(pem string) string { return fmt.Sprintf("%q", pem) }
