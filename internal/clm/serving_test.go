package clm_test

import (
	"testing"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// A version is proven replaced when every server that states anything states another;
// who is silent after there was something new to say is gone.
func TestWhatServersState(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	renewed := start.Add(30 * 24 * time.Hour) // when version 2 was issued
	says := func(server string, version int64, at time.Time) clm.Serving {
		return clm.Serving{Server: server, Version: version, At: at}
	}
	for name, tt := range map[string]struct {
		stated []clm.Serving
		after  time.Duration // since version 2
		inUse  bool
	}{
		"nobody says anything":            {nil, 0, true},
		"one serves the new one":          {[]clm.Serving{says("a", 1, start), says("a", 2, renewed)}, time.Minute, false},
		"one serves the old one":          {[]clm.Serving{says("a", 1, start)}, time.Minute, true},
		"another lags":                    {[]clm.Serving{says("a", 1, start), says("b", 1, start), says("a", 2, renewed)}, 59 * time.Minute, true},
		"another is gone":                 {[]clm.Serving{says("a", 1, start), says("b", 1, start), says("a", 2, renewed.Add(30*time.Minute))}, time.Hour, false},
		"another lags, and says so":       {[]clm.Serving{says("a", 2, renewed.Add(50*time.Minute)), says("b", 1, renewed.Add(40*time.Minute))}, time.Hour, true},
		"all are gone, and nothing known": {[]clm.Serving{says("a", 2, renewed)}, time.Hour, true},
	} {
		row := clm.CertificateRow{Current: &clm.Version{Number: 1, CreatedAt: start, NotAfter: renewed.Add(24 * time.Hour)}}
		for _, s := range tt.stated {
			if !s.At.Before(renewed) {
				row.Current = &clm.Version{Number: 2, CreatedAt: renewed}
			}
			row.Serve(s)
		}
		if tt.stated == nil || row.Current.Number == 1 {
			row.Current = &clm.Version{Number: 2, CreatedAt: renewed}
		}
		old := clm.Version{Number: 1, State: clm.VersionSuperseded, NotAfter: renewed.Add(24 * time.Hour)}
		got := clm.Child{Row: row}.Uses(old, renewed.Add(tt.after), func(string) bool { return false })
		if got != tt.inUse {
			t.Errorf("%s: in use %t, on record %+v", name, got, row.Certificate.Served)
		}
	}
}
