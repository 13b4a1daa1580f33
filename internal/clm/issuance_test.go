package clm_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/property"
)

func soundSpec() clm.CertificateSpec {
	return clm.CertificateSpec{
		Identity: clm.Identity{
			IssuerID: "corp",
			Subject: clm.Subject{CommonName: "shop.example.com", SerialNumber: "7", Organization: []string{"Example"},
				OrganizationalUnit: []string{"Shop"}, Country: []string{"DE"}, Province: []string{"BE"}, Locality: []string{"Berlin"},
				StreetAddress: []string{"Am Markt 1"}, PostalCode: []string{"10115"}},
			Names: clm.Names{DNS: []string{"a.example.com", "b.example.com"}, IPs: []string{"192.0.2.1"},
				Emails: []string{"shop@example.com"}, URIs: []string{"spiffe://example.com/shop"}},
			Key:            clm.KeySpec{Algorithm: "RSA", RSABits: 2048, Curve: "P256"},
			ExtKeyUsages:   []string{"server_auth", "client_auth"},
			RenewalTrigger: "1", RegenerationTrigger: "1",
		},
		ValidityPeriodHours: 720, EarlyRenewalHours: 240, RevokeOnDestroy: true, RevocationReason: "superseded",
	}
}

func issued(spec clm.CertificateSpec) *clm.Version {
	return &clm.Version{Number: 1, State: clm.VersionIssued, Identity: spec.Identity, NotBefore: noon, NotAfter: noon.Add(720 * time.Hour)}
}

// What is due when one field of the spec differs from what the current version
// was issued under. The table names every field, and the test says so when a
// field is added without a decision.
func TestShouldIssueOnEveryField(t *testing.T) {
	t.Parallel()
	changes := map[string]struct {
		change    func(*clm.CertificateSpec)
		operation clm.Operation
		reason    string
	}{
		"IssuerID":                   {func(s *clm.CertificateSpec) { s.IssuerID = "lab" }, clm.OperationReEnrol, "issuer_id changed"},
		"Subject.CommonName":         {func(s *clm.CertificateSpec) { s.Subject.CommonName = "x" }, clm.OperationReEnrol, "common_name changed"},
		"Subject.SerialNumber":       {func(s *clm.CertificateSpec) { s.Subject.SerialNumber = "x" }, clm.OperationReEnrol, "subject changed"},
		"Subject.Organization":       {func(s *clm.CertificateSpec) { s.Subject.Organization = nil }, clm.OperationReEnrol, "subject changed"},
		"Subject.OrganizationalUnit": {func(s *clm.CertificateSpec) { s.Subject.OrganizationalUnit = nil }, clm.OperationReEnrol, "subject changed"},
		"Subject.Country":            {func(s *clm.CertificateSpec) { s.Subject.Country = nil }, clm.OperationReEnrol, "subject changed"},
		"Subject.Province":           {func(s *clm.CertificateSpec) { s.Subject.Province = nil }, clm.OperationReEnrol, "subject changed"},
		"Subject.Locality":           {func(s *clm.CertificateSpec) { s.Subject.Locality = nil }, clm.OperationReEnrol, "subject changed"},
		"Subject.StreetAddress":      {func(s *clm.CertificateSpec) { s.Subject.StreetAddress = nil }, clm.OperationReEnrol, "subject changed"},
		"Subject.PostalCode":         {func(s *clm.CertificateSpec) { s.Subject.PostalCode = nil }, clm.OperationReEnrol, "subject changed"},
		"Names.DNS":                  {func(s *clm.CertificateSpec) { s.Names.DNS = s.Names.DNS[:1] }, clm.OperationReEnrol, "dns_names changed"},
		"Names.IPs":                  {func(s *clm.CertificateSpec) { s.Names.IPs = nil }, clm.OperationReEnrol, "ip_addresses changed"},
		"Names.Emails":               {func(s *clm.CertificateSpec) { s.Names.Emails = nil }, clm.OperationReEnrol, "email_addresses changed"},
		"Names.URIs":                 {func(s *clm.CertificateSpec) { s.Names.URIs = nil }, clm.OperationReEnrol, "uris changed"},
		"ExtKeyUsages":               {func(s *clm.CertificateSpec) { s.ExtKeyUsages = s.ExtKeyUsages[:1] }, clm.OperationReEnrol, "ext_key_usages changed"},
		"Key.Algorithm":              {func(s *clm.CertificateSpec) { s.Key.Algorithm = "ECDSA" }, clm.OperationRegenerate, "the key's algorithm or size changed"},
		"Key.RSABits":                {func(s *clm.CertificateSpec) { s.Key.RSABits = 4096 }, clm.OperationRegenerate, "the key's algorithm or size changed"},
		"Key.Curve":                  {func(s *clm.CertificateSpec) { s.Key.Curve = "P384" }, clm.OperationRegenerate, "the key's algorithm or size changed"},
		"RegenerationTrigger":        {func(s *clm.CertificateSpec) { s.RegenerationTrigger = "2" }, clm.OperationRegenerate, "regeneration_trigger changed"},
		"RenewalTrigger":             {func(s *clm.CertificateSpec) { s.RenewalTrigger = "2" }, clm.OperationRenew, "renewal_trigger changed"},
		// Policy takes effect at the next version: tuning it re-issues nothing.
		"ValidityPeriodHours": {func(s *clm.CertificateSpec) { s.ValidityPeriodHours = 999 }, clm.OperationNone, ""},
		"EarlyRenewalHours":   {func(s *clm.CertificateSpec) { s.EarlyRenewalHours = 1 }, clm.OperationNone, ""},
		"EarlyRenewalPercent": {func(s *clm.CertificateSpec) { s.EarlyRenewalHours, s.EarlyRenewalPercent = 0, 5 }, clm.OperationNone, ""},
		"RevokeOnDestroy":     {func(s *clm.CertificateSpec) { s.RevokeOnDestroy = false }, clm.OperationNone, ""},
		"RevocationReason":    {func(s *clm.CertificateSpec) { s.RevocationReason = "" }, clm.OperationNone, ""},
	}
	for _, field := range leavesOf(reflect.TypeFor[clm.CertificateSpec](), "") {
		tt, decided := changes[field]
		if !decided {
			t.Errorf("nobody decided what a changed %s leads to", field)
			continue
		}
		spec := soundSpec()
		version := issued(spec)
		tt.change(&spec)
		if reflect.DeepEqual(spec, soundSpec()) {
			t.Errorf("%s: the change changes nothing", field)
		}
		if got := clm.ShouldIssue(spec, version, noon); got.Operation != tt.operation || got.Reason != tt.reason {
			t.Errorf("%s changed: %s because %q, want %s because %q", field, got.Operation, got.Reason, tt.operation, tt.reason)
		}
	}
}

