package main_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/servers"
)

const servedTwice = labShop + `
resource "clm_device" "web" {
  for_each    = local.servers
  name        = each.key
  data_center = "fra1"
  local       = { root_directory = each.value.folder }
}

resource "clm_connector" "shop" {
  for_each       = local.servers
  name           = "shop-${each.key}"
  certificate_id = clm_certificate.shop.id
  device_id      = clm_device.web[each.key].id
  file_system    = { directory = "tls", certificate_file = "shop.crt", key_file = "shop.key" }
  push           = { overwrite = true, post_script = { inline = each.value.reload } }
  verify         = { addresses = [each.value.address] }
}

output "id" { value = clm_certificate.shop.id }
output "fingerprint" { value = clm_certificate.shop.fingerprint_sha256 }
`

const watchesThem = `
variable "id" { type = string }

data "clm_push_validation_report" "all" {}

data "clm_topology" "shop" { certificate_id = var.id }

output "report" { value = data.clm_push_validation_report.all }
output "topology" { value = data.clm_topology.shop }
`

// told is what a configuration that only looks has found.
type told struct {
	Report struct {
		Total, Succeeded, Failed int
		Percent                  float64
		Results                  []struct {
			Connector, Address, Expected, Served, Reason string
			Succeeded                                    bool
		}
	}
	Topology struct {
		Certificate struct {
			FingerprintSHA256 string `json:"fingerprint_sha256"`
		}
		Chain []struct {
			CommonName  string `json:"common_name"`
			StatusColor string `json:"status_color"`
		}
		Connectors []struct {
			Name        string
			SyncStatus  string `json:"sync_status"`
			SyncReason  string `json:"sync_reason"`
			StatusColor string `json:"status_color"`
			Device      struct {
				Name       string
				DataCenter string `json:"data_center"`
			}
		}
	}
}

func look(t *testing.T, w *clmtest.Workspace) (seen told) {
	t.Helper()
	w.Apply()
	for name, into := range map[string]any{"report": &seen.Report, "topology": &seen.Topology} {
		if err := json.Unmarshal([]byte(w.Run("output", "-json", name)), into); err != nil {
			t.Fatal(err)
		}
	}
	return seen
}

// What servers really serve is told by address, and so is what is around the
// certificate: of two servers, one is given another certificate behind our back.
func TestReportAndTopology(t *testing.T) {
	t.Parallel()
	w := clmtest.NewWorkspace(t, clmtest.NewestCLI(t))
	running, places := map[string]*servers.Nginx{}, []string{}
	for _, name := range []string{"web-1", "web-2"} {
		folder := filepath.Join(w.Dir, "devices", name)
		selfSigned(t, w, name, "before")
		server := servers.StartNginx(t, filepath.Join(folder, "tls/shop.crt"), filepath.Join(folder, "tls/shop.key"))
		running[name] = server
		places = append(places, fmt.Sprintf("%q = { folder = %q, address = %q, reload = %q }", name, folder, server.Address, strings.Join(server.ReloadCommand, " ")))
	}
	w.Write("main.tf", exampleVersions+servedTwice+"locals {\n  servers = {\n    "+strings.Join(places, "\n    ")+"\n  }\n}\n")
	w.Init()
	w.Apply()
	w.PlanEmpty()
	fingerprint := strings.TrimSpace(w.Run("output", "-raw", "fingerprint"))

	watch := clmtest.NewWorkspace(t, clmtest.NewestCLI(t))
	watch.Write("main.tf", exampleVersions+watchesThem)
	watch.Env = []string{"CLM_DATA_DIR=" + filepath.Join(w.Dir, ".clm"), "TF_VAR_id=" + strings.TrimSpace(w.Run("output", "-raw", "id"))}
	watch.Init()
	seen := look(t, watch)
	if r := seen.Report; r.Total != 2 || r.Succeeded != 2 || r.Failed != 0 || r.Percent != 100 || r.Results[1].Served != fingerprint {
		t.Errorf("the report is %+v", r)
	}
	if topology := seen.Topology; topology.Certificate.FingerprintSHA256 != fingerprint || len(topology.Chain) != 1 || topology.Chain[0].CommonName != "Lab Root" || topology.Chain[0].StatusColor != "green" {
		t.Errorf("the topology is %+v", topology)
	}

	selfSigned(t, w, "web-2", "intruder")
	running["web-2"].Reload(t)
	served := ""
	servers.Await(t, "the intruder is served", func() bool {
		served = fingerprintAt(t, w, running["web-2"].Address)
		return served != fingerprint
	})
	seen = look(t, watch)
	r := seen.Report
	if r.Total != 2 || r.Failed != 1 || r.Percent != 50 || r.Results[0].Served != fingerprint {
		t.Errorf("the report is %+v", r)
	}
	if wrong := r.Results[1]; wrong.Connector != "shop-web-2" || wrong.Address != running["web-2"].Address || wrong.Expected != fingerprint || wrong.Served != served || wrong.Reason != "unknown_certificate" {
		t.Errorf("what is wrong: %+v", wrong)
	}
	if c := seen.Topology.Connectors; c[0].SyncStatus != "in_sync" || c[1].SyncReason != "unknown_certificate" || c[1].Device.Name != "web-2" || c[1].Device.DataCenter != "fra1" {
		t.Errorf("the topology is %+v", c)
	}

	w.Apply() // puts it right
	if r := look(t, watch).Report; r.Succeeded != 2 {
		t.Errorf("after the repair the report is %+v", r)
	}
}

// selfSigned puts a certificate of nobody's, and its key, where a device's are.
func selfSigned(t *testing.T, w *clmtest.Workspace, device, name string) {
	t.Helper()
	folder := filepath.Join(w.Dir, "devices", device, "tls")
	must(0, os.MkdirAll(folder, 0o755))(t)
	certificate, key := filepath.Join(folder, "shop.crt"), filepath.Join(folder, "shop.key")
	for _, file := range []string{certificate, key} { // links, once they are ours
		must(0, os.RemoveAll(file))(t)
	}
	clmtest.OpenSSL(t, folder, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN="+name, "-keyout", key, "-out", certificate)
}

// fingerprintAt is that of what openssl gets from a server.
func fingerprintAt(t *testing.T, w *clmtest.Workspace, address string) string {
	t.Helper()
	out, err := w.Exec("sh", "-c", "openssl s_client -connect "+address+" </dev/null 2>/dev/null | openssl x509 -noout -fingerprint -sha256")
	must(out, err)(t)
	_, fingerprint, _ := strings.Cut(strings.TrimSpace(out), "=")
	return strings.ToLower(strings.ReplaceAll(fingerprint, ":", ""))
}
