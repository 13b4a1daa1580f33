package main_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/servers"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/sshd"
)

// The guide to a real machine works as it is written, as TestGuides has it.
func TestGuideOverSSH(t *testing.T) {
	t.Parallel()
	follow(t, clmtest.NewestCLI(t), "push-to-nginx-over-ssh", webMachine)
}

// webMachine is what the guide asks its reader for: nginx that serves any certificate,
// behind an SSH server that takes the key the guide makes.
func webMachine(t *testing.T, w *clmtest.Workspace) {
	t.Helper()
	folder, programs := filepath.Join(t.TempDir(), "tls"), t.TempDir()
	must(0, os.Mkdir(folder, 0o755))(t)
	nginx := nginxWithAny(t, folder)
	systemNginx(t, programs, nginx)
	user := must(sshd.NewUser("guide"))(t)
	t.Cleanup(user.Remove)
	must(0, user.LetSudo(programs))(t)
	server := sshd.Start(t, []*sshd.User{user}, sshd.ExternalSFTP, "AuthorizedKeysFile "+filepath.Join(w.Dir, "deploy.key.pub"))
	w.Env = append(w.Env,
		"TF_VAR_host=127.0.0.1", fmt.Sprint("TF_VAR_port=", server.Port), "TF_VAR_user="+user.Name,
		"TF_VAR_address="+nginx.Address, "TF_VAR_directory="+folder, "NGINX_CONF="+nginx.Conf)
}

// nginxWithAny serves a certificate that nobody trusts, from files in a folder.
func nginxWithAny(t *testing.T, folder string) *servers.Nginx {
	t.Helper()
	certificate, key := filepath.Join(folder, "shop.crt"), filepath.Join(folder, "shop.key")
	clmtest.OpenSSL(t, folder, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=before", "-keyout", key, "-out", certificate)
	return servers.StartNginx(t, certificate, key)
}

// systemNginx is a command nginx that is about this one, as that of a machine is about
// the machine's only one.
func systemNginx(t *testing.T, folder string, nginx *servers.Nginx) {
	t.Helper()
	words := nginx.ReloadCommand[1 : len(nginx.ReloadCommand)-2] // without -s reload
	script := fmt.Sprintf("#!/bin/sh\nexec /usr/sbin/nginx %s \"$@\"\n", strings.Join(words, " "))
	must(0, os.WriteFile(filepath.Join(folder, "nginx"), []byte(script), 0o755))(t)
}
