package clm_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// mustRefuse holds an error to its kind, field and whole text.
func mustRefuse(t *testing.T, err error, kind clm.Kind, field, text string) {
	t.Helper()
	var ours *clm.Error
	if !errors.As(err, &ours) {
		t.Fatalf("the error is %v, want: %s", err, text)
	}
	if ours.Kind != kind || ours.Field != field || ours.Error() != text {
		t.Errorf("got  %s, field %q: %s\nwant %s, field %q: %s", ours.Kind, ours.Field, ours, kind, field, text)
	}
}

// An error says what happened, why, and what to do, in that order; wrapped, it
// keeps its kind.
func TestErrorText(t *testing.T) {
	t.Parallel()
	cause := errors.New("no space left on device")
	err := clm.Errorf(clm.KindFailed, "writing %q failed", "shop.crt").Because(cause).WithHint("make room on %s", "web-1")
	if got, want := err.Error(), `writing "shop.crt" failed: no space left on device (make room on web-1)`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	wrapped := fmt.Errorf("pushing: %w", err)
	if clm.KindOf(wrapped) != clm.KindFailed || !errors.Is(wrapped, cause) {
		t.Errorf("wrapping lost the kind (%s) or the cause", clm.KindOf(wrapped))
	}
	if kind := clm.KindOf(cause); kind != clm.KindInternal {
		t.Errorf("an error that is not ours is %s", kind)
	}
}

func TestNounErrors(t *testing.T) {
	t.Parallel()
	mustRefuse(t, clm.NounRoot.NotFound("corp"), clm.KindNotFound, "", `there is no root certificate "corp"`)
	mustRefuse(t, clm.NounKey.NotFound("7"), clm.KindNotFound, "", `there is no private key "7"`)
	mustRefuse(t, clm.NounDevice.Changed("7"), clm.KindConflict, "", "device 7 was changed by somebody else meanwhile (run the same command again)")
	mustRefuse(t, clm.NounConnector.NameTaken("shop"), clm.KindExists, "name",
		`a connector named "shop" exists already (choose another name, or bring the existing one under management with an import block whose id is "shop")`)
}

func TestRootMayDelete(t *testing.T) {
	t.Parallel()
	free, kept := clm.RootCertificate{Name: "corp"}, clm.RootCertificate{Name: "corp", DeletionProtection: true}
	must(t, free.MayDelete(0))
	const move = "(delete them, or move them to another issuer, first)"
	mustRefuse(t, free.MayDelete(1), clm.KindRefused, "", `root certificate "corp" still has 1 certificate issued by it `+move)
	mustRefuse(t, free.MayDelete(2), clm.KindRefused, "", `root certificate "corp" still has 2 certificates issued by it `+move)
	mustRefuse(t, kept.MayDelete(0), clm.KindRefused, "",
		`root certificate "corp" is protected from deletion (set deletion_protection = false and apply, then delete it)`)
}

func TestDeviceCheck(t *testing.T) {
	t.Parallel()
	sound := clm.Device{Name: "web-1", CertSync: clm.SyncManaged, Local: &clm.Local{RootDirectory: "/srv"}}
	for _, tt := range []struct {
		name  string
		spoil func(*clm.Device)
		field string
		text  string
	}{
		{"sound", func(*clm.Device) {}, "", ""},
		{"no name", func(d *clm.Device) { d.Name = "" }, "name",
			`"" is not a valid name (use 1 to 128 letters, digits, spaces or . _ @ -, beginning and ending with a letter or digit)`},
		{"treatment", func(d *clm.Device) { d.CertSync = "loved" }, "cert_sync", `"loved" is not a way to treat a device (use managed, monitored or ignored)`},
		{"no way", func(d *clm.Device) { d.Local = nil }, "local", `device "web-1" has no way to be reached (set local = { root_directory = … }, ssh = { host = …, credential_id = … } or agent = {})`},
		{"no root", func(d *clm.Device) { d.Local = &clm.Local{} }, "local.root_directory", `the root directory of device "web-1" is empty`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			device := sound
			tt.spoil(&device)
			if tt.text == "" {
				must(t, device.Check())
				return
			}
			mustRefuse(t, device.Check(), clm.KindInvalid, tt.field, tt.text)
		})
	}
}

func TestDeviceTreatment(t *testing.T) {
	t.Parallel()
	for treatment, want := range map[clm.CertSync]struct{ read, push bool }{
		clm.SyncManaged: {true, true}, clm.SyncMonitored: {true, false}, clm.SyncIgnored: {false, false},
	} {
		device := clm.Device{Name: "web-1", CertSync: treatment}
		if device.MayRead() != want.read || (device.MayPush() == nil) != want.push {
			t.Errorf("%s: may read %t, may push %v", treatment, device.MayRead(), device.MayPush())
		}
	}
	monitored := clm.Device{Name: "web-1", CertSync: clm.SyncMonitored}
	mustRefuse(t, monitored.MayPush(), clm.KindRefused, "",
		`device "web-1" is monitored: nothing is pushed to it (set cert_sync = "managed" on the device to let certificates be pushed)`)
}
