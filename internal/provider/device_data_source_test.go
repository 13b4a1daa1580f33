package provider_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/knownvalue"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
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
			checksAre(one, "communication=passed", "version=passed", "instance=passed", "discovery=passed"),
			checksAre(three, "communication=skipped", "version=skipped", "instance=skipped", "discovery=skipped"),
			is(three, "name", knownvalue.StringExact("web-3")), is(three, "cert_sync", knownvalue.StringExact("ignored")),
			devicesAre("all", "web-1=managed", "web-2=monitored", "web-3=ignored"), devicesAre("watched", watched.Name+"=monitored"),
		),
		after(away, shows(config,
			is(one, "status", knownvalue.StringExact("failed")),
			is(one, "status_detail", knownvalue.StringRegexp(regexp.MustCompile(`device "web-1" does not answer: its root directory .* does not exist`))),
			checksAre(one, "communication=failed", "version=skipped", "instance=skipped", "discovery=skipped"),
			is(three, "status", knownvalue.StringExact("ignored")),
			devicesAre("all", "web-1=failed", "web-2=monitored", "web-3=ignored"),
		)),
	)
}

func devicesAre(list string, want ...string) looksAt {
	return pairsAre("data.clm_devices."+list, "devices", "name", want)
}

func checksAre(device string, want ...string) looksAt {
	return pairsAre(device, "status_log", "check", want)
}

// pairsAre holds the statuses in a list, by name.
func pairsAre(address, list, name string, want []string) looksAt {
	return looksAt{address, func(a map[string]any) error {
		var got []string
		for _, item := range a[list].([]any) {
			entry := item.(map[string]any)
			got = append(got, text(entry, name)+"="+text(entry, "status"))
		}
		if strings.Join(got, " ") != strings.Join(want, " ") {
			return fmt.Errorf("the list holds %v, want %v", got, want)
		}
		return nil
	}}
}

// Of a device with a profile they tell what it stated, when, and why it could not
// be told.
func TestDeviceTrustData(t *testing.T) {
	t.Parallel()
	estate := clmtest.NewBackend(t)
	profile := must2(estate.CreateCommunicationProfile(t.Context(), api.WriteCommunicationProfile{
		Name: "agents", RootCertificateIDs: []string{corpRoot(t, estate).ID}, CheckInIntervalSeconds: 900,
		TrustStore: api.TrustStore{Directory: "ssl", BundleFile: "cas.pem"},
	}))(t)
	web := must2(estate.CreateDevice(t.Context(), api.WriteDevice{
		Name: "web-1", CertSync: "managed", Local: &api.Local{RootDirectory: t.TempDir()}, CommunicationProfileID: profile.ID, Critical: true,
	}))(t)
	addDevice(t, estate, "web-2", "managed")
	checkIn := func() { must2(estate.CheckInDevice(t.Context(), web.ID))(t) }
	block := func() {
		must(t, os.RemoveAll(web.Local.RootDirectory+"/ssl"))
		must(t, os.WriteFile(web.Local.RootDirectory+"/ssl", nil, 0o600))
		estate.Clock.Advance(time.Hour)
		checkIn()
	}
	start := estate.Clock.Now().UTC()
	at := func(later time.Duration) knownvalue.Check {
		return knownvalue.StringExact(start.Add(later).Format(time.RFC3339))
	}
	config := found1("clm_device", "one", "name", "web-1") + found1("clm_device", "two", "name", "web-2") + "data \"clm_devices\" \"all\" {}\n"
	one, two := "data.clm_device.one", "data.clm_device.two"
	tell(t, estate,
		shows(config, is(one, "communication_profile_id", knownvalue.StringExact(profile.ID)), is(one, "critical", knownvalue.Bool(true)),
			is(one, "trust_digest", knownvalue.Null()), is(one, "last_seen", knownvalue.Null()),
			is(two, "communication_profile_id", knownvalue.Null()), is(two, "critical", knownvalue.Bool(false)), is(two, "trust_digest", knownvalue.Null())),
		after(checkIn, shows(config, is(one, "trust_digest", knownvalue.StringExact(profile.BundleDigest)), is(one, "trust_failure", knownvalue.Null()),
			is(one, "last_seen", at(0)), looksAt{"data.clm_devices.all", func(a map[string]any) error {
				first := a["devices"].([]any)[0].(map[string]any)
				if text(first, "communication_profile_id") != profile.ID || first["critical"] != true {
					return fmt.Errorf("the first device is %v", first)
				}
				return nil
			}})),
		after(block, shows(config, is(one, "trust_failure", knownvalue.StringRegexp(regexp.MustCompile("is not a directory"))), is(one, "last_seen", at(time.Hour)))),
	)
}
