package clmtest

import (
	"fmt"
	"hash/fnv"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// Binary is the path of the provider as it is released: CLM_TEST_BINARY, or one
// built from this tree, once for each test process.
func Binary(t testing.TB) string {
	t.Helper()
	if given := os.Getenv("CLM_TEST_BINARY"); given != "" {
		return given
	}
	path, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// Peer is the path of a program that is not ours and that benchmarks race against, built
// where it is missing.
func Peer(t testing.TB, name string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), filepath.Join(Root(), "tools", "peers", "ensure"), name).Output()
	if err != nil {
		t.Fatalf("building %s: %v", name, err)
	}
	return strings.TrimSpace(string(out))
}

// Version is what Binary calls itself.
func Version(t testing.TB) string {
	t.Helper()
	version, err := releaseVersion()
	if err != nil {
		t.Fatal(err)
	}
	return version
}

// build leaves one file for each clone in the temporary folder. It appears there
// by a rename: processes that build at once do not disturb each other.
var build = sync.OnceValues(func() (string, error) {
	version, err := releaseVersion()
	if err != nil {
		return "", err
	}
	clone := fnv.New32a()
	clone.Write([]byte(Root()))
	folder := filepath.Join(os.TempDir(), fmt.Sprintf("clmtest-%d-%08x", os.Getuid(), clone.Sum32()))
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", err
	}
	partial := filepath.Join(folder, fmt.Sprintf("partial-%d", os.Getpid()))
	defer func() { _ = os.Remove(partial) }() // gone already when all went well
	cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w -X main.version="+version, "-o", partial, ".")
	cmd.Dir, cmd.Env = Root(), append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the provider: %w\n%s", err, out)
	}
	path := filepath.Join(folder, "terraform-provider-clm")
	return path, os.Rename(partial, path)
})

func releaseVersion() (string, error) {
	text, err := os.ReadFile(filepath.Join(Root(), "VERSION"))
	return strings.TrimSpace(string(text)), err
}

// Root is the top folder of this repository.
func Root() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Dir(filepath.Dir(filepath.Dir(file)))
}
