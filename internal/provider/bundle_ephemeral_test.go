package provider_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/echoprovider"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
)

// echoing serves the provider beside one that puts into state what it is
// configured with: the only way to see an ephemeral value.
func echoing(estate *clmtest.Estate) map[string]func() (tfprotov6.ProviderServer, error) {
	providers := estate.Provider()
	providers["echo"] = echoprovider.NewProviderServer()
	return providers
}

func echoed(block string) string {
	kind := regexp.MustCompile(`ephemeral "(\w+)" "(\w+)"`).FindStringSubmatch(block)
	return block + fmt.Sprintf("provider \"echo\" {\n  data = ephemeral.%s.%s\n}\nresource \"echo\" \"seen\" {}\n", kind[1], kind[2])
}

// ephemeralBlock is one of kind about a certificate.
func ephemeralBlock(kind, certificate, more string) string {
	return fmt.Sprintf("ephemeral %q \"shop\" {\n  certificate_id = %q\n%s\n}\n", kind, certificate, more)
}

// echoes is a step that hands what was echoed to check.
func echoes(block string, check func(data map[string]any) error) resource.TestStep {
	return shows(echoed(block), looksAt{"echo.seen", func(a map[string]any) error {
		return check(a["data"].(map[string]any))
	}})
}

// The key that is handed out is the certificate's, and each reading is on record.
func TestPrivateKeyEphemeral(t *testing.T) {
	t.Parallel()
	estate := clmtest.NewBackend(t)
	shop := enrol(t, estate, 2160)
	tellWith(t, echoing(estate), echoes(ephemeralBlock("clm_private_key", shop.ID, ""), func(data map[string]any) error {
		return sameKey(t, text(data, "private_key_pem"), shop.CertificatePEM)
	}))
	exportedBy(t, estate, shop)
}

// sameKey: openssl finds one public key in a private key and a certificate.
func sameKey(t *testing.T, keyPEM, certificatePEM string) error {
	t.Helper()
	ofKey := clmtest.OpenSSL(t, t.TempDir(), "pkey", "-in", newFile(t, "key.pem", []byte(keyPEM)), "-pubout")
	if ofCertificate := publicKey(t, certificatePEM); ofKey != ofCertificate {
		return fmt.Errorf("the key is %s, the certificate's %s", ofKey, ofCertificate)
	}
	return nil
}

// exportedBy: the audit trail says who read the key of which version.
func exportedBy(t *testing.T, estate *clmtest.Estate, c api.Certificate) {
	t.Helper()
	for _, e := range must2(estate.AuditEvents(t.Context()))(t) {
		if e.Action != "certificate.export_private_key" {
			continue
		}
		if e.Principal != "test:terraform" || e.SubjectID != c.ID || e.Details["fingerprint_sha256"] != c.FingerprintSHA256 {
			t.Errorf("the audit row is %+v", e)
		}
		return
	}
	t.Error("no audit row tells of the export")
}

// Nothing of a key is left in state when nobody puts it there.
func TestEphemeralsLeaveNothing(t *testing.T) {
	t.Parallel()
	estate := clmtest.NewBackend(t)
	shop := enrol(t, estate, 2160)
	config := ephemeralBlock("clm_private_key", shop.ID, "") + strings.Replace(ephemeralBlock("clm_certificate_bundle", shop.ID, "  format = \"pem\""), `"shop"`, `"all"`, 1) + `
resource "terraform_data" "public" {
  input = "nothing secret"
}
`
	step := does(config, creates("terraform_data.public"))
	step.ConfigStateChecks = []statecheck.StateCheck{withoutKey{}}
	tell(t, estate, step)
	exportedBy(t, estate, shop)
}

// withoutKey: no private key is in state.
type withoutKey struct{}

func (withoutKey) CheckState(_ context.Context, req statecheck.CheckStateRequest, resp *statecheck.CheckStateResponse) {
	content, err := json.Marshal(req.State)
	if err == nil && strings.Contains(string(content), "PRIVATE KEY") {
		err = errors.New("a private key is in state")
	}
	resp.Error = err
}

// The text bundle holds key, certificate and chain, in this order.
func TestCertificateBundlePEM(t *testing.T) {
	t.Parallel()
	estate := clmtest.NewBackend(t)
	shop := enrol(t, estate, 2160)
	tellWith(t, echoing(estate), echoes(ephemeralBlock("clm_certificate_bundle", shop.ID, "  format = \"pem\""), func(data map[string]any) error {
		bundle := text(data, "pem")
		key, rest, found := strings.Cut(bundle, "-----END PRIVATE KEY-----\n")
		if !found || !strings.HasPrefix(key, "-----BEGIN PRIVATE KEY-----\n") || rest != shop.CertificatePEM+shop.CertificateChainPEM {
			return fmt.Errorf("the bundle is not key, certificate, chain:\n%s", rest)
		}
		if text(data, "content_base64") != base64.StdEncoding.EncodeToString([]byte(bundle)) {
			return fmt.Errorf("content_base64 is not the base64 of pem")
		}
		return sameKey(t, bundle, shop.CertificatePEM)
	}))
	exportedBy(t, estate, shop)
}

