package main_test

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
)

// sshKey is a private key made by ssh-keygen.
func sshKey(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "key")
	if out, err := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path).CombinedOutput(); err != nil {
		t.Fatalf("ssh-keygen: %v\n%s", err, out)
	}
	return read(t, path)
}

// A private key that is exchanged while its version stays is not sent. The plan says
// so, instead of leaving a device locked.
func TestAKeyWithoutANewVersionIsNoticed(t *testing.T) {
	t.Parallel()
	w := clmtest.NewWorkspace(t, clmtest.NewestCLI(t))
	w.Write("main.tf", exampleVersions+read(t, "examples/resources/clm_credential/resource.tf"))
	w.Env = []string{"TF_VAR_ssh_key=" + sshKey(t)}
	w.Init()
	w.Apply()
	if out := w.Plan(); strings.Contains(out, "Warning") || !strings.Contains(out, "No changes") {
		t.Errorf("the plan after the apply:\n%s", out)
	}
	w.Env = []string{"TF_VAR_ssh_key=" + sshKey(t)}
	out := w.Plan()
	for _, words := range []string{"No changes", "Another private key, and the version of before", "raise private_key_wo_version"} {
		if !strings.Contains(out, words) {
			t.Errorf("the plan does not say %q:\n%s", words, out)
		}
	}
}