// leavesOf names the fields of a struct and of the structs in it.
func leavesOf(t reflect.Type, prefix string) (names []string) {
	for i := range t.NumField() {
		f := t.Field(i)
		switch {
		case f.Anonymous:
			names = append(names, leavesOf(f.Type, prefix)...)
		case f.Type.Kind() == reflect.Struct:
			names = append(names, leavesOf(f.Type, prefix+f.Name+".")...)
		default:
			names = append(names, prefix+f.Name)
		}
	}
	return names
}

// Which of several reasons counts: the one that takes the others with it.
func TestShouldIssueOrder(t *testing.T) {
	t.Parallel()
	spec := soundSpec()
	revoked := issued(spec)
	must(t, revoked.Revoke("shop", "key_compromise", noon))
	other := soundSpec()
	other.Subject.CommonName, other.Key.RSABits, other.RenewalTrigger, other.Names.DNS = "x", 4096, "2", nil
	key := soundSpec()
	key.Key.RSABits, key.RegenerationTrigger, key.RenewalTrigger = 4096, "2", "2"
	late := noon.Add(720 * time.Hour)
	for _, tt := range []struct {
		name      string
		spec      clm.CertificateSpec
		current   *clm.Version
		at        time.Time
		operation clm.Operation
		reason    string
	}{
		{"nothing there", spec, nil, noon, clm.OperationEnrol, "it has no certificate yet"},
		{"nothing changed", spec, issued(spec), noon, clm.OperationNone, ""},
		{"revoked before all else", other, revoked, late, clm.OperationReEnrol, "its certificate was revoked (key_compromise)"},
		{"subject before key", other, issued(spec), late, clm.OperationReEnrol, "common_name and dns_names changed"},
		{"key before renewal", key, issued(spec), late, clm.OperationRegenerate, "the key's algorithm or size and regeneration_trigger changed"},
		{"expired", spec, issued(spec), late, clm.OperationRenew, "it expired 2026-12-22T12:00:00Z"},
		{"in the window", spec, issued(spec), late.Add(-240 * time.Hour), clm.OperationRenew, "it expires 2026-12-22T12:00:00Z, within its renewal window"},
		{"just before the window", spec, issued(spec), late.Add(-240*time.Hour - 1), clm.OperationNone, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := clm.ShouldIssue(tt.spec, tt.current, tt.at); got.Operation != tt.operation || got.Reason != tt.reason {
				t.Errorf("%s because %q, want %s because %q", got.Operation, got.Reason, tt.operation, tt.reason)
			}
		})
	}
}

