package provider_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
)

const (
	shopData = "data.clm_certificate.shop"
	day      = 24 * time.Hour
)

// A certificate is found by id or name; time and revocation show in it.
func TestCertificateData(t *testing.T) {
	t.Parallel()
	estate := clmtest.NewBackend(t)
	spec := leafSpec("shop", corpRoot(t, estate).ID, 100*24)
	spec.IPAddresses, spec.EmailAddresses, spec.URIs, spec.EarlyRenewalHours = []string{"192.0.2.1"}, []string{"a@example.com"}, []string{"https://example.com/"}, 20*24
	made := must2(estate.CreateCertificate(t.Context(), spec))(t).Certificate
	byName, byID := found1("clm_certificate", "shop", "name", "shop"), found1("clm_certificate", "shop", "id", made.ID)
	tell(t, estate,
		shows(byName, append(states("issued", "green", false), opensslAgrees(t, shopData),
			is(shopData, "id", knownvalue.StringExact(made.ID)), is(shopData, "version", knownvalue.Int64Exact(1)),
			is(shopData, "common_name", knownvalue.StringExact("shop.example.com")), is(shopData, "issuer_id", knownvalue.StringExact(spec.IssuerID)),
			is(shopData, "dns_names", texts("shop.example.com")), is(shopData, "ip_addresses", texts("192.0.2.1")),
			is(shopData, "email_addresses", texts("a@example.com")), is(shopData, "uris", texts("https://example.com/")),
			is(shopData, "renewal_time", knownvalue.StringExact(made.RenewalTime.UTC().Format(time.RFC3339))),
			is(shopData, "revoked_at", knownvalue.Null()), is(shopData, "revocation_reason", knownvalue.Null()),
		)...),
		after(func() { estate.Clock.Advance(15 * day) }, shows(byID, states("issued", "blue", false)...)),
		after(func() { estate.Clock.Advance(70 * day) }, shows(byID, states("issued", "yellow", true)...)),
		after(func() { estate.Clock.Advance(10 * day) }, shows(byID, states("issued", "orange", true)...)),
		after(func() { must2(estate.RevokeCertificate(t.Context(), made.ID, "key_compromise"))(t) },
			shows(byID, append(states("revoked", "black", true), is(shopData, "revocation_reason", knownvalue.StringExact("key_compromise")),
				is(shopData, "revoked_at", knownvalue.StringExact(estate.Clock.Now().Add(95*day).UTC().Format(time.RFC3339))))...)),
	)
}

func states(status, color string, ready bool) []statecheck.StateCheck {
	return []statecheck.StateCheck{
		is(shopData, "status", knownvalue.StringExact(status)), is(shopData, "status_color", knownvalue.StringExact(color)),
		is(shopData, "ready_for_renewal", knownvalue.Bool(ready)),
	}
}

// found1 is a data source with one argument.
func found1(kind, name, argument, value string) string {
	return fmt.Sprintf("data %q %q {\n  %s = %q\n}\n", kind, name, argument, value)
}

func texts(values ...string) knownvalue.Check {
	var members []knownvalue.Check
	for _, v := range values {
		members = append(members, knownvalue.StringExact(v))
	}
	return knownvalue.SetExact(members)
}

