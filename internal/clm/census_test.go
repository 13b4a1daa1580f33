package clm_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/property"
)

// A device is in the first class that fits it.
func TestDeviceClass(t *testing.T) {
	t.Parallel()
	policy := clm.DefaultReplacementPolicy()
	policy.Waivers = []clm.Waiver{{DeviceID: "waived", Reason: "on a ship", Until: noon.Add(time.Hour)}}
	day := 24 * time.Hour
	for name, tt := range map[string]struct {
		report clm.TrustReport
		want   clm.DeviceClass
	}{
		"it has both":                         {clm.TrustReport{TrustsOld: true, TrustsNew: true, LastSeen: noon}, clm.ClassReceived},
		"it has both and went silent":         {clm.TrustReport{TrustsOld: true, TrustsNew: true, LastSeen: noon.Add(-30 * day)}, clm.ClassReceived},
		"it has both though it was waived":    {clm.TrustReport{DeviceID: "waived", TrustsNew: true, LastSeen: noon}, clm.ClassReceived},
		"a waiver excuses silence":            {clm.TrustReport{DeviceID: "waived", TrustsOld: true, LastSeen: noon.Add(-30 * day)}, clm.ClassWaived},
		"a waiver excuses a failure":          {clm.TrustReport{DeviceID: "waived", TrustsOld: true, LastSeen: noon, Failure: "disk full"}, clm.ClassWaived},
		"nothing was ever heard of it":        {clm.TrustReport{}, clm.ClassNeverReported},
		"seen just within the time":           {clm.TrustReport{TrustsOld: true, LastSeen: noon.Add(-7 * day)}, clm.ClassPending},
		"seen longer ago":                     {clm.TrustReport{TrustsOld: true, LastSeen: noon.Add(-7*day - 1)}, clm.ClassSilent},
		"silent after a failure":              {clm.TrustReport{TrustsOld: true, LastSeen: noon.Add(-8 * day), Failure: "disk full"}, clm.ClassSilent},
		"it answers and cannot install":       {clm.TrustReport{TrustsOld: true, LastSeen: noon, Failure: "disk full"}, clm.ClassFailed},
		"it answers and has not got there":    {clm.TrustReport{TrustsOld: true, LastSeen: noon}, clm.ClassPending},
		"it joined and has nothing installed": {clm.TrustReport{LastSeen: noon}, clm.ClassPending},
	} {
		if got := tt.report.Class(policy, noon); got != tt.want {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
	}
	late := clm.TrustReport{DeviceID: "waived", TrustsOld: true, LastSeen: noon}
	if got := late.Class(policy, noon.Add(time.Hour)); got != clm.ClassPending {
		t.Errorf("at the end of its waiver a device is %s", got)
	}
	policy.SilentAfter = 0
	if got := (clm.TrustReport{TrustsOld: true, LastSeen: noon.Add(-900 * day)}).Class(policy, noon); got != clm.ClassPending {
		t.Errorf("where nobody counts as silent, a device is %s", got)
	}
}

// The number of the source of all this: 2076 of 2393 agents received the new
// certificate, whatever else the profile covers.
func TestCensusCountsWhoReportedTheOldCertificate(t *testing.T) {
	t.Parallel()
	var reports []clm.TrustReport
	for i := range 2393 {
		reports = append(reports, clm.TrustReport{
			DeviceID: fmt.Sprint(i), Name: fmt.Sprint("agent-", i), TrustsOld: true, TrustsNew: i < 2076,
			LastSeen: noon, ReceivedAt: received(i < 2076, noon.Add(-time.Duration(i)*time.Second)),
		})
	}
	reports = append(reports,
		clm.TrustReport{DeviceID: "joined", TrustsNew: true, LastSeen: noon, ReceivedAt: noon.Add(-time.Hour)},
		clm.TrustReport{DeviceID: "unheard"})
	c := clm.Count(reports, clm.DefaultReplacementPolicy(), noon)
	if c.Received != 2076 || c.Expected != 2393 || c.PercentReceived() != 86 || c.Cohort() != 2395 || !c.LastReceiptAt.Equal(noon) {
		t.Errorf("%d of %d, %d percent of a cohort of %d, last at %s", c.Received, c.Expected, c.PercentReceived(), c.Cohort(), c.LastReceiptAt)
	}
	want := map[clm.DeviceClass]int64{clm.ClassReceived: 2077, clm.ClassPending: 317, clm.ClassNeverReported: 1}
	if diff := cmp.Diff(want, c.Classes); diff != "" {
		t.Error(diff)
	}
}

func TestCensusOfNobody(t *testing.T) {
	t.Parallel()
	if c := clm.Count(nil, clm.DefaultReplacementPolicy(), noon); c.Cohort() != 0 || c.PercentReceived() != 100 {
		t.Errorf("a cohort of %d, %d percent", c.Cohort(), c.PercentReceived())
	}
}

// Whatever is reported: the order does not matter, every device is in one class,
// and no more is received than expected.
func TestCensusProperties(t *testing.T) {
	t.Parallel()
	property.Check(t, func(t *rapid.T) {
		policy := clm.DefaultReplacementPolicy()
		policy.Waivers = []clm.Waiver{{DeviceID: "1", Reason: "r", Until: noon.Add(time.Hour)}, {DeviceID: "2", Reason: "r", Until: noon}}
		reports := rapid.SliceOfNDistinct(rapid.Custom(drawReport), 0, 12, func(r clm.TrustReport) string { return r.DeviceID }).Draw(t, "reports")
		c := clm.Count(reports, policy, noon)
		if c.Received < 0 || c.Received > c.Expected || c.Expected > c.Cohort() || c.Cohort() != int64(len(reports)) {
			t.Fatalf("%d of %d in a cohort of %d, of %d reports", c.Received, c.Expected, c.Cohort(), len(reports))
		}
		shuffled := clm.Count(rapid.Permutation(reports).Draw(t, "shuffled"), policy, noon)
		byName := cmpopts.SortSlices(func(a, b clm.TrustReport) bool { return a.DeviceID < b.DeviceID })
		if diff := cmp.Diff(c, shuffled, byName, cmpopts.EquateEmpty()); diff != "" {
			t.Fatal(diff)
		}
	})
}

func drawReport(t *rapid.T) clm.TrustReport {
	ago := func(name string) time.Time {
		return noon.Add(-time.Duration(rapid.IntRange(0, 20).Draw(t, name)) * 24 * time.Hour)
	}
	r := clm.TrustReport{
		DeviceID: fmt.Sprint(rapid.IntRange(1, 20).Draw(t, "id")), Critical: rapid.Bool().Draw(t, "critical"),
		TrustsOld: rapid.Bool().Draw(t, "old"), TrustsNew: rapid.Bool().Draw(t, "new"),
		Failure: rapid.SampledFrom([]string{"", "disk full"}).Draw(t, "failure"),
	}
	r.ReceivedAt = received(r.TrustsNew, ago("received"))
	if rapid.Bool().Draw(t, "seen") {
		r.LastSeen = ago("last")
	}
	return r
}

func received(did bool, at time.Time) time.Time {
	if did {
		return at
	}
	return time.Time{}
}
