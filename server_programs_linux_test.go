package main_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest/servers"
)

// serverProgram is a kind of server, and how a certificate gets to it.
type serverProgram struct {
	protocol string
	overSSH  bool
	files    string                                                      // of a connector's file_system, but the directory
	first    func(t *testing.T, folder string)                           // puts there what the server starts with
	start    func(t *testing.T, at func(string) string) *servers.Process // serves the files of that name
}

var serverPrograms = map[string]serverProgram{
	"nginx": {"tls", true, pemFiles, firstPEM, func(t *testing.T, at func(string) string) *servers.Process {
		return servers.StartNginx(t, at("shop.crt"), at("shop.key")).Process
	}},
	"apache": {"tls", false, pemFiles, firstPEM, func(t *testing.T, at func(string) string) *servers.Process {
		return servers.StartApache(t, at("shop.crt"), at("shop.key")).Process
	}},
	"haproxy": {"tls", true, `certificate_file = "shop.pem", key_file = "shop.pem"`, firstBundle, func(t *testing.T, at func(string) string) *servers.Process {
		return servers.StartHAProxy(t, at("shop.pem")).Process
	}},
	"tomcat-pkcs12": {"tls", false, storeFile("pkcs12"), firstStore("PKCS12"), func(t *testing.T, at func(string) string) *servers.Process {
		return servers.StartTomcatKeystore(t, at("shop.store"), "PKCS12", storePassword).Process
	}},
	"tomcat-jks": {"tls", false, storeFile("jks"), firstStore("JKS"), func(t *testing.T, at func(string) string) *servers.Process {
		return servers.StartTomcatKeystore(t, at("shop.store"), "JKS", storePassword).Process
	}},
	"postfix": {"smtp", false, pemFiles, firstPEM, func(t *testing.T, at func(string) string) *servers.Process {
		return servers.StartPostfix(t, at("shop.crt"), at("shop.key")).Process
	}},
	"dovecot": {"imap", false, pemFiles, firstPEM, func(t *testing.T, at func(string) string) *servers.Process {
		return servers.StartDovecot(t, at("shop.crt"), at("shop.key")).Process
	}},
	// It takes a key that is its own user's.
	"postgresql": {"postgresql", true, pemFiles + `, owner = "nobody"`, firstPEM, func(t *testing.T, at func(string) string) *servers.Process {
		return servers.StartPostgreSQL(t, at("shop.crt"), at("shop.key")).Process
	}},
}

const (
	pemFiles      = `certificate_file = "shop.crt", key_file = "shop.key"`
	storePassword = "correct horse"
)

func storeFile(format string) string {
	return fmt.Sprintf(`format = %q, store_file = "shop.store", password_wo = var.store_password, password_wo_version = 1`, format)
}

func firstPEM(t *testing.T, folder string) {
	t.Helper()
	clmtest.OpenSSL(t, folder, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=before", "-keyout", "shop.key", "-out", "shop.crt")
}

// firstBundle is both in one file.
func firstBundle(t *testing.T, folder string) {
	t.Helper()
	clmtest.OpenSSL(t, folder, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=before", "-keyout", "shop.pem", "-out", "shop.crt")
	bundle := read(t, filepath.Join(folder, "shop.crt")) + read(t, filepath.Join(folder, "shop.pem"))
	must(0, os.WriteFile(filepath.Join(folder, "shop.pem"), []byte(bundle), 0o600))(t)
}

func firstStore(kind string) func(*testing.T, string) {
	return func(t *testing.T, folder string) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "keytool", "-genkeypair", "-alias", "before", "-dname", "CN=before", "-keyalg", "RSA",
			"-keystore", filepath.Join(folder, "shop.store"), "-storetype", kind, "-storepass", storePassword)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("keytool: %v\n%s", err, out)
		}
	}
}
