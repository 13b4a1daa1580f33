package provider_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
)

// namedProfile is a profile of its own with other or more attributes.
func namedProfile(place, more string) string {
	body := "  name = \"NAME\"\n  trust_store = { " + place + " }\n" + more
	if !strings.Contains(more, "root_certificate_ids") {
		body += "\n  root_certificate_ids = [\"corp\"]"
	}
	return fmt.Sprintf("resource \"clm_communication_profile\" \"NAME\" {\n%s\n}\n", body)
}

// Bad input is refused when planning, at the attribute that brings it.
func TestProfileRefuses(t *testing.T) {
	t.Parallel()
	estate := clmtest.NewBackend(t)
	leaf, ca := enrol(t, estate, 2160).CertificatePEM, newOpensslRoot(t, "Partner").pem(t)
	cases := map[string]refused{}
	add := func(group string, attribute, summary string, wrong map[string]string, block func(string) string) {
		for value, detail := range wrong {
			cases[fmt.Sprintf("%s %d", group, len(cases))] = refused{block(value), refusal{summary, attribute, detail}}
		}
	}
	attribute := func(name string) func(string) string {
		return func(value string) string { return namedProfile(`directory = "ssl"`, "  "+name+" = "+value) }
	}
	place := func(name string) func(string) string {
		return func(value string) string {
			if name == "directory" {
				return namedProfile("directory = "+value, "")
			}
			return namedProfile(`directory = "ssl", `+name+" = "+value, "")
		}
	}
	const wrongDuration = "is not a duration of whole seconds. Write it such as 90s, 15m or 24h."
	add("interval", "check_in_interval", "Not a duration", map[string]string{
		`"soon"`: `"soon" ` + wrongDuration, `"15"`: wrongDuration, `"-15m"`: wrongDuration, `"1500ms"`: wrongDuration, `""`: wrongDuration, `"1d"`: wrongDuration,
	}, attribute("check_in_interval"))
	add("interval", "check_in_interval", "No time at all", map[string]string{`"0s"`: `"0s" must be one second or more.`, `"0"`: "one second"}, attribute("check_in_interval"))
	add("address", "server_urls", "Not an https address", map[string]string{
		`["http://clm.example.com"]`:                         `server_urls[0]: "http://clm.example.com" must be an https address, such as https://clm.example.com:8443.`,
		`["https://ok.example.com", "clm.example.com:8443"]`: `server_urls[1]: "clm.example.com:8443"`, `["https://"]`: "must be an https address", `["https://a b"]`: "must be an https address",
	}, attribute("server_urls"))
	add("directory", "directory", "This path could leave its folder", map[string]string{
		`"../etc"`: "is not a folder below the device's root directory", `"/../etc"`: "is not a folder", `"a/../../b"`: "is not a folder", `""`: "is not a folder", `"etc/.clm"`: "is not a folder",
	}, place("directory"))
	for _, file := range []string{"bundle_file", "java_key_store_file", "pkcs12_file"} {
		add(file, file, "This path could leave its folder", map[string]string{
			`"../x"`: "is not a file name without slashes", `"a/b"`: "is not a file name", `""`: "is not a file name", `".clm"`: "is not a file name",
		}, place(file))
	}
	for name, one := range map[string]refused{
		"leaf": {attribute("additional_certificates_pem")("[" + inText(ca) + ", " + inText(leaf) + "]"),
			refusal{"Nobody can trust this", "additional_certificates_pem", `additional_certificates_pem[1]: "CN=shop.example.com" is not a CA certificate. A trust bundle holds CA certificates: give the root that issued it.`}},
		"leaf behind a CA": {attribute("additional_certificates_pem")("[" + inText(ca+leaf) + "]"), refusal{"Nobody can trust this", "additional_certificates_pem", "is not a CA certificate"}},
		"no certificate":   {attribute("additional_certificates_pem")(`["corp"]`), refusal{"Nobody can trust this", "additional_certificates_pem", "The input is neither a PEM nor a DER certificate"}},
		"cut certificate":  {attribute("additional_certificates_pem")("[" + inText(ca[:200]) + "]"), refusal{"Nobody can trust this", "additional_certificates_pem", "1 of 1 PEM certificate blocks are damaged or cut off."}},
		"empty":            {attribute("additional_certificates_pem")(`[""]`), refusal{"Nobody can trust this", "additional_certificates_pem", "The input is empty."}},
		"null certificate": {attribute("additional_certificates_pem")(`[null]`), refusal{"Null List Value", "additional_certificates_pem", "This attribute contains a null value."}},
		"null root":        {attribute("root_certificate_ids")(`[null]`), refusal{"Null Set Value", "root_certificate_ids", "This attribute contains a null value."}},
		"trusts nobody": {attribute("root_certificate_ids")("[]"),
			refusal{"The profile trusts nobody", "root_certificate_ids", "Name at least one root certificate in root_certificate_ids, or give a certificate in additional_certificates_pem."}},
		"twins":        {place("java_key_store_file")(`"ca-bundle.pem"`), refusal{"Two files have one name", "java_key_store_file", `trust_store.java_key_store_file: "ca-bundle.pem" is the name of bundle_file already. Give each its own file.`}},
		"other twins":  {place("pkcs12_file")(`"x", java_key_store_file = "x"`), refusal{"Two files have one name", "pkcs12_file", `"x" is the name of java_key_store_file already.`}},
		"no directory": {namedProfile(`bundle_file = "x"`, ""), refusal{summary: "Incorrect attribute value type", detail: "attribute \"directory\" is required"}},
		"bad name":     {strings.Replace(namedProfile(`directory = "ssl"`, ""), `name = "NAME"`, `name = "a/b"`, 1), refusal{"Invalid Attribute Value Match", "name", "must have 1 to 128 letters"}},
		"gateway that goes back": {"resource \"clm_internet_gateway\" \"NAME\" {\n  name = \"NAME\"\n  communication_profile_id = \"x\"\n  refresh_epoch = -1\n}\n",
			refusal{"Invalid Attribute Value", "refresh_epoch", "must be at least 0, got: -1"}},
	} {
		cases[name] = one
	}
	refusedTogether(t, estate.Provider(), "", cases)
}

