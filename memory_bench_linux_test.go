package main_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
)

// BenchmarkMemory is the most memory the provider takes, as the kernel counts
// it, while a CLI applies and plans 1,000 certificates.
func BenchmarkMemory(b *testing.B) {
	w := clmtest.NewWorkspace(b, clmtest.NewestCLI(b))
	w.Write("main.tf", fmt.Sprintf(certificatesConfig, 1000))
	w.Init()
	b.ReportMetric(peakWhile(b, w, func() { w.Apply() }), "apply-MB")
	b.ReportMetric(peakWhile(b, w, func() { w.PlanEmpty() }), "plan-MB")
}

// BenchmarkMemoryOverSSH is the same for 1,000 devices, each behind a connection of
// its own, and a connector to each.
func BenchmarkMemoryOverSSH(b *testing.B) {
	f := newSSHFleet(b, 4)
	for n := range 1000 {
		f.add(b, f.users[n%len(f.users)], must(f.server.AnotherPort())(b), 1)
	}
	w := f.workspace(b)
	b.ReportMetric(peakWhile(b, w, func() { w.Apply() }), "apply-MB")
	b.ReportMetric(peakWhile(b, w, func() { w.PlanEmpty() }), "plan-MB")
	checkFleet(b, f.directories(), strings.TrimSpace(w.Run("output", "-raw", "fingerprint")))
}

// peakWhile is the most memory, in MB, of a provider that a CLI uses meanwhile.
func peakWhile(b *testing.B, w *clmtest.Workspace, run func()) float64 {
	b.Helper()
	pid, reattach := attachable(b, w.Dir)
	before := w.Env
	defer func() { w.Env = before }()
	w.Env = append(slices.Clip(before), "TF_REATTACH_PROVIDERS="+reattach)
	run()
	return peakMegabytes(b, pid)
}

// attachable starts the provider so that a CLI uses this process of it.
func attachable(b *testing.B, dir string) (pid int, reattach string) {
	b.Helper()
	cmd := exec.CommandContext(b.Context(), clmtest.Binary(b), "-debug")
	cmd.Dir = dir
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _, _ = cmd.Process.Kill(), cmd.Wait() }) // it was told to end
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if _, value, found := strings.Cut(lines.Text(), "TF_REATTACH_PROVIDERS='"); found {
			return cmd.Process.Pid, strings.TrimSuffix(value, "'")
		}
	}
	b.Fatal("the provider did not say how to attach to it")
	return 0, ""
}

func peakMegabytes(b *testing.B, pid int) float64 {
	b.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Fatal(err)
	}
	peak := regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindSubmatch(status)
	kilobytes, err := strconv.ParseFloat(string(peak[1]), 64)
	if err != nil {
		b.Fatal(err)
	}
	return kilobytes / 1024
}
