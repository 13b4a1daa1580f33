package provider_test

import (
	"context"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
)

// refusal is how a configuration is refused: one error, with its summary, the
// attribute it points at and a detail that helps.
type refusal struct {
	summary   string
	attribute string // the last name of its path; "": any
	detail    string // a part of it
}

func (r refusal) pattern() *regexp.Regexp {
	return regexp.MustCompile(`(?s)Error: ` + loose(r.summary) + `\n.*` + loose(r.detail))
}

// loose lets the CLI wrap lines where it likes.
func loose(words string) string {
	parts := strings.Fields(words)
	for i, part := range parts {
		parts[i] = regexp.QuoteMeta(part)
	}
	return strings.Join(parts, `\s+`)
}

// refuses is a step whose plan is refused.
func refuses(config string, want refusal) resource.TestStep {
	return resource.TestStep{Config: config, PlanOnly: true, ExpectError: want.pattern()}
}

// refusesApply is a step whose plan passes and whose apply is refused.
func refusesApply(config string, want refusal) resource.TestStep {
	return resource.TestStep{Config: config, ExpectError: regexp.MustCompile(`(?s)Error running apply.*` + strings.TrimPrefix(want.pattern().String(), `(?s)`))}
}

// refusesDestroy is a step whose destroy is refused: while planning it, or not
// before it is applied.
func refusesDestroy(config string, want refusal) resource.TestStep {
	return resource.TestStep{Config: config, Destroy: true, ExpectError: want.pattern()}
}

// refused is a configuration, in which NAME stands for a name of its own, and how
// it is refused.
type refused struct {
	config string
	want   refusal
}

// refusedTogether plans many bad configurations in one, which costs as much as
// one, and finds the error of each. The CLI plans nothing while there are errors
// of validation: what has none is planned again without the others.
func refusedTogether(t *testing.T, providers served, common string, cases map[string]refused) {
	t.Helper()
	refusedAs(t, resource.TestStep{PlanOnly: true}, providers, common, cases)
}

// refusedApplying is refusedTogether for what no plan can know.
func refusedApplying(t *testing.T, providers served, cases map[string]refused) {
	t.Helper()
	refusedAs(t, resource.TestStep{}, providers, "", cases)
}

func refusedAs(t *testing.T, step resource.TestStep, providers served, common string, cases map[string]refused) {
	t.Helper()
	heard := &recorder{}
	left := maps.Clone(cases)
	for range 2 {
		step.Config = common
		for _, name := range slices.Sorted(maps.Keys(left)) {
			step.Config += strings.ReplaceAll(left[name].config, "NAME", labelOf(name)) + "\n"
		}
		for name, told := range heard.run(t, step, providers, left) {
			check(t, name, told, cases[name].want, heard)
			delete(left, name)
		}
		if len(left) == 0 {
			return
		}
	}
	t.Errorf("nothing was refused of %q", slices.Sorted(maps.Keys(left)))
}

// run returns the errors about each case. A secret in any of them, or an error
// about nothing, ends the test.
func (r *recorder) run(t *testing.T, step resource.TestStep, providers served, cases map[string]refused) map[string][]string {
	t.Helper()
	printed := ""
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: r.recording(providers), Steps: []resource.TestStep{step},
		ErrorCheck: func(err error) error {
			printed = err.Error()
			return nil
		},
	})
	if strings.Contains(printed, password) {
		t.Errorf("a secret is in the error:\n%s", printed)
	}
	told := map[string][]string{}
	for _, one := range strings.Split(printed, "\nError: ")[1:] {
		about := ""
		for name := range cases {
			if regexp.MustCompile(`[."]` + labelOf(name) + `[",]`).MatchString(one) {
				about = name
			}
		}
		if about == "" {
			t.Fatalf("an error is about nothing:\n%s", one)
		}
		told[about] = append(told[about], "Error: "+one)
	}
	return told
}

func labelOf(name string) string { return "x_" + regexp.MustCompile(`\W+`).ReplaceAllString(name, "_") }

func check(t *testing.T, name string, told []string, want refusal, heard *recorder) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		if len(told) != 1 || !want.pattern().MatchString(told[0]) {
			t.Errorf("want %s, got:\n%s", want.pattern(), strings.Join(told, "\n"))
		}
		if !heard.refusedAt(want) {
			t.Errorf("want it at %s, got %s", want.attribute, heard.places(want))
		}
	})
}

type served = map[string]func() (tfprotov6.ProviderServer, error)

// recorder notes which attributes errors point at: not every CLI shows it.
type recorder struct {
	mu     sync.Mutex
	errors []*tfprotov6.Diagnostic
}

func (r *recorder) recording(providers served) served {
	out := served{}
	for name, serve := range providers {
		out[name] = func() (tfprotov6.ProviderServer, error) {
			server, err := serve()
			return recorded{server, r}, err
		}
	}
	return out
}

func (r *recorder) note(diagnostics []*tfprotov6.Diagnostic) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.errors = append(r.errors, diagnostics...)
}

func (r *recorder) refusedAt(want refusal) bool {
	return want.attribute == "" || slices.Contains(r.places(want), want.attribute)
}

// places are the attributes that errors of that kind point at.
func (r *recorder) places(want refusal) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var places []string
	for _, d := range r.errors {
		if d.Summary == want.summary && regexp.MustCompile(loose(want.detail)).MatchString(d.Detail) {
			places = append(places, lastName(d.Attribute))
		}
	}
	return places
}

func lastName(path *tftypes.AttributePath) string {
	last := ""
	if path == nil {
		return last
	}
	for _, step := range path.Steps() {
		if name, ok := step.(tftypes.AttributeName); ok {
			last = string(name)
		}
	}
	return last
}

type recorded struct {
	tfprotov6.ProviderServer
	by *recorder
}

func (s recorded) ValidateResourceConfig(ctx context.Context, req *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	resp, err := s.ProviderServer.ValidateResourceConfig(ctx, req)
	s.by.note(resp.Diagnostics)
	return resp, err
}

func (s recorded) ValidateDataResourceConfig(ctx context.Context, req *tfprotov6.ValidateDataResourceConfigRequest) (*tfprotov6.ValidateDataResourceConfigResponse, error) {
	resp, err := s.ProviderServer.ValidateDataResourceConfig(ctx, req)
	s.by.note(resp.Diagnostics)
	return resp, err
}

func (s recorded) ValidateEphemeralResourceConfig(ctx context.Context, req *tfprotov6.ValidateEphemeralResourceConfigRequest) (*tfprotov6.ValidateEphemeralResourceConfigResponse, error) {
	resp, err := s.ProviderServer.ValidateEphemeralResourceConfig(ctx, req)
	s.by.note(resp.Diagnostics)
	return resp, err
}

func (s recorded) PlanResourceChange(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	resp, err := s.ProviderServer.PlanResourceChange(ctx, req)
	s.by.note(resp.Diagnostics)
	return resp, err
}

func (s recorded) ApplyResourceChange(ctx context.Context, req *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	resp, err := s.ProviderServer.ApplyResourceChange(ctx, req)
	s.by.note(resp.Diagnostics)
	return resp, err
}

func (s recorded) OpenEphemeralResource(ctx context.Context, req *tfprotov6.OpenEphemeralResourceRequest) (*tfprotov6.OpenEphemeralResourceResponse, error) {
	resp, err := s.ProviderServer.OpenEphemeralResource(ctx, req)
	s.by.note(resp.Diagnostics)
	return resp, err
}
