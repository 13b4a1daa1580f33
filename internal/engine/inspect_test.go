package engine_test

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/engine"
)

// inspected is the status log of a device, one line for each check.
func (s *stage) inspected(device clm.Device) (engine.Inspection, string) {
	s.t.Helper()
	found := must2(s.Inspect(s.t.Context(), device))
	var lines []string
	for _, c := range found.Log {
		lines = append(lines, string(c.Check)+" "+string(c.Status)+": "+c.Detail)
	}
	return found, strings.Join(lines, "\n")
}

// bare is a device on which the server it is said to have is not installed.
type bare struct{ engine.Deployer }

func (bare) Run(context.Context, clm.Device, clm.Script) (clm.ScriptResult, error) {
	return clm.ScriptResult{Output: "host=web-1\nsystem=Debian GNU/Linux 12\n"}, nil
}

// A device tells what it is, and what its connectors hold is looked at.
func TestInspect(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	device := s.device("web-1")
	s.connector("shop", s.certificate("shop", s.root("lab")), device)
	host := must2(os.Hostname())
	found, log := s.inspected(device)
	if found.Status != "managed" || found.Detail != "" || len(found.Log) != 4 {
		t.Errorf("it is %s: %s", found.Status, found.Detail)
	}
	for _, want := range []string{"communication passed: it answers", "version passed: Linux ", "instance passed: " + host + ", ", "discovery passed: 1 of 1 connectors in sync"} {
		if !strings.Contains(log, want) {
			t.Errorf("the log does not say %q:\n%s", want, log)
		}
	}
	must(t, os.Remove(s.path("web-1", "etc", "shop", "tls.crt")))
	s.Engine.Deployer = bare{s.Engine.Deployer}
	device.Vendor = "nginx"
	want := "communication passed: it answers\n" +
		`version failed: no nginx was found on device "web-1" (install it, or set another vendor)` + "\n" +
		"instance passed: web-1, Debian GNU/Linux 12\ndiscovery passed: 0 of 1 connectors in sync"
	if _, log := s.inspected(device); log != want {
		t.Errorf("the log is:\n%s\nwant:\n%s", log, want)
	}
}

// Nothing is asked of a device that does not answer, or that nobody may look at.
func TestInspectWhatDoesNotAnswer(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	device := s.device("web-1")
	nowhere := clm.Errorf(clm.KindUnreachable, "connecting to web-1:22").Because(clm.ErrUnresolved)
	s.deployer.Fail("check", clmtest.Fault{Err: nowhere})
	found, log := s.inspected(device)
	why := "connecting to web-1:22: the name does not resolve"
	if found.Status != clm.DeviceUnresolved || found.Detail != why || !strings.HasPrefix(log, "communication failed: "+why+"\nversion skipped: the device does not answer\n") {
		t.Errorf("it is %s: %s\n%s", found.Status, found.Detail, log)
	}
	device.CertSync = clm.SyncIgnored
	found, log = s.inspected(device)
	if found.Status != "ignored" || strings.Count(log, "skipped: the device is ignored") != 4 {
		t.Errorf("it is %s:\n%s", found.Status, log)
	}
}
