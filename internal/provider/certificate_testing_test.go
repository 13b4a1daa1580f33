package provider_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/backend"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
)

// world is an estate with a root certificate that exists already and folders
// that stand for devices. Its stories are told by a real CLI.
type world struct {
	*clmtest.Estate
	t        *testing.T
	root     api.RootCertificate
	folder   string // the devices' root directories are below it
	settings string // the provider block; "" works with this estate in the test's process
	heard    *warnings
	wanted   []complaint // what the step under way has to be refused for
	previous string      // PEM of a version that is not current any more
}

// newWorld makes a world with the devices' root directories.
func newWorld(t *testing.T, devices []string, options ...func(*backend.Config)) *world {
	t.Helper()
	w := &world{Estate: clmtest.NewBackend(t, options...), t: t, folder: t.TempDir(), heard: &warnings{}}
	for _, device := range devices {
		if err := os.Mkdir(filepath.Join(w.folder, device), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	w.root = w.selfSigned("corp", 87600)
	return w
}

// selfSigned makes a root certificate outside Terraform.
func (w *world) selfSigned(name string, hours int64) api.RootCertificate {
	w.t.Helper()
	root, err := w.CreateRootCertificate(w.t.Context(), api.WriteRootCertificate{Name: name, Source: api.RootSource{
		Kind: "self_signed", SelfSigned: &api.SelfSigned{Subject: api.Subject{CommonName: name}, ValidityPeriodHours: hours},
	}})
	if err != nil {
		w.t.Fatal(err)
	}
	return root
}

// config puts what a story needs to know of the world before its configuration.
func (w *world) config(body string) string {
	return fmt.Sprintf("%slocals {\n  root   = %q\n  folder = %q\n}\n%s", w.settings, w.root.ID, w.folder, body)
}

// teller is one step of a story.
type teller interface {
	step(w *world) resource.TestStep
}

// tell runs a story, beside those of other tests.
func (w *world) tell(story ...teller) {
	w.t.Helper()
	steps := make([]resource.TestStep, 0, len(story))
	for _, s := range story {
		steps = append(steps, s.step(w))
	}
	resource.ParallelTest(w.t, resource.TestCase{
		ProtoV6ProviderFactories: w.heard.listening(w.Provider()), Steps: steps, ErrorCheck: w.complained,
	})
}

// act is one plan and its apply. Whatever happens, after an apply that succeeds
// the plan is empty, with and without a refresh, outputs included. The empty act
// destroys everything; a story with for_each ends with it, because the harness
// cannot read such a state.
type act struct {
	before  func() // what happens outside first
	config  string
	plan    []plancheck.PlanCheck // what the plan shows
	warns   []string              // the warnings of the apply; none others
	refused []complaint           // why plan or apply fail
	after   func()                // what is to be seen outside
}

func (a act) step(w *world) resource.TestStep {
	return resource.TestStep{
		PreConfig: func() {
			w.wanted = a.refused
			w.heard.forget()
			if a.before != nil {
				a.before()
			}
		},
		Config: w.config(a.config),
		ConfigPlanChecks: resource.ConfigPlanChecks{
			PreApply: a.plan, PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()},
		},
		PostApplyFunc: func() {
			w.t.Helper()
			if a.refused != nil {
				w.t.Errorf("nothing was refused, expected %v", a.refused)
			}
			w.heard.check(w.t, a.warns)
			if a.after != nil {
				a.after()
			}
		},
	}
}

// imported imports a resource that is in state already and finds nothing to do.
type imported struct {
	address string
	kind    resource.ImportStateKind
	ref     string
}

func (i imported) step(*world) resource.TestStep {
	return resource.TestStep{
		ResourceName: i.address, ImportState: true, ImportStateKind: i.kind, ImportStateId: i.ref,
		ImportStateVerify: i.kind == resource.ImportCommandWithID,
	}
}

// imports are the ways to import a resource, as far as the CLI has them.
func imports(t *testing.T, address, name string) []teller {
	ways := []teller{
		imported{address, resource.ImportCommandWithID, name},
		imported{address, resource.ImportBlockWithID, ""},
		imported{address, resource.ImportBlockWithID, name},
	}
	if hasIdentity(t) {
		ways = append(ways, imported{address, resource.ImportBlockWithResourceIdentity, ""})
	}
	return ways
}

// hasIdentity tells whether the CLI imports by identity: Terraform and OpenTofu
// from 1.12 on.
func hasIdentity(t *testing.T) bool {
	out, err := exec.CommandContext(t.Context(), os.Getenv("TF_ACC_TERRAFORM_PATH"), "version", "-json").Output()
	if err != nil {
		t.Fatalf("asking the CLI for its version: %v", err)
	}
	var v struct {
		Version string `json:"terraform_version"`
	}
	var major, minor int
	if err := json.Unmarshal(out, &v); err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Sscanf(v.Version, "%d.%d", &major, &minor); err != nil {
		t.Fatal(err)
	}
	return major > 1 || minor >= 12
}

// complaint is one error a user gets to see: about which resource, at which
// line of the configuration, and words of its text.
type complaint struct {
	about string // "" when the configuration has it no more
	line  string // "" when no input is at fault
	words []string
}

// complained finds every complaint the step waits for among the CLI's errors.
func (w *world) complained(err error) error {
	if w.wanted == nil {
		return err
	}
	parts := strings.Split(plain(err.Error()), " Error: ")
	for _, c := range w.wanted {
		if !slices.ContainsFunc(parts, c.matches) {
			w.t.Errorf("no complaint about %s at %q with %q in:\n%s", c.about, c.line, c.words, err)
		}
	}
	if got := len(parts) - 1; got != len(w.wanted) {
		w.t.Errorf("%d complaints, expected %d:\n%s", got, len(w.wanted), err)
	}
	w.wanted = nil
	return nil
}

// plain is a text without the CLI's line breaks and frames.
func plain(text string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(text, "│", " ")), " ")
}

