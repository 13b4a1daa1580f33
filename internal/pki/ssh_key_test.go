package pki_test

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

// sshKey is a key pair by ssh-keygen.
func sshKey(t *testing.T, passphrase string, args ...string) (private, public string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "key")
	out, err := exec.Command("ssh-keygen", append([]string{"-q", "-N", passphrase, "-C", "a comment", "-f", path}, args...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("ssh-keygen: %v\n%s", err, out)
	}
	return string(read(t, path)), string(read(t, path+".pub"))
}

func TestSSHKeys(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{
		"ed25519": {"-t", "ed25519"}, "ecdsa": {"-t", "ecdsa", "-b", "384"}, "rsa": {"-t", "rsa", "-b", "2048"}, "rsa in PEM": {"-t", "rsa", "-b", "2048", "-m", "PEM"},
	} {
		for _, passphrase := range []string{"", "open sesame"} {
			t.Run(name+" "+passphrase, func(t *testing.T) {
				t.Parallel()
				private, public := sshKey(t, passphrase, args...)
				want := strings.TrimSuffix(strings.TrimSpace(public), " a comment")
				if got, err := pki.SSHPublicKey(private, passphrase); err != nil || got != want {
					t.Errorf("the public key is %q, %v; want %q", got, err, want)
				}
				if got, err := pki.SSHHostKey(public); err != nil || got != want {
					t.Errorf("the host key is %q, %v; want %q", got, err, want)
				}
				if passphrase == "" {
					return
				}
				for _, wrong := range []string{"", "something else"} {
					if _, err := pki.SSHPublicKey(private, wrong); pki.CodeOf(err) != pki.IncorrectPassword {
						t.Errorf("the passphrase %q: %v", wrong, err)
					}
				}
			})
		}
	}
}

func TestNoSSHKeys(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "secret", "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----"} {
		if _, err := pki.SSHPublicKey(text, ""); pki.CodeOf(err) != pki.Malformed || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", text, err)
		}
	}
	for _, line := range []string{"", "ssh-ed25519", "ssh-ed25519 !!", "host ssh-ed25519 AAAA", "SHA256:abc"} {
		if _, err := pki.SSHHostKey(line); pki.CodeOf(err) != pki.Malformed {
			t.Errorf("%q: %v", line, err)
		}
	}
}
