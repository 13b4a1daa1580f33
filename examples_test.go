package main_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/backend"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
)

// Every example of the reference works as it is printed: it is applied by a real
// CLI, and then there is nothing left to do.
func TestExamples(t *testing.T) {
	t.Parallel()
	cli := clmtest.NewestCLI(t)
	files := examples(t, "provider/provider*.tf", "resources/*/resource*.tf", "data-sources/*/data-source*.tf",
		"ephemeral-resources/*/ephemeral-resource*.tf", "functions/*/function*.tf")
	for _, file := range files {
		t.Run(strings.TrimSuffix(file, ".tf"), func(t *testing.T) {
			t.Parallel()
			w := exampleWorkspace(t, cli, file)
			w.Init()
			w.Apply()
			w.PlanEmpty()
		})
	}
}

// Each way to import works on the example of its resource: what was forgotten is
// taken over as it is, with nothing to change.
func TestImportExamples(t *testing.T) {
	t.Parallel()
	cli := clmtest.NewestCLI(t)
	if !clmtest.AtLeast(t, cli, 1, 12) {
		t.Fatalf("%s cannot import by identity: this test needs Terraform or OpenTofu 1.12 or newer; run make test, or set CLM_TEST_CLIS", cli)
	}
	for _, file := range examples(t, "resources/*/resource.tf") {
		folder := filepath.Dir(file)
		t.Run(filepath.Base(folder), func(t *testing.T) {
			t.Parallel()
			w := exampleWorkspace(t, cli, file)
			w.Init()
			w.Apply()
			address, id := imported(t, w, folder)

			w.Run("state", "rm", address)
			script := exampleID.ReplaceAllString(strings.ReplaceAll(readExample(t, folder+"/import.sh"), "terraform import ", `"$TF" import -input=false `), id)
			if out, err := w.Exec("sh", "-ec", "TF="+cli+"\n"+script); err != nil {
				t.Fatalf("import.sh: %v\n%s", err, out)
			}
			w.PlanEmpty()

			for _, way := range []string{"import-by-string-id.tf", "import-by-identity.tf"} {
				w.Run("state", "rm", address)
				block := exampleID.ReplaceAllString(readExample(t, folder+"/"+way), id)
				w.Write("import.tf", block)
				if out := w.Apply(); !strings.Contains(out, "1 imported, 0 added, 0 changed, 0 destroyed") {
					t.Errorf("%s does more than import:\n%s", way, out)
				}
			}
			w.PlanEmpty()
		})
	}
}

// Each action, invoked as its example says when it is needed, tells how it goes
// and leaves nothing to do.
func TestActionExamples(t *testing.T) {
	t.Parallel()
	cli := clmtest.NewestCLI(t)
	if clmtest.IsOpenTofu(t, cli) || !clmtest.AtLeast(t, cli, 1, 14) {
		t.Fatalf("%s knows no actions: this test needs Terraform 1.14 or newer; run make test, or set CLM_TEST_CLIS", cli)
	}
	for _, file := range examples(t, "actions/*/action*.tf") {
		name := filepath.Base(filepath.Dir(file))
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			need, told := actionNeeds[name]
			if !told {
				t.Fatalf("this test does not know when %s is needed", name)
			}
			w := exampleWorkspace(t, cli, file)
			w.Write("served.tf", need.around)
			w.Init()
			w.Apply()
			w.PlanEmpty()
			if need.arises != nil {
				need.arises(t, w)
			}
			out := w.Apply(invocation.FindString(readExample(t, file)))
			for _, words := range need.tells {
				if !strings.Contains(out, words) {
					t.Errorf("%s does not tell %q:\n%s", name, words, out)
				}
			}
			if need.leaves == "" {
				w.PlanEmpty()
			} else if out := w.Plan(); !strings.Contains(out, need.leaves) {
				t.Errorf("after it the plan does not say %q:\n%s", need.leaves, out)
			}
		})
	}
}

var invocation = regexp.MustCompile(`-invoke=\S+`)

