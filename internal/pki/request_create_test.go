package pki_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

// openssl verifies the signature and reads the subject, for each kind of key.
func TestCreateRequest(t *testing.T) {
	t.Parallel()
	for _, spec := range []pki.KeySpec{{}, {Curve: pki.P384}, {Algorithm: pki.RSA}, {Algorithm: pki.Ed25519}} {
		key, err := pki.GenerateKey(spec)
		if err != nil {
			t.Fatal(err)
		}
		request, err := pki.CreateRequest(pki.Subject{CommonName: "web-1.example.com"}, key)
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "request.pem"), request, 0o600); err != nil {
			t.Fatal(err)
		}
		said := clmtest.OpenSSL(t, dir, "req", "-in", "request.pem", "-verify", "-noout", "-subject")
		if !strings.Contains(said, "verify OK") || !strings.Contains(said, "CN = web-1.example.com") && !strings.Contains(said, "CN=web-1.example.com") {
			t.Errorf("%+v: openssl says %s", spec, said)
		}
	}
}

// A name that no certificate could have is refused before anything is signed.
func TestCreateRequestRefuses(t *testing.T) {
	t.Parallel()
	key, err := pki.GenerateKey(pki.KeySpec{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = pki.CreateRequest(pki.Subject{CommonName: strings.Repeat("x", 65)}, key)
	if pki.CodeOf(err) != pki.InvalidName {
		t.Errorf("a common name of 65 characters: %v", err)
	}
}
