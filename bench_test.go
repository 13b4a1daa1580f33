package main_test

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
)

const doNothingConfig = `
terraform {
  required_providers {
    donothing = { source = "terraform-provider-clm/donothing" }
  }
}

resource "donothing_echo" "c" {
  count = %d
  input = "c${count.index}.example.com"
}
`

const certificatesConfig = `
terraform {
  required_providers {
    clm = { source = "terraform-provider-clm/clm" }
  }
}

provider "clm" {}

resource "clm_root_certificate" "r" {
  name        = "bench"
  self_signed = { subject = { common_name = "Bench" }, validity_period_hours = 87600 }
}

resource "clm_certificate" "c" {
  count                 = %d
  name                  = "c${count.index}"
  issuer_id             = clm_root_certificate.r.id
  common_name           = "c${count.index}.example.com"
  dns_names             = ["c${count.index}.example.com"]
  validity_period_hours = 2160
  early_renewal_hours   = 720
}
`

// BenchmarkCLI measures apply, and a plan that finds nothing to do, of so many
// certificates through a real CLI, as multiples of what a provider that does
// nothing takes in the same run. Of one certificate, it is the start that counts.
func BenchmarkCLI(b *testing.B) {
	nothing := filepath.Join(b.TempDir(), "donothing")
	if out, err := exec.Command("go", "build", "-o", nothing, "./internal/clmtest/donothing").CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	for _, n := range []int{1, 100, 1000} {
		b.Run(fmt.Sprintf("certificates=%d", n), func(b *testing.B) {
			floor := clmtest.NewWorkspace(b, clmtest.NewestCLI(b))
			floor.Install("donothing", nothing)
			floorApply, floorPlan := timed(b, floor, fmt.Sprintf(doNothingConfig, n))
			apply, plan := timed(b, clmtest.NewWorkspace(b, clmtest.NewestCLI(b)), fmt.Sprintf(certificatesConfig, n))
			b.ReportMetric(apply.Seconds()/floorApply.Seconds(), "apply-of-nothing")
			b.ReportMetric(plan.Seconds()/floorPlan.Seconds(), "plan-of-nothing")
			b.ReportMetric(plan.Seconds(), "plan-s")
		})
	}
}

// timed is how long an apply takes, and the shortest of three plans after it.
func timed(b *testing.B, w *clmtest.Workspace, config string) (apply, plan time.Duration) {
	b.Helper()
	w.Write("main.tf", config)
	w.Init()
	start := time.Now()
	w.Apply()
	apply = time.Since(start)
	for range 3 {
		start = time.Now()
		w.PlanEmpty()
		if took := time.Since(start); plan == 0 || took < plan {
			plan = took
		}
	}
	return apply, plan
}