// actionNeeds is how the need for each action arises around its example, and the
// progress the action then tells.
var actionNeeds = map[string]struct {
	around string
	arises func(*testing.T, *clmtest.Workspace)
	tells  []string
	leaves string // what the next plan says, "" for nothing
}{
	"clm_finalize": {
		arises: func(_ *testing.T, w *clmtest.Workspace) { stageExample(w); w.Apply() },
		tells:  []string{": root certificate corp is activating\n", ": root certificate corp is active: no replacement is open\n"},
	},
	"clm_cancel": {
		arises: func(_ *testing.T, w *clmtest.Workspace) { stageExample(w); w.Apply() },
		tells:  []string{": root certificate corp is active: no replacement is open\n"},
	},
	"clm_roll_back": {
		arises: func(_ *testing.T, w *clmtest.Workspace) { stageExample(w); w.Apply() },
		tells:  []string{": root certificate corp is rolling_back\n", ": root certificate corp is active: no replacement is open\n"},
	},
	"clm_retry": {
		around: servedExample,
		arises: func(t *testing.T, w *clmtest.Workspace) {
			stopExample(t, w)
			must(w.Exec("rm", "devices/web-2/etc/tls"))(t)
			must(w.Exec("mv", "devices/web-2/etc/away", "devices/web-2/etc/tls"))(t)
		},
		tells: []string{": root certificate corp is activating\n", ": root certificate corp is active: no replacement is open\n"},
	},
	"clm_override": {
		around: servedExample,
		arises: stopExample,
		tells:  []string{": root certificate corp is activating\n", ": root certificate corp is retiring: ", "certificates of the old root may still be in use: shop"},
	},
	"clm_approve": {
		arises: func(_ *testing.T, w *clmtest.Workspace) { w.Env = append(w.Env, "CLM_PRINCIPAL=ann") },
		tells:  []string{": work order ", " is completed\n"},
	},
	"clm_reject":            {tells: []string{": work order ", " is rejected\n"}, leaves: "update in-place"},
	"clm_cancel_work_order": {tells: []string{": work order ", " is cancelled\n"}, leaves: "update in-place"},
	"clm_implement": {
		arises: func(_ *testing.T, w *clmtest.Workspace) {
			w.Env = append(w.Env, "CLM_PRINCIPAL=ann")
			w.Apply("-invoke=action.clm_approve.shop_web")
		},
		tells: []string{": work order ", " is completed\n"},
	},
	"clm_push": {
		tells: []string{": pushing connector ", ": connector shop-web-1 was pushed on device web-1\n"},
	},
	"clm_roll_back_push": {
		arises: func(_ *testing.T, w *clmtest.Workspace) {
			w.Env = append(w.Env, "TF_VAR_renewal=second")
			w.Apply()
		},
		tells: []string{": rolling back connector ", ": connector shop-web-1 was rolled back on device web-1\n"},
	},
	"clm_revoke": {
		tells:  []string{": certificate laptop-17 is revoked (key_compromise), serial number "},
		leaves: "update in-place",
	},
	"clm_release": {
		arises: func(_ *testing.T, w *clmtest.Workspace) {
			w.Apply("-invoke=action.clm_revoke.hold")
			w.PlanEmpty()
		},
		tells: []string{": certificate laptop-17 is issued\n"},
	},
	"clm_revoke_agent": {
		arises: enrolExample,
		tells:  []string{": agent laptop-17 is revoked (key_compromise), serial number "},
	},
	"clm_renew_agents": {
		arises: enrolExample,
		tells:  []string{": agents that are to renew: 1\n"},
	},
	"clm_refresh_gateway": {
		tells: []string{": internet gateway relay-1 was refreshed at 20"},
	},
}

// servedExample is a certificate of the example's root on two machines.
const servedExample = `
resource "clm_device" "web" {
  for_each = toset(["web-1", "web-2"])
  name     = each.key
  local    = { root_directory = "${path.root}/devices/${each.key}" }
}

resource "clm_certificate" "shop" {
  name                  = "shop"
  issuer_id             = clm_root_certificate.corp.id
  dns_names             = ["shop.example.com"]
  validity_period_hours = 2160
}

resource "clm_connector" "shop" {
  for_each       = clm_device.web
  name           = "shop-${each.key}"
  certificate_id = clm_certificate.shop.id
  device_id      = each.value.id
  file_system    = { directory = "etc/tls", certificate_file = "shop.crt", key_file = "shop.key" }
}
`

// enrolExample has the agent of the example's laptop enrol.
func enrolExample(t *testing.T, w *clmtest.Workspace) {
	t.Helper()
	exampleEstate(t, w).EnrolDevice(t, "laptop-17")
}

// stageExample asks for another certificate in place of the root's.
func stageExample(w *clmtest.Workspace) {
	w.Write("main.tf", strings.Replace(w.Read("main.tf"), "87600", "90000", 1))
}

// stopExample stages a replacement that stops at the second machine, where a file
// has taken the place of the folder for the certificate.
func stopExample(t *testing.T, w *clmtest.Workspace) {
	t.Helper()
	must(w.Exec("mv", "devices/web-2/etc/tls", "devices/web-2/etc/away"))(t)
	w.Write("devices/web-2/etc/tls", "")
	stageExample(w)
	if out, err := w.Try("apply", "-no-color", "-input=false", "-auto-approve"); err == nil || !strings.Contains(out, "has stopped at a failure") {
		t.Fatalf("the replacement does not stop: %v\n%s", err, out)
	}
}

// Examples look as terraform fmt makes them.
func TestExamplesAreFormatted(t *testing.T) {
	t.Parallel()
	w := clmtest.NewWorkspace(t, clmtest.NewestCLI(t))
	if out, err := w.Try("fmt", "-check", "-diff", "-recursive", filepath.Join(clmtest.Root(), "examples")); err != nil {
		t.Errorf("run make fmt: %v\n%s", err, out)
	}
}

