package clmtest

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// OpenSSL runs openssl in a folder and returns what it printed. It is the
// outside witness of most tests.
func OpenSSL(t testing.TB, dir string, args ...string) string {
	t.Helper()
	out, err := TryOpenSSL(t, dir, args...)
	if err != nil {
		t.Fatalf("openssl %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

// TryOpenSSL is OpenSSL where a refusal is what the test is after.
func TryOpenSSL(t testing.TB, dir string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "openssl", args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// RootPFX makes a root certificate with openssl and returns the path of a PFX
// with it, protected by password.
func RootPFX(t testing.TB, commonName, password string) string {
	t.Helper()
	dir := t.TempDir()
	OpenSSL(t, dir, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "3650",
		"-keyout", "root.key", "-out", "root.pem", "-subj", "/CN="+commonName,
		"-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign")
	OpenSSL(t, dir, "pkcs12", "-export", "-inkey", "root.key", "-in", "root.pem", "-name", commonName,
		"-out", "root.pfx", "-passout", "pass:"+password)
	return filepath.Join(dir, "root.pfx")
}
