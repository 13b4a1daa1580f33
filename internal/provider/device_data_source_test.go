package provider_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/knownvalue"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
)

// Devices are asked when the data source is read: one that does not answer is
// failed and says why, one that is ignored is not asked.
func TestDeviceData(t *testing.T) {
	t.Parallel()
	estate := clmtest.NewBackend(t)
	managed, watched, ignored := addDevice(t, estate, "web-1", "managed"), addDevice(t, estate, "web-2", "monitored"), addDevice(t, estate, "web-3", "ignored")
	config := found1("clm_device", "one", "name", "web-1") + found1("clm_device", "three", "id", ignored.ID) +
		"data \"clm_devices\" \"all\" {}\n" + found1("clm_devices", "watched", "cert_sync", "monitored")
	one, three := "data.clm_device.one", "data.clm_device.three"
	away := func() {
		for _, d := range []string{managed.Local.RootDirectory, ignored.Local.RootDirectory} {
			must(t, os.Remove(d))
		}
	}
	tell(t, estate,
		shows(config,
			is(one, "id", knownvalue.StringExact(managed.ID)), is(one, "status", knownvalue.StringExact("managed")), is(one, "status_detail", knownvalue.Null()),
			is(one, "local", knownvalue.ObjectExact(map[string]knownvalue.Check{"root_directory": knownvalue.StringExact(managed.Local.RootDirectory)})),
			is(three, "name", knownvalue.StringExact("web-3")), is(three, "cert_sync", knownvalue.StringExact("ignored")),
			devicesAre("all", "web-1=managed", "web-2=monitored", "web-3=ignored"), devicesAre("watched", watched.Name+"=monitored"),
		),
		after(away, shows(config,
			is(one, "status", knownvalue.StringExact("failed")),
			is(one, "status_detail", knownvalue.StringRegexp(regexp.MustCompile(`device "web-1" does not answer: its root directory .* does not exist`))),
			is(three, "status", knownvalue.StringExact("ignored")),
			devicesAre("all", "web-1=failed", "web-2=monitored", "web-3=ignored"),
		)),
	)
}

func devicesAre(list string, want ...string) looksAt {
	return looksAt{"data.clm_devices." + list, func(a map[string]any) error {
		var got []string
		for _, item := range a["devices"].([]any) {
			device := item.(map[string]any)
			got = append(got, text(device, "name")+"="+text(device, "status"))
		}
		if strings.Join(got, " ") != strings.Join(want, " ") {
			return fmt.Errorf("the list holds %v, want %v", got, want)
		}
		return nil
	}}
}
