// Package main_test runs the provider as it is released, under real CLIs, and
// asks witnesses that know nothing of it: openssl, the files on the devices, the
// database.
package main_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
)

var webs = []string{"web-1", "web-2", "web-3"}

// quickstart is examples/quickstart in a workspace, with a root openssl made.
type quickstart struct {
	*clmtest.Workspace
	t        *testing.T
	place    *clmtest.Place // nil: wherever the environment says
	password string         // of the PFX
	root     string         // folder with root.pem and root.key
}

func newQuickstart(t *testing.T, cli string) *quickstart {
	t.Helper()
	q := &quickstart{Workspace: clmtest.NewWorkspace(t, cli), t: t, password: randomText()}
	pfx := clmtest.RootPFX(t, "Corp Root 2026", q.password)
	q.root = filepath.Dir(pfx)
	q.Copy(filepath.Join(clmtest.Root(), "examples/quickstart/main.tf"))
	q.Write("corp-2026.pfx", read(t, pfx))
	for _, web := range webs {
		q.Write("devices/"+web+"/etc/hostname", web+"\n") // a device is never empty
	}
	q.Env = append(q.Env, "TF_VAR_pfx_password="+q.password)
	return q
}

func read(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func TestTheQuickstartHasItsDevices(t *testing.T) {
	t.Parallel()
	for _, web := range webs {
		info, err := os.Stat(filepath.Join(clmtest.Root(), "examples/quickstart/devices", web))
		if err != nil || !info.IsDir() {
			t.Errorf("a clone has no folder for %s: %v", web, err)
		}
	}
}

func TestQuickstart(t *testing.T) {
	t.Parallel()
	inEachWay(t, clmtest.CLIs(t), func(t *testing.T, way clmtest.Way, cli string) {
		q := newQuickstart(t, cli)
		q.place = way.Begin(t, q.Workspace)
		q.Env = append(q.Env, "TF_LOG=TRACE", "TF_LOG_PATH="+filepath.Join(q.Dir, "trace.log"))
		before := q.devices()
		q.Init()
		q.isMadeAsPlanned(before)
		q.isRepaired()
		q.isEnrolledAgainOnceRevoked()
		q.isImported("id")
		q.isImported("name")
		q.isDestroyedOnPurposeOnly(before)
		q.holdsNowhere(q.place.Secrets)
	})
}

// cliName tells the CLIs apart in the names of subtests.
func cliName(cli string) string {
	return filepath.Base(filepath.Dir(cli)) + "-" + filepath.Base(cli)
}

func (q *quickstart) isMadeAsPlanned(before map[string]string) {
	q.t.Helper()
	actions := q.planned("-out=first.tfplan")
	if len(actions) != 9 || slices.ContainsFunc(slices.Collect(maps.Values(actions)), func(a string) bool { return a != "create" }) {
		q.t.Errorf("the first plan is to create nine resources, it is %v", actions)
	}
	q.same("planning touches no device", before, q.devices())
	out := q.Run("apply", "-no-color", "-input=false", "first.tfplan")
	if !strings.Contains(out, `sync = "3 of 3 in sync"`) {
		q.t.Errorf("the apply does not say that all are in sync:\n%s", out)
	}
	q.PlanEmpty()
	q.witnessed()
}

func (q *quickstart) isRepaired() {
	q.t.Helper()
	serial := q.serial("web-1")
	certificate := filepath.Join(q.Dir, "devices/web-2/etc/tls/shop.crt")
	if err := os.WriteFile(certificate, []byte("nonsense\n"), 0o600); err != nil { // through the link, as an editor would
		q.t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(q.Dir, "devices/web-3/etc/tls/shop.chain.crt")); err != nil {
		q.t.Fatal(err)
	}
	q.same("the plan shows the two devices that were changed, and nothing else", map[string]string{
		`clm_connector.shop["web-2"]`: "update", `clm_connector.shop["web-3"]`: "update",
	}, q.planned())
	q.Apply()
	q.PlanEmpty()
	q.witnessed()
	if q.serial("web-2") != serial {
		q.t.Error("repairing a device issued another certificate")
	}
}

func (q *quickstart) isEnrolledAgainOnceRevoked() {
	q.t.Helper()
	serial := q.serial("web-1")
	if out := q.Provider("revoke", "shop", "--reason", "key_compromise"); !strings.Contains(strings.ToUpper(out), strings.TrimPrefix(serial, "serial=")) {
		q.t.Errorf("revoking names another certificate than the one on the devices, %s:\n%s", serial, out)
	}
	q.same("the plan shows the enrolment and every push that follows", map[string]string{
		"clm_certificate.shop": "update", `clm_connector.shop["web-1"]`: "update",
		`clm_connector.shop["web-2"]`: "update", `clm_connector.shop["web-3"]`: "update",
	}, q.planned())
	q.Apply()
	q.PlanEmpty()
	q.witnessed()
	if q.serial("web-1") == serial {
		q.t.Error("the devices still hold the revoked certificate")
	}
}

// isImported brings everything into a fresh state by one attribute of each
// resource, and finds the state that was there before.
func (q *quickstart) isImported(by string) {
	q.t.Helper()
	before := q.state()
	var blocks strings.Builder
	for address, attributes := range before {
		fmt.Fprintf(&blocks, "import {\n  to = %s\n  id = %q\n}\n", address, attributes[by])
	}
	q.Write("imports.tf", blocks.String())
	if err := os.Rename(filepath.Join(q.Dir, "terraform.tfstate"), filepath.Join(q.Dir, "before-import-by-"+by+".json")); err != nil {
		q.t.Fatal(err)
	}
	if out := q.Apply(); !strings.Contains(out, "9 imported, 0 added, 0 changed, 0 destroyed") {
		q.t.Errorf("importing by %s does more than that:\n%s", by, out)
	}
	q.PlanEmpty()
	after := q.state()
	for address, attributes := range before {
		q.same("importing "+address+" by "+by+" finds every attribute", attributes, after[address])
	}
	if err := os.Remove(filepath.Join(q.Dir, "imports.tf")); err != nil {
		q.t.Fatal(err)
	}
	q.witnessed()
}

func (q *quickstart) isDestroyedOnPurposeOnly(before map[string]string) {
	q.t.Helper()
	out, err := q.Try("destroy", "-no-color", "-input=false", "-auto-approve")
	if err == nil || !strings.Contains(out, "Root certificate corp is protected") || !strings.Contains(out, "deletion_protection = false") {
		q.t.Errorf("destroying a protected root is not refused with the reason and the way out (%v):\n%s", err, out)
	}
	q.witnessed()
	q.Apply("-var=protected=false")
	q.Destroy("-var=protected=false")
	q.same("the devices are as they were", before, q.devices())
	if left := q.state(); len(left) != 0 {
		q.t.Errorf("left in state: %v", left)
	}
	q.place.Keep("verify-audit")
}

// planned runs plan and returns the action for each resource it would act on.
func (q *quickstart) planned(args ...string) map[string]string {
	q.t.Helper()
	out, err := q.Try(slices.Concat([]string{"plan", "-json", "-input=false", "-detailed-exitcode"}, args)...)
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 2 {
		q.t.Fatalf("the plan ends with %v, want exit code 2: something to do\n%s", err, out)
	}
	actions := map[string]string{}
	for line := range strings.Lines(out) {
		var event struct {
			Type   string
			Change struct {
				Action   string
				Resource struct{ Addr string }
			}
		}
		if err := json.Unmarshal([]byte(line), &event); err != nil {
			q.t.Fatalf("%v in %s", err, line)
		}
		if event.Type == "planned_change" && event.Change.Action != "read" {
			actions[event.Change.Resource.Addr] = event.Change.Action
		}
	}
	return actions
}

// state returns the attributes of each managed resource, as JSON, by address.
func (q *quickstart) state() map[string]map[string]string {
	q.t.Helper()
	var state struct {
		Resources []struct {
			Mode, Type, Name string
			Instances        []struct {
				IndexKey   *string `json:"index_key"`
				Attributes map[string]json.RawMessage
			}
		}
	}
	if err := json.Unmarshal([]byte(q.Read("terraform.tfstate")), &state); err != nil {
		q.t.Fatal(err)
	}
	all := map[string]map[string]string{}
	for _, resource := range state.Resources {
		for _, instance := range resource.Instances {
			address := resource.Type + "." + resource.Name
			if instance.IndexKey != nil {
				address += fmt.Sprintf("[%q]", *instance.IndexKey)
			}
			if resource.Mode != "managed" {
				continue
			}
			all[address] = map[string]string{}
			for name, value := range instance.Attributes {
				all[address][name] = strings.Trim(string(value), `"`)
			}
		}
	}
	return all
}

// devices lists what lies on the devices: content of files, targets of links.
func (q *quickstart) devices() map[string]string {
	q.t.Helper()
	found := map[string]string{}
	top := filepath.Join(q.Dir, "devices")
	err := filepath.WalkDir(top, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || path == top {
			return err
		}
		content := "a folder"
		switch {
		case entry.Type()&fs.ModeSymlink != 0:
			content, err = os.Readlink(path)
		case !entry.IsDir():
			var text []byte
			text, err = os.ReadFile(path)
			content = string(text)
		}
		found[strings.TrimPrefix(path, top)] = content
		return err
	})
	if err != nil {
		q.t.Fatal(err)
	}
	return found
}

