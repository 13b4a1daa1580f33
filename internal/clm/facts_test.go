package clm_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

func TestPKCS12Profile(t *testing.T) {
	t.Parallel()
	for facts, want := range map[clm.DeviceFacts]string{
		{}: "modern",
		{System: "Debian GNU/Linux 12 (bookworm)"}:     "modern",
		{System: "Microsoft Windows Server 2012 R2"}:   "legacy",
		{System: "Microsoft Windows Server 2016"}:      "legacy",
		{System: "Microsoft Windows Server 2019"}:      "modern",
		{System: "Microsoft Windows Server 2025"}:      "modern",
		{Version: `java version "1.7.0_80"`}:           "legacy",
		{Version: `openjdk version "1.8.0_292"`}:       "legacy",
		{Version: `openjdk version "1.8.0_301"`}:       "modern",
		{Version: `openjdk version "11.0.11" 2021-04`}: "legacy",
		{Version: `openjdk version "11.0.12" 2021-07`}: "modern",
		{Version: `openjdk version "15.0.2" 2021-01`}:  "legacy",
		{Version: `openjdk version "16" 2021-03-16`}:   "modern",
		{Version: `openjdk version "17.0.19" 2026-04`}: "modern",
		{Version: "nginx version: nginx/1.22.1"}:       "modern",
	} {
		if got := facts.PKCS12Profile(); got != want {
			t.Errorf("%+v: %s, want %s", facts, got, want)
		}
	}
}

func TestParseFacts(t *testing.T) {
	t.Parallel()
	got := clm.ParseFacts("motd\nhost=web-1\nsystem=Debian GNU/Linux 12 (bookworm)\nversion=a=b\n")
	if want := (clm.DeviceFacts{Host: "web-1", System: "Debian GNU/Linux 12 (bookworm)", Version: "a=b"}); got != want {
		t.Errorf("read %+v", got)
	}
}

func TestDeviceStatus(t *testing.T) {
	t.Parallel()
	device := clm.Device{CertSync: clm.SyncMonitored}
	unresolved := fmt.Errorf("asking: %w", clm.Errorf(clm.KindUnreachable, "connecting to web:22").Because(clm.ErrUnresolved))
	for trouble, want := range map[error]clm.DeviceStatus{nil: "monitored", errors.New("refused"): clm.DeviceFailed, unresolved: clm.DeviceUnresolved} {
		if got := device.StatusAfter(trouble); got != want {
			t.Errorf("after %v it is %s", trouble, got)
		}
	}
}
