package clmtest

import (
	"cmp"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// CLIs lists the Terraform-compatible CLIs to test with, as absolute paths:
// those CLM_TEST_CLIS names, else the one of TF_ACC_TERRAFORM_PATH, else the
// terraform or tofu on PATH. A test that needs one fails where there is none.
func CLIs(t testing.TB) []string {
	t.Helper()
	if named := filepath.SplitList(os.Getenv("CLM_TEST_CLIS")); len(named) > 0 {
		return named
	}
	if named := os.Getenv("TF_ACC_TERRAFORM_PATH"); named != "" {
		return []string{named}
	}
	for _, name := range []string{"terraform", "tofu"} {
		if found, err := exec.LookPath(name); err == nil {
			return []string{found}
		}
	}
	t.Fatal("this test needs Terraform or OpenTofu: run make test, or set CLM_TEST_CLIS to the output of " +
		"tools/cli/ensure terraform-1.16, or put terraform or tofu on PATH")
	return nil
}

// NewestCLI is the Terraform of CLIs with the highest version, or the newest
// OpenTofu where there is no Terraform.
func NewestCLI(t testing.TB) string {
	t.Helper()
	return slices.MaxFunc(CLIs(t), func(a, b string) int {
		va, vb := versionOf(t, a), versionOf(t, b)
		return cmp.Or(cmp.Compare(va.terraform, vb.terraform), slices.Compare(va.numbers, vb.numbers))
	})
}

// AtLeast tells whether a CLI calls itself major.minor or newer.
func AtLeast(t testing.TB, cli string, major, minor int) bool {
	t.Helper()
	return slices.Compare(versionOf(t, cli).numbers, []int{major, minor}) >= 0
}

// IsOpenTofu tells the two products apart.
func IsOpenTofu(t testing.TB, cli string) bool {
	t.Helper()
	return versionOf(t, cli).terraform == 0
}

type cliVersion struct {
	terraform int // 1: Terraform, 0: OpenTofu
	numbers   []int
}

func versionOf(t testing.TB, cli string) cliVersion {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), cli, "version", "-json")
	cmd.Dir, cmd.Env = t.TempDir(), cliEnvironment()
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s version: %v", cli, err)
	}
	var told struct {
		Version string `json:"terraform_version"`
	}
	if err := json.Unmarshal(out, &told); err != nil {
		t.Fatalf("%s version: %v", cli, err)
	}
	var v cliVersion
	if !strings.Contains(filepath.Base(cli), "tofu") {
		v.terraform = 1
	}
	release, _, _ := strings.Cut(told.Version, "-")
	for part := range strings.SplitSeq(release, ".") {
		n, err := strconv.Atoi(part)
		if err != nil {
			t.Fatalf("%s calls itself %q", cli, told.Version)
		}
		v.numbers = append(v.numbers, n)
	}
	return v
}

// cliEnvironment is this process's environment without what would make a CLI or
// the provider behave differently on another machine.
func cliEnvironment() []string {
	kept := slices.DeleteFunc(os.Environ(), func(entry string) bool {
		return strings.HasPrefix(entry, "TF_") || strings.HasPrefix(entry, "CLM_")
	})
	return append(kept, "CHECKPOINT_DISABLE=1")
}
