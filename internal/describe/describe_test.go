package main

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	tfjson "github.com/hashicorp/terraform-json"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/provider"
)

// What is described is what a CLI is told: the docs generated from it are those
// that terraform providers schema -json would give.
func TestDescribesWhatACLISees(t *testing.T) {
	t.Parallel()
	cli := clmtest.NewestCLI(t)
	w := clmtest.NewWorkspace(t, cli)
	w.Copy(filepath.Join(clmtest.Root(), "examples/provider/provider.tf"))
	w.Init()
	var told tfjson.ProviderSchemas
	if err := json.Unmarshal([]byte(w.Run("providers", "schema", "-json")), &told); err != nil {
		t.Fatal(err)
	}
	if len(told.Schemas) != 1 {
		t.Fatalf("the CLI tells of %d providers", len(told.Schemas))
	}
	ours := described(t)
	if !clmtest.AtLeast(t, cli, 1, 12) {
		ours.ResourceIdentitySchemas = nil // it does not know identities
	}
	if clmtest.IsOpenTofu(t, cli) || !clmtest.AtLeast(t, cli, 1, 14) {
		ours.ActionSchemas = nil // it does not know actions
	}
	for _, want := range told.Schemas {
		if diff := cmp.Diff(asJSON(t, want), asJSON(t, ours)); diff != "" {
			t.Errorf("the CLI sees (-), described is (+):\n%s", diff)
		}
	}
}

// Everything the provider offers has its examples and its page; nothing else has.
func TestEverythingHasItsExamplesAndItsPage(t *testing.T) {
	t.Parallel()
	s := described(t)
	for _, kind := range []struct {
		folder   string
		names    []string
		examples []string
	}{
		{"resources", slices.Sorted(maps.Keys(s.ResourceSchemas)), []string{"resource.tf", "import.sh", "import-by-string-id.tf", "import-by-identity.tf"}},
		{"data-sources", slices.Sorted(maps.Keys(s.DataSourceSchemas)), []string{"data-source.tf"}},
		{"ephemeral-resources", slices.Sorted(maps.Keys(s.EphemeralResourceSchemas)), []string{"ephemeral-resource.tf"}},
		{"actions", slices.Sorted(maps.Keys(s.ActionSchemas)), []string{"action.tf"}},
		{"functions", slices.Sorted(maps.Keys(s.Functions)), []string{"function.tf"}},
	} {
		pages := []string{}
		for _, name := range kind.names {
			page := strings.TrimPrefix(name, "clm_") + ".md"
			pages = append(pages, page)
			text := read(t, "docs", kind.folder, page)
			if !strings.Contains(text, "## Example Usage") {
				t.Errorf("docs/%s/%s shows no example", kind.folder, page)
			}
			for _, example := range kind.examples {
				if !strings.Contains(text, strings.TrimSpace(read(t, "examples", kind.folder, name, example))) {
					t.Errorf("docs/%s/%s does not show %s", kind.folder, page, example)
				}
			}
		}
		if diff := cmp.Diff(kind.names, list(t, "examples", kind.folder)); diff != "" {
			t.Errorf("examples/%s: offered (-), there (+):\n%s", kind.folder, diff)
		}
		if diff := cmp.Diff(pages, list(t, "docs", kind.folder)); diff != "" {
			t.Errorf("docs/%s: offered (-), there (+):\n%s", kind.folder, diff)
		}
	}
}

// Everything a configuration can say or read is explained in a sentence.
func TestEverythingIsExplained(t *testing.T) {
	t.Parallel()
	s := described(t)
	explainBlock(t, "provider", s.ConfigSchema.Block)
	for _, schemas := range []map[string]*tfjson.Schema{s.ResourceSchemas, s.DataSourceSchemas, s.EphemeralResourceSchemas} {
		for name, schema := range schemas {
			explainBlock(t, name, schema.Block)
		}
	}
	for name, action := range s.ActionSchemas {
		explainBlock(t, name, action.Block)
	}
	for name, f := range s.Functions {
		explain(t, name, f.Description)
		if f.Summary == "" {
			t.Errorf("%s has no summary", name)
		}
		for _, p := range f.Parameters {
			explain(t, name+"("+p.Name+")", p.Description)
		}
	}
	for name, identity := range s.ResourceIdentitySchemas {
		for attribute, a := range identity.Attributes {
			explain(t, name+"'s identity "+attribute, a.Description)
		}
	}
}

func explainBlock(t *testing.T, name string, b *tfjson.SchemaBlock) {
	t.Helper()
	explain(t, name, b.Description)
	explainAttributes(t, name, b.Attributes)
}

func explainAttributes(t *testing.T, of string, attributes map[string]*tfjson.SchemaAttribute) {
	t.Helper()
	for name, a := range attributes {
		name = of + "." + name
		// The text of this one comes with terraform-plugin-framework-timeouts.
		if !strings.Contains(name, ".timeouts") {
			explain(t, name, a.Description)
		}
		if a.AttributeNestedType != nil {
			explainAttributes(t, name, a.AttributeNestedType.Attributes)
		}
	}
}

func explain(t *testing.T, name, text string) {
	t.Helper()
	if len(text) < 10 || !strings.HasSuffix(text, ".") {
		t.Errorf("%s is not explained in a sentence: %q", name, text)
	}
}

// A stranger to the command is told how it is used.
func TestRefusesWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{}, {"provider", "api"}, {"weather"}} {
		var out bytes.Buffer
		if err := run(t.Context(), args, &out); err == nil || out.Len() > 0 {
			t.Errorf("describe %v: %v, %s", args, err, out.String())
		}
	}
}

func described(t *testing.T) *tfjson.ProviderSchema {
	t.Helper()
	schemas, err := schemasOf(t.Context(), provider.New("docs", nil)())
	if err != nil {
		t.Fatal(err)
	}
	return schemas.Schemas[providerKey]
}

// asJSON is a schema as the maps and strings it is made of.
func asJSON(t *testing.T, s *tfjson.ProviderSchema) (out map[string]any) {
	t.Helper()
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func read(t *testing.T, path ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(clmtest.Root(), filepath.Join(path...)))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func list(t *testing.T, path ...string) (names []string) {
	t.Helper()
	entries, err := fs.ReadDir(os.DirFS(clmtest.Root()), filepath.ToSlash(filepath.Join(path...)))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}