// exampleID is how an id looks; those in examples are nobody's.
var exampleID = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}(/[^"\s]+)?`)

// imported is what the import examples of a folder are about: its address and
// the id it has in this workspace.
func imported(t *testing.T, w *clmtest.Workspace, folder string) (address, id string) {
	t.Helper()
	fields := strings.Fields(readExample(t, folder+"/import.sh"))
	address = fields[len(fields)-2]
	var state struct {
		Values struct {
			RootModule struct {
				Resources []struct {
					Address string
					Values  struct{ ID string }
				}
			} `json:"root_module"`
		}
	}
	if err := json.Unmarshal([]byte(w.Show("-json")), &state); err != nil {
		t.Fatal(err)
	}
	for _, r := range state.Values.RootModule.Resources {
		if r.Address == address {
			return address, r.Values.ID
		}
	}
	t.Fatalf("import.sh speaks of %s, which resource.tf does not have", address)
	return "", ""
}

// examples lists the files of examples/ that match a pattern, by their path in it.
func examples(t *testing.T, patterns ...string) []string {
	t.Helper()
	var files []string
	root := filepath.Join(clmtest.Root(), "examples")
	for _, pattern := range patterns {
		found, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		if len(found) == 0 {
			t.Fatalf("no example matches %s", pattern)
		}
		for _, path := range found {
			files = append(files, strings.TrimPrefix(path, root+string(filepath.Separator)))
		}
	}
	return files
}

func readExample(t *testing.T, file string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(clmtest.Root(), "examples", file))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// exampleWorkspace holds an example and what its reader has around it: the
// provider's source, files it names, and an estate for what looks things up.
func exampleWorkspace(t *testing.T, cli, file string) *clmtest.Workspace {
	t.Helper()
	w := clmtest.NewWorkspace(t, cli)
	w.Env = []string{"TF_VAR_pfx_password=" + examplePassword, "TF_VAR_handover_password=" + examplePassword, "TF_VAR_ssh_key=" + sshKey(t), "TF_VAR_enrol=true"}
	content := readExample(t, file)
	w.Write("main.tf", content)
	if !strings.Contains(content, "required_providers") {
		w.Write("versions.tf", exampleVersions)
	}
	for _, device := range []string{"web-1", "web-2"} {
		w.Write("devices/"+device+"/.keep", "")
	}
	pfx := clmtest.RootPFX(t, "Corp Root", examplePassword)
	clmtest.OpenSSL(t, w.Dir, "pkcs12", "-in", pfx, "-nokeys", "-passin", "pass:"+examplePassword, "-out", "partner-root.pem")
	w.Write("corp-2026.pfx", string(must(os.ReadFile(pfx))(t)))
	w.Write("../keys/estate.key", clmtest.OpenSSL(t, w.Dir, "rand", "-base64", "32"))
	if !strings.HasPrefix(file, "resources") && !strings.HasPrefix(file, "actions") || strings.Contains(content, "data \"clm_") {
		settleExample(t, w)
	}
	return w
}

const (
	examplePassword = "correct horse"

	exampleVersions = `terraform {
  required_providers {
    clm = { source = "terraform-provider-clm/clm" }
  }
}
`
)

// settleExample makes the estate that data sources read: one certificate on one
// device, and the root that a server makes for itself.
func settleExample(t *testing.T, w *clmtest.Workspace) {
	t.Helper()
	estate := exampleEstate(t, w)
	root := exampleRoot(t, estate, "lab")
	exampleRoot(t, estate, "clm-server")
	shop := must(estate.CreateCertificate(t.Context(), api.CertificateSpec{
		Name: "shop", IssuerID: root.ID, Subject: api.Subject{CommonName: "shop.example.com"}, DNSNames: []string{"shop.example.com"},
		ValidityPeriodHours: 2160,
	}))(t).Certificate
	device := must(estate.CreateDevice(t.Context(), api.WriteDevice{
		Name: "web-1", CertSync: "managed", Local: &api.Local{RootDirectory: filepath.Join(w.Dir, "devices/web-1")},
	}))(t)
	must(estate.CreateConnector(t.Context(), api.WriteConnector{
		Name: "shop-web-1", CertificateID: shop.ID, DeviceID: device.ID,
		FileSystem: api.FileSystem{Format: "pem", Directory: "etc/tls", CertificateFile: "shop.crt", KeyFile: "shop.key"},
	}))(t)
	w.Write("shop.crt", shop.CertificatePEM)
	w.Write("bundle.pem", shop.CertificateChainPEM+shop.CertificatePEM)
}

// exampleEstate is the estate of an example, past Terraform.
func exampleEstate(t *testing.T, w *clmtest.Workspace) *clmtest.Estate {
	t.Helper()
	return clmtest.NewBackend(t, func(c *backend.Config) { c.DataDir = filepath.Join(w.Dir, ".clm") })
}

func exampleRoot(t *testing.T, estate *clmtest.Estate, name string) api.RootCertificate {
	t.Helper()
	return must(estate.CreateRootCertificate(t.Context(), api.WriteRootCertificate{
		Name: name, Source: api.RootSource{Kind: "self_signed", SelfSigned: &api.SelfSigned{
			Subject: api.Subject{CommonName: name + " root"}, ValidityPeriodHours: 87600,
		}},
	}))(t)
}

// must ends the test when a call failed.
func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}
