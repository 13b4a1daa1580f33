package main_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
)

// A state written before roots could be replaced plans nothing: attributes came,
// and none of them wants anything.
func TestStateOfTheFirstSchemaPlansNothing(t *testing.T) {
	t.Parallel()
	var had map[string][]string
	decode(t, read(t, "testdata/attributes-0.1.json"), &had)
	for _, cli := range clmtest.CLIs(t) {
		t.Run(cliName(cli), func(t *testing.T) {
			t.Parallel()
			q := newQuickstart(t, cli)
			q.Init()
			q.Apply()
			before := q.Read("terraform.tfstate")
			older := withAttributes(t, before, had)
			if older == before {
				t.Fatal("the first schema had everything that is in state now")
			}
			q.Write("terraform.tfstate", older)
			q.PlanEmpty()
		})
	}
}

// withAttributes is a state whose resources have only the attributes they had.
func withAttributes(t *testing.T, state string, had map[string][]string) string {
	t.Helper()
	var whole map[string]any
	decode(t, state, &whole)
	for _, r := range list(t, whole["resources"]) {
		resource := object(t, r)
		attributes, known := had[resource["type"].(string)]
		if !known {
			continue // a data source
		}
		for _, i := range list(t, resource["instances"]) {
			values := object(t, object(t, i)["attributes"])
			for name := range values {
				if !slices.Contains(attributes, name) {
					delete(values, name)
				}
			}
		}
	}
	text, err := json.Marshal(whole)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func decode(t *testing.T, text string, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), into); err != nil {
		t.Fatal(err)
	}
}

func list(t *testing.T, v any) []any {
	t.Helper()
	all, ok := v.([]any)
	if !ok {
		t.Fatalf("a %T where a list belongs", v)
	}
	return all
}

func object(t *testing.T, v any) map[string]any {
	t.Helper()
	members, ok := v.(map[string]any)
	if !ok {
		t.Fatalf("a %T where an object belongs", v)
	}
	return members
}