// What only the estate can tell is refused when applying.
func TestProfileRefusesApply(t *testing.T) {
	t.Parallel()
	estate := clmtest.NewBackend(t)
	root := corpRoot(t, estate)
	must2(estate.CreateCommunicationProfile(t.Context(), api.WriteCommunicationProfile{
		Name: "taken", RootCertificateIDs: []string{root.ID}, CheckInIntervalSeconds: 1, TrustStore: api.TrustStore{Directory: "ssl", BundleFile: "x"},
	}))(t)
	taken := strings.Replace(namedProfile(`directory = "ssl"`, "  root_certificate_ids = [\""+root.ID+"\"]"), `name = "NAME"`, `name = "taken"`, 1)
	gateway := "resource \"clm_internet_gateway\" \"NAME\" {\n  name = \"NAME\"\n  communication_profile_id = \"nothing\"\n}\n"
	device := deviceBlock("NAME", t.TempDir(), "  communication_profile_id = \"nothing\"")
	nothing := func(tried string) refusal {
		return refusal{tried, "communication_profile_id", `There is no communication profile "nothing".`}
	}
	refusedApplying(t, estate.Provider(), map[string]refused{
		"root": {namedProfile(`directory = "ssl"`, "  root_certificate_ids = [\"nobody\"]"),
			refusal{"Cannot make communication profile x_root", "root_certificate_ids", `There is no root certificate "nobody".`}},
		"taken":   {taken, refusal{"Cannot make communication profile taken", "name", `A communication profile named "taken" exists already.`}},
		"gateway": {gateway, nothing("Cannot add internet gateway x_gateway")},
		"device":  {device, nothing("Cannot add device x_device")},
	})
}
