package provider_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
)

const deployer = "clm_credential.deploy"

// credentialBlock is a credential with an account of these attributes.
func credentialBlock(account ...string) string {
	return "resource \"clm_credential\" \"deploy\" {\n  name = \"deploy\"\n  ssh = {\n    " + strings.Join(account, "\n    ") + "\n  }\n}\n" +
		"output \"public_key\" { value = " + deployer + ".public_key }\n"
}

func withPassword(version int) string {
	return fmt.Sprintf("password_wo = \"correct horse\"\n    password_wo_version = %d", version)
}

func withKey(path string, version int) string {
	return fmt.Sprintf("private_key_wo = file(%q)\n    private_key_wo_version = %d", path, version)
}

// sshKey is a key pair made by ssh-keygen.
func sshKey(t *testing.T, passphrase string) (path, public string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "key")
	if out, err := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-C", "", "-f", path).CombinedOutput(); err != nil {
		t.Fatalf("ssh-keygen: %v\n%s", err, out)
	}
	content, err := os.ReadFile(path + ".pub")
	must(t, err)
	return path, strings.TrimSpace(string(content))
}

const byDeploy = `username = "deploy"`

// A credential is added, and its secrets are sent when their version rises, and at no
// other time. What is taken away outside is put back.
func TestCredential(t *testing.T) {
	w := newWorld(t, nil)
	first, firstPublic := sshKey(t, "")
	second, secondPublic := sshKey(t, "")
	holds := func(public string, password bool) func() {
		return func() {
			t.Helper()
			account := must2(w.Credential(t.Context(), "deploy"))(t).SSH
			if account.PublicKey != public || account.HasPassword != password {
				t.Errorf("it holds %+v", account)
			}
		}
	}
	none := ""
	rob := func() {
		must2(w.UpdateCredential(t.Context(), "deploy", api.WriteCredential{Name: "deploy", SSH: &api.WriteSSHAccount{Username: "deploy", Agent: true, Password: &none}}))(t)
	}
	moved := func(word string) complaint { return complaint{deployer, "", []string{word}} }
	story := []teller{
		act{config: credentialBlock(byDeploy, withPassword(1)), plan: creates(deployer), after: holds("", true)},
		act{config: credentialBlock(`username = "root"`, withPassword(1)), plan: updates(deployer), after: holds("", true)},
		act{config: credentialBlock(byDeploy, withPassword(2), withKey(first, 1)), plan: updates(deployer), after: holds(firstPublic, true)},
		act{config: credentialBlock(byDeploy, withPassword(2), withKey(second, 1)), plan: nothing(), after: holds(firstPublic, true)},
		act{config: credentialBlock(byDeploy, withPassword(2), withKey(second, 2)), plan: updates(deployer), after: holds(secondPublic, true)},
		act{config: credentialBlock(byDeploy, withKey(second, 2)), plan: updates(deployer), after: holds(secondPublic, false)},
		act{config: credentialBlock(byDeploy, withPassword(1)), plan: updates(deployer), after: holds("", true)},
		act{before: rob, config: credentialBlock(byDeploy, withPassword(1)), plan: updates(deployer), after: holds("", true)},
		act{config: credentialBlock(byDeploy), refused: []complaint{moved("This account proves itself by nothing")}},
		act{config: credentialBlock(byDeploy, `password_wo = "x"`), refused: []complaint{{words: []string{"ssh.password_wo_version"}}}},
		act{config: credentialBlock(byDeploy, "agent = true"), plan: updates(deployer), after: holds("", false)},
	}
	story = append(story, imports(t, deployer, "deploy")...)
	w.tell(append(story,
		act{before: func() { must(t, w.DeleteCredential(t.Context(), "deploy")) }, config: credentialBlock(byDeploy, "agent = true"), plan: creates(deployer)},
	)...)
}

// A private key is read when planning.
func TestCredentialKeyIsRead(t *testing.T) {
	w := newWorld(t, nil)
	locked, public := sshKey(t, "open sesame")
	opened := func(passphrase string) string {
		return credentialBlock(byDeploy, withKey(locked, 1), fmt.Sprintf("private_key_passphrase_wo = %q", passphrase))
	}
	refuses := func(words ...string) []complaint {
		return []complaint{{deployer, "", append([]string{"This private key does not open"}, words...)}}
	}
	w.tell(
		act{config: credentialBlock(byDeploy, withKey(locked, 1)), refused: refuses("The SSH private key is encrypted: give its passphrase too.")},
		act{config: opened("wrong"), refused: refuses("The passphrase does not open the SSH private key.")},
		act{config: credentialBlock(byDeploy, withKey(locked+".pub", 1)), refused: refuses("This is no SSH private key")},
		act{config: opened("open sesame"), plan: creates(deployer), after: func() {
			if c := must2(w.Credential(t.Context(), "deploy"))(t); c.SSH.PublicKey != public {
				t.Errorf("it holds %q", c.SSH.PublicKey)
			}
		}},
	)
}

// How a device is reached is asked for when planning: one way, with a host key.
func TestDeviceBySSHIsChecked(t *testing.T) {
	w := newWorld(t, nil)
	device := func(way ...string) string {
		return credentialBlock(byDeploy, "agent = true") + "resource \"clm_device\" \"web\" {\n  name = \"web\"\n  ssh = {\n    credential_id = " + deployer + ".id\n    " +
			strings.Join(way, "\n    ") + "\n  }\n}\n"
	}
	_, key := sshKey(t, "")
	host := `host = "127.0.0.1"`
	two := strings.Replace(device(host, fmt.Sprintf("host_key = %q", key)), "  ssh = {", "  local = { root_directory = \".\" }\n  ssh = {", 2)
	two = strings.Replace(two, "  local = { root_directory = \".\" }\n", "", 1)
	// Not every CLI shows the line of an attribute within another: the words have to do.
	w.tell(
		act{config: device(host), refused: []complaint{{web, "", []string{"Which key the device proves itself by is not said", "ssh-keyscan"}}}},
		act{config: device(host, `host_key = "ssh-ed25519 nonsense"`), refused: []complaint{{web, "", []string{"This is no host key"}}}},
		act{config: device(host, fmt.Sprintf("host_key = \"%s root@web\"", key)), refused: []complaint{{web, "", []string{"There is more than the host key"}}}},
		act{config: device(host, fmt.Sprintf("host_key = %q", key), "port = 70000"), refused: []complaint{{web, "", []string{"ssh.port"}}}},
		act{config: two, refused: []complaint{{words: []string{"[local,ssh,agent]"}}}},
	)
}
