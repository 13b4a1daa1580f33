package provider_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
)

// opensslAgrees: what a resource says of its certificate is what openssl reads
// in it.
func opensslAgrees(t *testing.T, address string) looksAt {
	return looksAt{address, func(a map[string]any) error {
		seen := opensslReads(t, text(a, "certificate_pem"))
		for name, want := range seen {
			if got := text(a, name); got != want {
				return fmt.Errorf("%s of %s is %q, openssl reads %q", name, address, got, want)
			}
		}
		return nil
	}}
}

var opensslKeys = map[string]string{"rsaEncryption": "RSA", "id-ecPublicKey": "ECDSA", "ED25519": "ED25519"}

// opensslReads returns, under the names of our attributes, what openssl reads.
func opensslReads(t testing.TB, pem string) map[string]string {
	t.Helper()
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "c.pem"), []byte(pem), 0o600))
	printed := clmtest.OpenSSL(t, dir, "x509", "-in", "c.pem", "-noout", "-fingerprint", "-sha256", "-serial", "-dates", "-dateopt", "iso_8601", "-text")
	part := func(pattern string) string {
		found := regexp.MustCompile(pattern).FindStringSubmatch(printed)
		if found == nil {
			t.Fatalf("openssl does not print %s:\n%s", pattern, printed)
		}
		return found[1]
	}
	date := func(name string) string { return strings.Replace(part(name+`=(.*)`), " ", "T", 1) }
	return map[string]string{
		"fingerprint_sha256":  strings.ToLower(strings.ReplaceAll(part(`(?i)sha256 Fingerprint=(.*)`), ":", "")),
		"serial_number":       strings.ToLower(part(`(?m)^serial=(.*)`)),
		"validity_start_time": date("notBefore"),
		"validity_end_time":   date("notAfter"),
		"key_algorithm":       opensslKeys[part(`Public Key Algorithm: (.*)`)],
	}
}

// opensslVerifies a certificate against a root, as strictly as it can.
func opensslVerifies(t testing.TB, rootPEM, certificatePEM string) error {
	t.Helper()
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "root.pem"), []byte(rootPEM), 0o600))
	must(t, os.WriteFile(filepath.Join(dir, "c.pem"), []byte(certificatePEM), 0o600))
	if out, err := clmtest.TryOpenSSL(t, dir, "verify", "-x509_strict", "-CAfile", "root.pem", "c.pem"); err != nil {
		return fmt.Errorf("openssl verify: %w\n%s", err, out)
	}
	return nil
}
