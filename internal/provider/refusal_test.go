package provider_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
)

// refusal is how a configuration is refused: one error, with its summary, the
// attribute it points at and a detail that helps.
type refusal struct {
	summary   string
	attribute string // where the configuration is quoted; "": the resource
	detail    string // a part of it
	secret    string // must not appear
}

// of a plan is an expectation about what a plan prints.
func (r refusal) pattern() *regexp.Regexp {
	pattern := `(?s)Error: ` + loose(r.summary) + `\n`
	if r.attribute != "" {
		pattern += `.*\n\s+\d+:.*\b` + regexp.QuoteMeta(r.attribute) + `\b`
	}
	return regexp.MustCompile(pattern + `.*` + loose(r.detail))
}

// loose lets the CLI wrap lines where it likes.
func loose(words string) string {
	parts := strings.Fields(words)
	for i, part := range parts {
		parts[i] = regexp.QuoteMeta(part)
	}
	return strings.Join(parts, `\s+`)
}

// check compares what was printed with the refusal.
func (r refusal) check(printed string) error {
	switch {
	case printed == "":
		return fmt.Errorf("nothing was refused")
	case r.secret != "" && strings.Contains(printed, r.secret):
		return fmt.Errorf("a secret is in the error:\n%s", printed)
	case strings.Count(printed, "Error: ") != 1:
		return fmt.Errorf("want one error, got:\n%s", printed)
	case !r.pattern().MatchString(printed):
		return fmt.Errorf("want %s, got:\n%s", r.pattern(), printed)
	}
	return nil
}

// planRefused plans a configuration that must be refused before anything is
// applied.
func planRefused(t *testing.T, providers map[string]func() (tfprotov6.ProviderServer, error), config string, want refusal) {
	t.Helper()
	printed := ""
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: providers,
		Steps:                    []resource.TestStep{{Config: config, PlanOnly: true}},
		ErrorCheck: func(err error) error {
			printed = err.Error()
			return nil
		},
	})
	if err := want.check(printed); err != nil {
		t.Error(err)
	}
}

// refuses is a step whose plan is refused.
func refuses(config string, want refusal) resource.TestStep {
	return resource.TestStep{Config: config, PlanOnly: true, ExpectError: want.pattern()}
}

// refusesApply is a step whose plan passes and whose apply is refused.
func refusesApply(config string, want refusal) resource.TestStep {
	return resource.TestStep{Config: config, ExpectError: regexp.MustCompile(`(?s)Error running (apply|destroy).*` + want.pattern().String()[len(`(?s)`):])}
}

// refusesDestroy is a step whose destroy is refused: while planning it, or not
// before it is applied.
func refusesDestroy(config string, want refusal) resource.TestStep {
	return resource.TestStep{Config: config, Destroy: true, ExpectError: want.pattern()}
}
