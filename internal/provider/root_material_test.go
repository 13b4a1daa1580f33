package provider_test

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
)

// password of every PFX the tests make; it must not show up anywhere.
const password = "pa55-w0rd-of-tests"

// opensslRoot is a root certificate made by openssl: root.pem and root.key in a
// folder of its own.
type opensslRoot struct{ dir string }

// What openssl is told for a good root.
var (
	strongKey = []string{"-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"}
	caProfile = []string{"-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign"}
)

func newOpensslRoot(t testing.TB, commonName string) opensslRoot {
	t.Helper()
	return opensslCertificate(t, commonName, append(strongKey, caProfile...)...)
}

// opensslCertificate is any self-signed certificate.
func opensslCertificate(t testing.TB, commonName string, args ...string) opensslRoot {
	t.Helper()
	r := opensslRoot{t.TempDir()}
	clmtest.OpenSSL(t, r.dir, append([]string{"req", "-x509", "-nodes", "-days", "3650", "-subj", "/CN=" + commonName,
		"-keyout", "root.key", "-out", "root.pem"}, args...)...)
	return r
}

// pfx exports the root with its key.
func (r opensslRoot) pfx(t testing.TB, args ...string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "root.pfx")
	clmtest.OpenSSL(t, r.dir, append([]string{"pkcs12", "-export", "-inkey", "root.key", "-in", "root.pem",
		"-out", file, "-passout", "pass:" + password}, args...)...)
	return file
}

func (r opensslRoot) path(name string) string { return filepath.Join(r.dir, name) }

func (r opensslRoot) pem(t testing.TB) string {
	t.Helper()
	return string(must2(os.ReadFile(r.path("root.pem")))(t))
}

// newFile is a file of the test's own.
func newFile(t testing.TB, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	must(t, os.WriteFile(path, content, 0o600))
	return path
}

func inBase64(t testing.TB, path string) string {
	t.Helper()
	return base64.StdEncoding.EncodeToString(must2(os.ReadFile(path))(t))
}

// Secrets come from a variable: the CLI quotes the lines of a configuration that
// errors point at.
const secretVariable = "variable \"secret\" {\n  default   = \"" + password + "\"\n  sensitive = true\n}\n"

// rootBlock is a root certificate that may be destroyed.
func rootBlock(body string) string { return secretVariable + rootNamed("corp", body) }

// rootNamed is one of several.
func rootNamed(name, body string) string {
	return fmt.Sprintf("resource \"clm_root_certificate\" %q {\n  name = %q\n  deletion_protection = false\n%s\n}\n", name, name, body)
}

func fromPFX(path string) string {
	return fmt.Sprintf("  pfx_file = %q\n  pfx_password_wo = var.secret\n  pfx_password_wo_version = 1", path)
}

const corp = "clm_root_certificate.corp"
