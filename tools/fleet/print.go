package main

import (
	"fmt"
	"io"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// print tells what was measured, as far as it got.
func (r report) print(w io.Writer, o settings) {
	line := func(name, format string, args ...any) {
		fmt.Fprintf(w, "%-22s "+format+"\n", append([]any{name}, args...)...)
	}
	line("fleet", "%d devices, %d of them never heard of (seed %d)", o.devices+o.never, o.never, o.seed)
	line("enrolled in", "%s", r.enrolled.Round(time.Millisecond))
	line("staged in", "%s", r.staged.Round(time.Millisecond))
	line("statements, API", "%d, %.0f/s by %d callers, each durable", r.api.done, r.api.perSecond(), o.callers)
	line("statements, bulk", "%d, %.0f/s", r.bulk.done, r.bulk.perSecond())
	line("strangers refused", "%d", r.refused)
	line("status in", "%s", r.status.Round(time.Microsecond))
	line("database", "%.1f MB", megabytes(r.database))
	line("peak memory", "%.1f MB", megabytes(r.peakMemory))
	for _, class := range clm.DeviceClasses {
		line("  "+string(class), "%d", r.rollout.Classes[string(class)])
	}
	line("rollout", "%s", r.rollout.Message)
	line("every receipt counted", "%d of %d, %d in tallies", r.counted.received, r.counted.expected, r.counted.tallied)
}

func megabytes(bytes int64) float64 { return float64(bytes) / 1e6 }
