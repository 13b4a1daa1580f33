package internal_test

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// allowed is policy: it is not to be edited to make a build pass. A package that
// is not listed may import nothing of ours; the parts of a package (engine's
// enginetest) follow the package, and tests may import what they test with.
var allowed = map[string][]string{
	"clm":      {},
	"pki":      {},
	"api":      {},
	"durable":  {},
	"engine":   {"clm", "pki"},
	"store":    {"clm", "durable"},
	"seal":     {"clm"},
	"issuer":   {"clm", "pki"},
	"target":   {"clm", "durable", "pki"},
	"probe":    {"clm"},
	"server":   {"api", "clm", "engine"},
	"auth":     {"api", "clm"},
	"client":   {"api"},
	"backend":  {"api", "clm", "engine", "store", "seal", "issuer", "target", "probe", "server"},
	"provider": {"api", "client", "pki"},
	"identity": {"api", "client", "durable", "pki"},
	"agent":    {"api", "client", "clm", "identity", "pki", "target"},
	"work":     {"clm", "engine"},
	"inbound":  {"api"},
	"gateway":  {"api", "client", "clm", "identity", "inbound", "pki"},
	"daemon":   {"api", "auth", "backend", "client", "clm", "durable", "inbound", "server", "work"},
	"command":  {"agent", "backend", "client", "clm", "daemon", "gateway"},
	"describe": {"provider", "server"},
	"main":     {"backend", "command", "provider"},
}

// testOnly packages are imported from _test.go files and from each other.
var testOnly = []string{"clmtest", "clmtest/agentserver", "engine/enginetest"}

const module = "github.com/terraform-provider-clm/terraform-provider-clm"

func TestImports(t *testing.T) {
	t.Parallel()
	checked := 0
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "tools" || d.Name() == "examples" || (strings.HasPrefix(d.Name(), ".") && d.Name() != "..")) {
			return fs.SkipDir
		}
		if filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		checked++
		for _, violation := range violations(t, path, nil) {
			t.Error(violation)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if checked < 20 {
		t.Fatalf("only %d files were checked: the walk misses the tree", checked)
	}
}

// A planted violation of each kind is found.
func TestImportsFindsViolations(t *testing.T) {
	t.Parallel()
	for path, imported := range map[string]string{
		"../internal/clm/planted.go":      "internal/store",
		"../internal/provider/planted.go": "internal/engine",
		"../internal/engine/planted.go":   "internal/api",
		"../internal/store/planted.go":    "internal/engine/enginetest",
		"../internal/backend/planted.go":  "internal/clmtest",
		"../internal/stranger/planted.go": "internal/clm",
		"../planted.go":                   "internal/engine",
	} {
		source := fmt.Sprintf("package planted\nimport _ %q\n", module+"/"+imported)
		if found := violations(t, path, source); len(found) != 1 {
			t.Errorf("%s importing %s: found %v, want one violation", path, imported, found)
		}
	}
}

// violations lists the imports of one file that the table forbids.
func violations(t *testing.T, path string, source any) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, source, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	importer := packageOf(path)
	if slices.Contains(testOnly, importer) {
		return nil
	}
	var found []string
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		ours, isOurs := strings.CutPrefix(imported, module+"/internal/")
		if isOurs && !slices.Contains(allowed[importer], ours) {
			found = append(found, fmt.Sprintf("%s: %s may import only %v of ours, not %s", path, importer, allowed[importer], ours))
		}
	}
	return found
}

// packageOf names the package a file of this module belongs to.
func packageOf(path string) string {
	dir := strings.TrimPrefix(filepath.ToSlash(filepath.Dir(path)), "../")
	if dir == ".." || dir == "." {
		return "main"
	}
	return strings.TrimPrefix(dir, "internal/")
}