// A PFX opens with openssl and keytool, under the alias asked for, whatever its
// profile; what is in it is the certificate with its key and chain.
func TestCertificateBundlePKCS12(t *testing.T) {
	t.Parallel()
	estate := clmtest.NewBackend(t)
	shop := enrol(t, estate, 2160)
	for name, c := range map[string]struct {
		more, alias string
	}{
		"modern": {"", "shop"},
		"legacy": {"  alias = \"tomcat\"\n  pkcs12_profile = \"legacy\"", "tomcat"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			block := ephemeralBlock("clm_certificate_bundle", shop.ID, fmt.Sprintf("  format = \"pkcs12\"\n  password = %q\n%s", password, c.more))
			tellWith(t, echoing(estate), echoes(block, func(data map[string]any) error {
				if data["pem"] != nil {
					return fmt.Errorf("pem is set beside a PFX")
				}
				return pfxOpens(t, text(data, "content_base64"), c.alias, shop)
			}))
		})
	}
}

func pfxOpens(t *testing.T, content, alias string, c api.Certificate) error {
	t.Helper()
	pfx := newFile(t, "bundle.pfx", must2(base64.StdEncoding.DecodeString(content))(t))
	dir := filepath.Dir(pfx)
	opened := clmtest.OpenSSL(t, dir, "pkcs12", "-in", pfx, "-passin", "pass:"+password, "-nodes")
	if !strings.Contains(opened, "friendlyName: "+alias+"\n") {
		return fmt.Errorf("openssl finds no entry %s in\n%s", alias, opened)
	}
	for _, pem := range []string{c.CertificatePEM, c.CertificateChainPEM} {
		if !strings.Contains(opened, pem) {
			return fmt.Errorf("a certificate is missing in\n%s", opened)
		}
	}
	listed, err := exec.CommandContext(t.Context(), "keytool", "-list", "-keystore", pfx, "-storetype", "PKCS12", "-storepass", password, "-alias", alias).CombinedOutput()
	if err != nil || !strings.Contains(string(listed), "PrivateKeyEntry") {
		return fmt.Errorf("keytool: %w\n%s", err, listed)
	}
	return sameKey(t, opened[strings.Index(opened, "-----BEGIN PRIVATE KEY"):], c.CertificatePEM)
}

// Wrong inputs are refused at the input.
func TestEphemeralsRefuse(t *testing.T) {
	t.Parallel()
	estate := clmtest.NewBackend(t)
	shop := enrol(t, estate, 2160)
	bundle := func(more string) string { return ephemeralBlock("clm_certificate_bundle", shop.ID, more) }
	cases := map[string]refused{
		"no such certificate": {ephemeralBlock("clm_private_key", "nothing", ""),
			refusal{summary: "Cannot read the private key of certificate nothing", attribute: "certificate_id", detail: `There is no certificate "nothing".`}},
		"no certificate": {ephemeralBlock("clm_private_key", "", ""),
			refusal{summary: "Invalid Attribute Value Length", attribute: "certificate_id", detail: "at least 1"}},
		"no such bundle": {ephemeralBlock("clm_certificate_bundle", "nothing", "  format = \"pem\""),
			refusal{summary: "Cannot bundle certificate nothing", attribute: "certificate_id", detail: `There is no certificate "nothing".`}},
		"no format": {bundle(""), refusal{summary: "Missing required argument", detail: `The argument "format" is required`}},
		"format": {bundle("  format = \"jks\""),
			refusal{summary: "Invalid Attribute Value Match", attribute: "format", detail: `must be one of: ["pem" "pkcs12"], got: "jks"`}},
		"no password": {bundle("  format = \"pkcs12\""),
			refusal{summary: "A PFX needs a password", detail: "Set password; it protects the private key in the bundle."}},
		"empty password": {bundle("  format = \"pkcs12\"\n  password = \"\""),
			refusal{summary: "Invalid Attribute Value Length", attribute: "password", detail: "at least 1"}},
		"foreign password": {bundle("  format = \"pkcs12\"\n  password = \"pässwort\""),
			refusal{summary: "Cannot make the PFX", attribute: "password", detail: "Java cannot open a file whose password has non-ASCII characters."}},
		"password with line end": {bundle("  format = \"pkcs12\"\n  password = \"secret\\n\""),
			refusal{summary: "Cannot make the PFX", attribute: "password", detail: "The password holds a control character. Remove it; a line end from a file is the usual cause."}},
		"profile": {bundle("  format = \"pkcs12\"\n  password = \"x\"\n  pkcs12_profile = \"old\""),
			refusal{summary: "Invalid Attribute Value Match", attribute: "pkcs12_profile", detail: `must be one of: ["modern" "legacy"], got: "old"`}},
		"password of text": {bundle("  format = \"pem\"\n  password = \"x\""),
			refusal{summary: "A text bundle has no password", attribute: "password", detail: "The private key in it is not encrypted. Remove password, or set format to pkcs12."}},
	}
	for name, c := range cases {
		cases[name] = refused{strings.Replace(c.config, `"shop"`, `"NAME"`, 1), c.want}
	}
	refusedTogether(t, estate.Provider(), "", cases)
}