func TestOperationsThatMakeKeys(t *testing.T) {
	t.Parallel()
	for operation, want := range map[clm.Operation]bool{
		clm.OperationNone: false, clm.OperationRenew: false,
		clm.OperationEnrol: true, clm.OperationRegenerate: true, clm.OperationReEnrol: true,
	} {
		if operation.NewKey() != want {
			t.Errorf("%s makes a key: %t", operation, !want)
		}
	}
}

func TestRenewalWindow(t *testing.T) {
	t.Parallel()
	end := noon.Add(100 * time.Hour)
	for _, tt := range []struct {
		name           string
		hours, percent int64
		due            time.Duration // before the end
	}{
		{"neither", 0, 0, 0},
		{"hours", 10, 0, 10 * time.Hour},
		{"percent", 0, 10, 10 * time.Hour},
		{"most percent", 0, 99, 99 * time.Hour},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			spec := clm.CertificateSpec{EarlyRenewalHours: tt.hours, EarlyRenewalPercent: tt.percent}
			v := clm.Version{NotBefore: noon, NotAfter: end}
			due := spec.RenewalTime(noon, end)
			if want := end.Add(-tt.due); !due.Equal(want) {
				t.Fatalf("due %v, want %v", due, want)
			}
			if ready, _ := clm.ReadyForRenewal(spec, v, due.Add(-1)); ready {
				t.Error("ready before it is due")
			}
			if ready, _ := clm.ReadyForRenewal(spec, v, due); !ready {
				t.Error("not ready when it is due")
			}
		})
	}
}

// What Check accepts is not due the moment it is issued, even though its
// validity reaches back a minute for slow clocks: a plan that renews at every
// apply would never be empty.
func TestAcceptedSpecIsNotDueAtOnce(t *testing.T) {
	t.Parallel()
	property.Check(t, func(t *rapid.T) {
		spec := clm.CertificateSpec{
			ValidityPeriodHours: rapid.OneOf(rapid.Int64Range(1, 3), rapid.Int64()).Draw(t, "validity"),
			EarlyRenewalHours:   rapid.OneOf(rapid.Just[int64](0), rapid.Just[int64](0), rapid.Int64Range(0, 10)).Draw(t, "hours"),
			EarlyRenewalPercent: rapid.OneOf(rapid.Just[int64](0), rapid.Int64Range(97, 100), rapid.Int64Range(-1, 101)).Draw(t, "percent"),
		}
		if spec.Check() != nil {
			return
		}
		v := clm.Version{State: clm.VersionIssued, NotBefore: noon.Add(-time.Minute), NotAfter: noon.Add(time.Duration(spec.ValidityPeriodHours) * time.Hour)}
		if due := clm.ShouldIssue(spec, &v, noon); due.Operation != clm.OperationNone {
			t.Fatalf("%+v is due at once: %s", spec, due.Reason)
		}
		if !v.NotAfter.After(noon) {
			t.Fatalf("%+v is over before it begins", spec)
		}
	})
}