// witnessed asks openssl about every device, and looks for keys in the state.
func (q *quickstart) witnessed() {
	q.t.Helper()
	for _, web := range webs {
		folder := filepath.Join(q.Dir, "devices", web, "etc/tls")
		verify := func(root string) (string, error) {
			return clmtest.TryOpenSSL(q.t, folder, "verify", "-x509_strict", "-purpose", "sslserver",
				"-verify_hostname", "shop.example.com", "-CAfile", root, "shop.crt")
		}
		if out, err := verify(filepath.Join(q.root, "root.pem")); err != nil {
			q.t.Errorf("%s: openssl does not verify the certificate: %v\n%s", web, err, out)
		}
		if out, err := verify("shop.chain.crt"); err != nil {
			q.t.Errorf("%s: openssl does not verify the certificate with the chain beside it: %v\n%s", web, err, out)
		}
		of := clmtest.OpenSSL(q.t, folder, "x509", "-in", "shop.crt", "-noout", "-pubkey")
		if key := clmtest.OpenSSL(q.t, folder, "pkey", "-in", "shop.key", "-pubout"); key != of {
			q.t.Errorf("%s: the key does not belong to the certificate", web)
		}
		info, err := os.Stat(filepath.Join(folder, "shop.key"))
		if err != nil || info.Mode().Perm() != 0o600 {
			q.t.Errorf("%s: the key has the mode %v (%v), want 0600", web, info.Mode(), err)
		}
	}
	if strings.Contains(q.Read("terraform.tfstate"), "PRIVATE KEY") {
		q.t.Error("there is a private key in state")
	}
}

func (q *quickstart) serial(web string) string {
	q.t.Helper()
	return strings.TrimSpace(clmtest.OpenSSL(q.t, filepath.Join(q.Dir, "devices", web, "etc/tls"), "x509", "-in", "shop.crt", "-noout", "-serial"))
}

func (q *quickstart) same(claim string, want, have map[string]string) {
	q.t.Helper()
	if maps.Equal(want, have) {
		return
	}
	q.t.Errorf("not so: %s", claim)
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if got, ok := have[name]; !ok || got != want[name] {
			q.t.Errorf("%s is %q, want %q", name, got, want[name])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(have)) {
		if _, ok := want[name]; !ok {
			q.t.Errorf("%s is %q, want nothing there", name, have[name])
		}
	}
}