// What is not there, and references that are none, are errors and never an
// empty answer.
func TestDataSourcesRefuse(t *testing.T) {
	t.Parallel()
	estate := clmtest.NewBackend(t)
	corpRoot(t, estate)
	addDevice(t, estate, "web", "managed")
	none := "0194d3c8-0000-7000-8000-000000000000"
	refusedTogether(t, estate.Provider(), "", map[string]refused{
		"certificate":          {found1("clm_certificate", "NAME", "name", "nothing"), refusal{summary: "Cannot read certificate nothing", detail: `There is no certificate "nothing".`}},
		"certificate by id":    {found1("clm_certificate", "NAME", "id", none), refusal{summary: "Cannot read certificate " + none, detail: `There is no certificate`}},
		"certificate unnamed":  {found1("clm_certificate", "NAME", "name", ""), refusal{summary: "Invalid Attribute Value Length", attribute: "name", detail: "at least 1"}},
		"certificate dots":     {found1("clm_certificate", "NAME", "name", ".."), refusal{summary: "Cannot read certificate ..", detail: `There is no certificate ".."`}},
		"certificate slash":    {found1("clm_certificate", "NAME", "name", "a/b"), refusal{summary: "Cannot read certificate a/b", detail: `There is no certificate "a/b"`}},
		"certificate, both":    {"data \"clm_certificate\" \"NAME\" {\n  id = \"a\"\n  name = \"b\"\n}\n", refusal{summary: "Invalid Attribute Combination", detail: "[id,name]"}},
		"certificate, neither": {"data \"clm_certificate\" \"NAME\" {}\n", refusal{summary: "Invalid Attribute Combination", detail: "[id,name]"}},
		"device":               {found1("clm_device", "NAME", "name", "nothing"), refusal{summary: "Cannot read device nothing", detail: `There is no device "nothing".`}},
		"device dots":          {found1("clm_device", "NAME", "name", "."), refusal{summary: "Cannot read device .", detail: `There is no device "."`}},
		"devices":              {found1("clm_devices", "NAME", "cert_sync", "watched"), refusal{summary: "Invalid Attribute Value Match", attribute: "cert_sync", detail: "must be one of"}},
		"agents":               {found1("clm_agents", "NAME", "status", "never_enrolled"), refusal{summary: "Invalid Attribute Value Match", attribute: "status", detail: `must be one of: ["active" "expired" "revoked"]`}},
		"certificates":         {"data \"clm_certificates\" \"NAME\" {\n  expires_within_hours = -1\n}\n", refusal{summary: "Invalid Attribute Value", attribute: "expires_within_hours", detail: "must be between 0 and 878400"}},
		"sync status":          {found1("clm_sync_status", "NAME", "certificate_id", none), refusal{summary: "Cannot tell the sync status of certificate " + none, detail: "There is no certificate"}},
		"revocation list":      {found1("clm_revocation_list", "NAME", "root_certificate_id", none), refusal{summary: "Cannot read the revocation list of root certificate " + none, detail: "There is no root certificate"}},
		"root certificate":     {found1("clm_root_certificate", "NAME", "name", "nothing"), refusal{summary: "Cannot read root certificate nothing", detail: `There is no root certificate "nothing".`}},
		"sync status, nothing": {found1("clm_sync_status", "NAME", "certificate_id", ""), refusal{summary: "Invalid Attribute Value Length", attribute: "certificate_id", detail: "at least 1"}},
	})
}

// Each filter narrows the list; together all must hold.
func TestCertificatesData(t *testing.T) {
	t.Parallel()
	estate := clmtest.NewBackend(t)
	corp := corpRoot(t, estate)
	lab := must2(estate.CreateRootCertificate(t.Context(), selfSignedRoot("lab")))(t)
	for name, c := range map[string]struct {
		issuer api.RootCertificate
		days   int64
	}{"shop-1": {corp, 30}, "shop-2": {corp, 60}, "wiki": {lab, 90}} {
		must2(estate.CreateCertificate(t.Context(), leafSpec(name, c.issuer.ID, c.days*24)))(t)
	}
	config := fmt.Sprintf(`
data "clm_certificates" "all" {}
data "clm_certificates" "issuer" { issuer_id = %q }
data "clm_certificates" "subject" { common_name = "shop-2.example.com" }
data "clm_certificates" "named" { name_contains = "shop" }
data "clm_certificates" "ending" { expires_within_hours = 45 * 24 }
data "clm_certificates" "revoked" { revoked = true }
data "clm_certificates" "both" {
  name_contains        = "shop"
  expires_within_hours = 61 * 24
  issuer_id            = %q
}
data "clm_certificates" "none" { name_contains = "SHOP" }
`, lab.ID, corp.ID)
	tell(t, estate,
		shows(config, lists("all", "shop-1", "shop-2", "wiki"), lists("issuer", "wiki"), lists("subject", "shop-2"), lists("named", "shop-1", "shop-2"),
			lists("ending", "shop-1"), lists("revoked"), lists("both", "shop-1", "shop-2"), lists("none")),
		after(func() {
			estate.Clock.Advance(40 * day) // shop-1 has expired, and counts as expiring
			must2(estate.RevokeCertificate(t.Context(), "wiki", "superseded"))(t)
		}, shows(config, lists("ending", "shop-1", "shop-2"), lists("revoked", "wiki"))),
	)
}

// lists: a list holds these certificates, by name.
func lists(list string, names ...string) looksAt {
	return looksAt{"data.clm_certificates." + list, func(a map[string]any) error {
		return holdsNames(a["certificates"], names)
	}}
}

func holdsNames(list any, names []string) error {
	got := []string{}
	for _, item := range list.([]any) {
		got = append(got, text(item.(map[string]any), "name"))
	}
	if fmt.Sprint(got) != fmt.Sprint(names) {
		return fmt.Errorf("the list holds %v, want %v", got, names)
	}
	return nil
}