func TestSpecCheck(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name            string
		validity, hours int64
		percent         int64
		reason          clm.RevocationReason
		field, text     string
	}{
		{name: "least", validity: 1},
		{name: "most", validity: clm.MaxValidityHours, percent: 99},
		{name: "widest window", validity: 100, hours: 99},
		{name: "no validity", field: "validity_period_hours", text: "a validity of 0 hours is not positive"},
		{name: "negative validity", validity: -5, field: "validity_period_hours", text: "a validity of -5 hours is not positive"},
		{name: "endless", validity: clm.MaxValidityHours + 1, field: "validity_period_hours", text: "a validity of 878401 hours is longer than 878400 hours"},
		{name: "negative window", validity: 1, hours: -1, field: "early_renewal_hours", text: "an early renewal of -1 hours is negative"},
		{name: "window as long as validity", validity: 100, hours: 100, field: "early_renewal_hours",
			text: "renewing 100 hours early is not shorter than the validity of 100 hours (every certificate would be due for renewal the moment it is issued; shorten early_renewal_hours)"},
		{name: "negative percentage", validity: 100, percent: -1, field: "early_renewal_percent", text: "-1 is not a percentage from 0 to 99"},
		{name: "whole percentage", validity: 100, percent: 100, field: "early_renewal_percent", text: "100 is not a percentage from 0 to 99"},
		{name: "both", validity: 100, hours: 1, percent: 1, field: "early_renewal_percent",
			text: "both early_renewal_hours and early_renewal_percent are set (set one of them)"},
		{name: "hardly apart", validity: 1, percent: 99, field: "early_renewal_percent",
			text: "renewing 99% of 1 hours early leaves less than two minutes between renewals (lower early_renewal_percent or lengthen the validity)"},
		{name: "reason", validity: 1, reason: "boredom", field: "revocation_reason", text: `"boredom" is not a revocation reason (use unspecified, key_compromise, ` +
			`ca_compromise, affiliation_changed, superseded, cessation_of_operation, privilege_withdrawn or aa_compromise)`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			spec := clm.CertificateSpec{ValidityPeriodHours: tt.validity, EarlyRenewalHours: tt.hours, EarlyRenewalPercent: tt.percent, RevocationReason: tt.reason}
			if tt.text == "" {
				must(t, spec.Check())
				return
			}
			mustRefuse(t, spec.Check(), clm.KindInvalid, tt.field, tt.text)
		})
	}
}

// The order of alternative names and key usages carries no meaning: neither
// writing them in another order nor doubling the writing of a plan re-issues.
func TestOrderOfNamesMeansNothing(t *testing.T) {
	t.Parallel()
	words := rapid.SliceOfN(rapid.StringMatching(`[a-c]{1,2}`), 0, 5)
	property.Check(t, func(t *rapid.T) {
		a := clm.Identity{
			Names:        clm.Names{DNS: words.Draw(t, "dns"), IPs: words.Draw(t, "ips"), Emails: words.Draw(t, "emails"), URIs: words.Draw(t, "uris")},
			ExtKeyUsages: words.Draw(t, "usages"),
		}
		b := a
		for _, list := range []*[]string{&b.Names.DNS, &b.Names.IPs, &b.Names.Emails, &b.Names.URIs, &b.ExtKeyUsages} {
			*list = rapid.Permutation(*list).Draw(t, "permutation")
		}
		if !a.Names.Equal(b.Names) || !b.Names.Equal(a.Names) {
			t.Fatalf("%v and %v differ", a.Names, b.Names)
		}
		spec := clm.CertificateSpec{Identity: b, ValidityPeriodHours: 720}
		if due := clm.ShouldIssue(spec, issued(clm.CertificateSpec{Identity: a}), noon); due.Operation != clm.OperationNone {
			t.Fatalf("%+v", due)
		}
	})
}

// Two sets of names are the same exactly when every kind holds the same names.
func TestNamesEqualOnlyWhenTheyAre(t *testing.T) {
	t.Parallel()
	words := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c"}), 0, 3)
	property.Check(t, func(t *rapid.T) {
		a, b := words.Draw(t, "a"), words.Draw(t, "b")
		want := strings.Join(slices.Sorted(slices.Values(a)), " ") == strings.Join(slices.Sorted(slices.Values(b)), " ")
		for kind, pair := range map[string][2]clm.Names{
			"dns": {{DNS: a}, {DNS: b}}, "ips": {{IPs: a}, {IPs: b}}, "emails": {{Emails: a}, {Emails: b}}, "uris": {{URIs: a}, {URIs: b}},
		} {
			if got := pair[0].Equal(pair[1]); got != want {
				t.Fatalf("%s: %v equals %v: %t", kind, a, b, got)
			}
		}
	})
}
