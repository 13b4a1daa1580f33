package provider_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/knownvalue"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
)

// What lies on the devices is counted, and each connector says how it is.
func TestSyncStatusData(t *testing.T) {
	t.Parallel()
	estate := clmtest.NewBackend(t)
	shop := enrol(t, estate, 2160)
	folders := map[string]string{}
	for _, name := range []string{"web-1", "web-2", "web-3", "web-4"} {
		folders[name] = addDevice(t, estate, name, "managed").Local.RootDirectory
	}
	config := found1("clm_sync_status", "shop", "certificate_id", shop.ID)
	pushAll := func() {
		for name := range folders {
			push(t, estate, shop.ID, name, "tls")
		}
	}
	disturb := func() {
		must(t, os.Remove(filepath.Join(folders["web-2"], "tls", "tls.crt")))
		must(t, os.RemoveAll(folders["web-3"]))
		ignored := api.WriteDevice{Name: "web-4", CertSync: "ignored", Local: &api.Local{RootDirectory: folders["web-4"]}}
		must2(estate.UpdateDevice(t.Context(), "web-4", ignored))(t)
	}
	tell(t, estate,
		shows(config, counts(0, 0, 0, 0)...),
		after(pushAll, shows(config, append(counts(4, 4, 0, 0),
			syncsAre("web-1-tls in_sync  blue", "web-2-tls in_sync  blue", "web-3-tls in_sync  blue", "web-4-tls in_sync  blue"))...)),
		after(disturb, shows(config, append(counts(4, 1, 2, 1),
			syncsAre("web-1-tls in_sync  blue", "web-2-tls out_of_sync not_found purple",
				"web-3-tls out_of_sync connection_failed blue", "web-4-tls not_observed  blue"))...)),
		after(func() { must2(estate.RevokeCertificate(t.Context(), shop.ID, "superseded"))(t) },
			shows(config, append(counts(4, 0, 3, 1), syncsAre("web-1-tls out_of_sync revoked black", "web-2-tls out_of_sync not_found purple",
				"web-3-tls out_of_sync connection_failed black", "web-4-tls not_observed  black"))...)),
	)
}

func counts(total, inSync, outOfSync, notObserved int64) []stateCheck {
	var out []stateCheck
	for name, n := range map[string]int64{"total": total, "in_sync": inSync, "out_of_sync": outOfSync, "not_observed": notObserved} {
		out = append(out, is("data.clm_sync_status.shop", name, knownvalue.Int64Exact(n)))
	}
	return out
}

// syncsAre: each connector with its status, reason and colour.
func syncsAre(want ...string) looksAt {
	return looksAt{"data.clm_sync_status.shop", func(a map[string]any) error {
		var got []string
		for _, item := range a["connectors"].([]any) {
			c := item.(map[string]any)
			got = append(got, strings.Join([]string{text(c, "connector"), text(c, "status"), text(c, "reason"), text(c, "status_color")}, " "))
		}
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			return fmt.Errorf("the connectors are %q, want %q", got, want)
		}
		return nil
	}}
}
