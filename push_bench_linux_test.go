package main_test

import (
	"strings"
	"testing"
	"time"
)

// BenchmarkPush is the time in which a renewed certificate reaches many places, with a
// script to take it in at each, and the time of Ansible for the same.
func BenchmarkPush(b *testing.B) {
	for _, size := range []struct {
		name               string
		users, directories int
	}{{"directories=200", 1, 200}, {"users=50", 50, 1}} {
		b.Run(size.name, func(b *testing.B) {
			f := newSSHFleet(b, size.users)
			for _, u := range f.users {
				f.add(b, u, f.server.Port, size.directories)
			}
			race(b, f)
		})
	}
}

// race has the CLI push first, and Ansible push what the CLI did.
func race(b *testing.B, f *sshFleet) {
	b.Helper()
	w := f.workspace(b)
	first := spent(func() { w.Apply() })
	w.Env = append(w.Env, "TF_VAR_trigger=2")
	ours := spent(func() { w.Apply() })
	fingerprint := strings.TrimSpace(w.Run("output", "-raw", "fingerprint"))
	checkFleet(b, f.directories(), fingerprint)
	w.PlanEmpty()
	theirs := newAnsible(b, f, w).push(fingerprint)
	b.ReportMetric(first.Seconds(), "first-s")
	b.ReportMetric(ours.Seconds(), "ours-s")
	b.ReportMetric(theirs.Seconds(), "ansible-s")
	b.ReportMetric(theirs.Seconds()/ours.Seconds(), "times-ansible")
}

func spent(do func()) time.Duration {
	start := time.Now()
	do()
	return time.Since(start)
}