func (c complaint) matches(part string) bool {
	wanted := append([]string{plain(c.line)}, c.words...)
	if c.about != "" {
		wanted = append(wanted, "with "+c.about+",")
	}
	for _, words := range wanted {
		if !strings.Contains(part, words) {
			return false
		}
	}
	return true
}

// warnings collects what the provider warns of while it applies: the test
// harness does not show it.
type warnings struct {
	mu    sync.Mutex
	texts []string
}

type providers map[string]func() (tfprotov6.ProviderServer, error)

func (h *warnings) listening(served providers) providers {
	out := providers{}
	for name, serve := range served {
		out[name] = func() (tfprotov6.ProviderServer, error) {
			server, err := serve()
			return listener{server, h}, err
		}
	}
	return out
}

type listener struct {
	tfprotov6.ProviderServer
	heard *warnings
}

// ApplyResourceChange notes the warnings that come with the answer.
func (l listener) ApplyResourceChange(ctx context.Context, req *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	resp, err := l.ProviderServer.ApplyResourceChange(ctx, req)
	if resp == nil {
		return resp, err
	}
	l.heard.mu.Lock()
	defer l.heard.mu.Unlock()
	for _, d := range resp.Diagnostics {
		if d.Severity == tfprotov6.DiagnosticSeverityWarning {
			l.heard.texts = append(l.heard.texts, d.Summary+": "+d.Detail)
		}
	}
	return resp, err
}

func (h *warnings) forget() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.texts = nil
}

// check wants each of the words in a warning, and no warning without them.
func (h *warnings) check(t *testing.T, words []string) {
	t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, word := range words {
		if !slices.ContainsFunc(h.texts, func(text string) bool { return strings.Contains(text, word) }) {
			t.Errorf("no warning says %q: %q", word, h.texts)
		}
	}
	if len(words) == 0 && len(h.texts) > 0 {
		t.Errorf("unexpected warnings: %q", h.texts)
	}
}
