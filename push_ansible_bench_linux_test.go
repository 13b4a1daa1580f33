package main_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/sshd"
)

// Ansible gets what its documentation advises for speed: pipelining, connections that
// persist, no facts where none are used, a known interpreter, and as many hosts at a
// time as the CLI has resources. Host keys are checked by both.
const (
	ansibleConfig = `
[defaults]
inventory = hosts.json
forks = 10
gathering = explicit
interpreter_python = /usr/bin/python3
host_key_checking = true

[ssh_connection]
pipelining = true
control_path_dir = control
ssh_args = -F none -o UserKnownHostsFile=known_hosts -o ControlMaster=auto -o ControlPersist=60s
`
	ansiblePlaybook = `
- hosts: all
  tasks:
    - name: the certificate
      ansible.builtin.copy: { src: shop.crt, dest: "{{ item }}/shop.crt", mode: "0644" }
      loop: "{{ directories }}"
      notify: take it in
    - name: its key
      ansible.builtin.copy: { src: shop.key, dest: "{{ item }}/shop.key", mode: "0600" }
      loop: "{{ directories }}"
      notify: take it in
  handlers:
    - name: take it in
      ansible.builtin.command: "true"
`
)

// ansible is a fleet as Ansible knows it: with folders beside ours, which hold another
// certificate.
type ansible struct {
	*clmtest.Workspace
	b     *testing.B
	fleet *sshFleet
	hosts map[string]any
	all   []string // folders
}

// newAnsible takes the certificate from where the CLI has put it.
func newAnsible(b *testing.B, f *sshFleet, w *clmtest.Workspace) *ansible {
	b.Helper()
	a := &ansible{Workspace: w, b: b, fleet: f, hosts: map[string]any{}}
	for _, file := range []string{"shop.crt", "shop.key"} {
		w.Write(file, string(must(os.ReadFile(filepath.Join(f.directories()[0], file)))(b)))
	}
	for _, u := range f.users {
		w.Write(u.Name+".pem", string(u.Key))
	}
	before := b.TempDir()
	clmtest.OpenSSL(b, before, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=before", "-keyout", "shop.key", "-out", "shop.crt")
	for name, d := range f.Devices {
		a.hosts[name] = a.host(name, d, before)
	}
	w.Write("ansible.cfg", ansibleConfig)
	w.Write("push.yml", ansiblePlaybook)
	w.Write("known_hosts", fmt.Sprintf("[127.0.0.1]:%d %s\n", f.server.Port, f.HostKey))
	inventory := map[string]any{"all": map[string]any{"hosts": a.hosts}}
	w.Write("hosts.json", string(must(json.Marshal(inventory))(b)))
	return a
}

func (a *ansible) host(name string, d *fleetDevice, before string) map[string]any {
	a.b.Helper()
	var own []string
	for n := range d.Directories {
		own = append(own, a.fill(d.user, before, "ansible", name, fmt.Sprint(n)))
	}
	a.all = append(a.all, own...)
	return map[string]any{
		"ansible_host": "127.0.0.1", "ansible_port": d.Port, "ansible_user": d.User, "ansible_ssh_private_key_file": d.User + ".pem",
		"ansible_remote_tmp": a.fleet.folder(a.b, d.user, "temporary", d.User), // users have no home
		"directories":        own,
	}
}

// fill makes a folder of a user's with the files of another one.
func (a *ansible) fill(u *sshd.User, from string, names ...string) string {
	a.b.Helper()
	folder := a.fleet.folder(a.b, u, names...)
	must(0, os.CopyFS(folder, os.DirFS(from)))(a.b)
	for _, file := range []string{"shop.crt", "shop.key"} {
		must(0, os.Chown(filepath.Join(folder, file), u.UID, u.GID))(a.b)
	}
	return folder
}

// push is how long Ansible takes.
func (a *ansible) push(fingerprint string) time.Duration {
	a.b.Helper()
	took := spent(func() {
		if out, err := a.Exec("ansible-playbook", "push.yml"); err != nil {
			a.b.Fatalf("ansible-playbook: %v\n%s", err, out)
		}
	})
	if left, err := os.ReadDir(filepath.Join(a.Dir, "control")); err != nil || len(left) == 0 {
		a.b.Fatalf("Ansible has kept no connection, which makes it slow: %v", err)
	}
	checkFleet(a.b, a.all, fingerprint)
	return took
}
