package provider_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/compare"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
)

const web = "clm_device.web"

// deviceBlock is a device named like its resource.
func deviceBlock(name, folder, more string) string {
	return fmt.Sprintf("resource \"clm_device\" %q {\n  name = %q\n  local = { root_directory = %q }\n%s\n}\n", name, name, folder, more)
}

// addDevice makes a device outside of Terraform.
func addDevice(t testing.TB, estate *clmtest.Estate, name, treatment string) api.Device {
	t.Helper()
	return must2(estate.CreateDevice(t.Context(), api.WriteDevice{
		Name: name, CertSync: treatment, Local: &api.Local{RootDirectory: t.TempDir()},
	}))(t)
}

// A device is added, renamed, treated otherwise and moved to another folder in
// place, and keeps its id.
func TestDevice(t *testing.T) {
	t.Parallel()
	first, second := t.TempDir(), t.TempDir()
	same := statecheck.CompareValue(compare.ValuesSame())
	told := func(config string, plan string, folder, treatment string) resource.TestStep {
		step := does(config, map[string]func(...string) checks{"create": creates, "update": updates}[plan](web))
		step.ConfigStateChecks = []statecheck.StateCheck{
			same.AddStateValue(web, tfjsonpath.New("id")),
			is(web, "cert_sync", knownvalue.StringExact(treatment)),
			statecheck.ExpectKnownValue(web, tfjsonpath.New("local").AtMapKey("root_directory"), knownvalue.StringExact(folder)),
		}
		return step
	}
	config := deviceBlock("web", second, `  cert_sync = "monitored"`)
	steps := []resource.TestStep{
		told(deviceBlock("web", first, ""), "create", first, "managed"),
		told(deviceBlock("web", first, `  cert_sync = "ignored"`), "update", first, "ignored"),
		told(config, "update", second, "monitored"),
	}
	steps = append(steps, importsOf(t, config, web, "web")...)
	tell(t, clmtest.NewBackend(t), append(steps, does("# gone", destroys(web)))...)
}

// A device changed or deleted outside is planned back.
func TestDeviceOutside(t *testing.T) {
	t.Parallel()
	estate := clmtest.NewBackend(t)
	folder := t.TempDir()
	config := deviceBlock("web", folder, "")
	drift := func() {
		must2(estate.UpdateDevice(t.Context(), "web", api.WriteDevice{Name: "renamed", CertSync: "ignored", Local: &api.Local{RootDirectory: folder}}))(t)
	}
	tell(t, estate,
		does(config, creates(web)),
		after(drift, does(config, updates(web))),
		after(func() { must(t, estate.DeleteDevice(t.Context(), "web")) }, does(config, creates(web))),
		// Its folder is gone: it does not answer, and that is no change of the device.
		after(func() { must(t, os.Remove(folder)) }, does(config, nothing())),
	)
}

// What only the device or the estate can tell is refused when applying, and says
// what to do.
func TestDeviceRefuses(t *testing.T) {
	t.Parallel()
	estate := clmtest.NewBackend(t)
	taken := addDevice(t, estate, "taken", "managed")
	file, missing := newFile(t, "file", []byte("not a folder")), filepath.Join(t.TempDir(), "missing")
	cannotAdd := func(name, attribute, detail string) refusal {
		return refusal{"Cannot add device " + name, attribute, detail}
	}
	named := func(name, folder string) string {
		return strings.Replace(deviceBlock("NAME", folder, ""), `name = "NAME"`, fmt.Sprintf("name = %q", name), 1)
	}
	refusedApplying(t, estate.Provider(), map[string]refused{
		"missing folder": {named("web-1", missing),
			cannotAdd("web-1", "root_directory", "does not exist. Mount or create it, or correct local.root_directory; it is never created for you.")},
		"file": {named("web-2", file), cannotAdd("web-2", "root_directory", "is not a directory. Correct local.root_directory.")},
		"folder of another": {named("web-3", taken.Local.RootDirectory+"/"),
			cannotAdd("web-3", "root_directory", `belongs to device "taken" already. Give each device its own root directory, or use device "taken".`)},
		"name of another": {named("taken", t.TempDir()),
			cannotAdd("taken", "name", `A device named "taken" exists already. Choose another name, or bring the existing one under management with an import block whose id is "taken".`)},
	})
}

func TestDevicePlanRefuses(t *testing.T) {
	t.Parallel()
	refusedTogether(t, clmtest.NewBackend(t).Provider(), "", map[string]refused{
		"treatment": {deviceBlock("NAME", "/", `  cert_sync = "watched"`),
			refusal{"Invalid Attribute Value Match", "cert_sync", `must be one of: ["managed" "monitored" "ignored"], got: "watched"`}},
		"no folder": {deviceBlock("NAME", "", ""), refusal{"Invalid Attribute Value Length", "root_directory", "string length must be at least 1"}},
		"no way": {"resource \"clm_device\" \"NAME\" {\n  name = \"web\"\n}\n",
			refusal{"Missing Attribute Configuration", "", "Exactly one of these attributes must be configured: [local,ssh,agent]"}},
		"two ways": {deviceBlock("NAME", "/", "  agent = {}\n  communication_profile_id = \"agents\""),
			refusal{"Invalid Attribute Combination", "", "Exactly one of these attributes must be configured: [local,ssh,agent]"}},
		"agent by itself": {"resource \"clm_device\" \"NAME\" {\n  name = \"web\"\n  agent = {}\n}\n",
			refusal{"An agent needs a communication profile", "communication_profile_id", "Set communication_profile_id."}},
		"bad name": {strings.Replace(deviceBlock("NAME", "/", ""), `name = "NAME"`, `name = "web/1"`, 1),
			refusal{"Invalid Attribute Value Match", "name", "must have 1 to 128 letters, digits, spaces or . _ @ -"}},
	})
}

// A device that holds certificates is not forgotten.
func TestDeviceWithConnectors(t *testing.T) {
	t.Parallel()
	estate := clmtest.NewBackend(t)
	config := deviceBlock("web", t.TempDir(), "")
	var connectors []string
	connect := func() {
		made := enrol(t, estate, 2160)
		for _, folder := range []string{"a", "b"} {
			connectors = append(connectors, push(t, estate, made.ID, "web", folder).ID)
		}
	}
	disconnect := func() {
		for _, id := range connectors {
			must(t, estate.DeleteConnector(t.Context(), id))
		}
	}
	tell(t, estate,
		does(config, creates(web)),
		after(connect, refusesDestroy(config, refusal{summary: "Cannot delete device web", detail: `"web" still has 2 connectors`})),
		after(disconnect, does("# gone", destroys(web))),
	)
}
