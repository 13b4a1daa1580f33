package provider_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
)

// rootSources are all the ways to give a root certificate.
func rootSources(t *testing.T) []rootSource {
	t.Helper()
	root := newOpensslRoot(t, "Source Root")
	pfx := root.pfx(t)
	selfSigned := func(algorithm, recipe string) rootSource {
		return rootSource{"made_" + algorithm, algorithm, true, fmt.Sprintf(`  self_signed = {
    subject               = { common_name = "Lab Root", organization = "Example", country = "DE", serial_number = "L-1" }
    key_algorithm         = %q
    validity_period_hours = 87600
    %s
  }`, algorithm, recipe)}
	}
	return []rootSource{
		{"pfx_file", "ECDSA", true, fromPFX(pfx)},
		{"pfx_base64", "ECDSA", true, fmt.Sprintf("  pfx_base64_wo = %q\n  pfx_wo_version = 1\n  pfx_password_wo = var.secret", inBase64(t, pfx))},
		{"pem", "ECDSA", false, fmt.Sprintf("  certificate_pem = file(%q)", root.path("root.pem"))},
		{"pem_with_key", "ECDSA", true, fmt.Sprintf("  certificate_pem = file(%q)\n  private_key_pem_wo = file(%q)\n  private_key_pem_wo_version = 1",
			root.path("root.pem"), root.path("root.key"))},
		selfSigned("RSA", "rsa_bits = 2048"),
		selfSigned("ECDSA", `ecdsa_curve = "P384"`),
		selfSigned("ED25519", "max_path_length = 0"),
	}
}

type rootSource struct {
	name, algorithm string
	signs           bool
	body            string
}

// Whatever a root is made from: openssl reads in it what the attributes say, it
// signs when its key came along, it can be renamed and protected in place, and
// when it is forgotten and imported nothing is left to do.
func TestRootCertificateSources(t *testing.T) {
	t.Parallel()
	sources := rootSources(t)
	estate := clmtest.NewBackend(t)
	config, forgotten, importing := secretVariable, "", ""
	var created []stateCheck
	var creation, update, kept checks
	for _, s := range sources {
		address := "clm_root_certificate." + s.name
		config += rootNamed(s.name, s.body)
		forgotten += fmt.Sprintf("removed {\n  from = %s\n  lifecycle {\n    destroy = false\n  }\n}\n", address)
		importing += fmt.Sprintf("import {\n  to = %s\n  id = %q\n}\n", address, s.name)
		created = append(created, s.facts(t, estate, address)...)
		creation, update, kept = append(creation, creates(address)...), append(update, updates(address)...), append(kept, keeps(address)...)
	}
	protected := strings.NewReplacer("  name = \"", "  name = \"the ", "= false", "= true").Replace(config)
	first := does(config, creation)
	first.ConfigStateChecks = created
	tell(t, estate, first, does(protected, update), does(config, update), does(forgotten), does(config+importing, kept))
}

func is(address, attribute string, value knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(address, tfjsonpath.New(attribute), value)
}

func (s rootSource) facts(t *testing.T, estate *clmtest.Estate, address string) []statecheck.StateCheck {
	checks := []statecheck.StateCheck{
		opensslAgrees(t, address),
		is(address, "key_algorithm", knownvalue.StringExact(s.algorithm)),
		is(address, "can_sign", knownvalue.Bool(s.signs)),
		is(address, "certificate_chain_pem", knownvalue.StringExact("")),
		looksAt{address, func(a map[string]any) error {
			return errors.Join(opensslVerifies(t, text(a, "certificate_pem"), text(a, "certificate_pem")), s.signsLeaves(t, estate, a))
		}},
	}
	for _, secret := range []string{"pfx_password_wo", "pfx_base64_wo", "private_key_pem_wo"} {
		checks = append(checks, is(address, secret, knownvalue.Null()))
	}
	return checks
}

// signsLeaves issues a certificate under the root, or is refused where the key
// is not there.
func (s rootSource) signsLeaves(t *testing.T, estate *clmtest.Estate, root map[string]any) error {
	made, err := estate.CreateCertificate(t.Context(), leafSpec("witness", text(root, "id"), 24))
	switch {
	case !s.signs && api.Is(err, api.CodeInvalid):
		return nil
	case err != nil:
		return err
	case !s.signs:
		return errors.New("a root without its key signed")
	}
	return errors.Join(
		opensslVerifies(t, text(root, "certificate_pem"), made.Certificate.CertificatePEM),
		estate.DeleteCertificate(t.Context(), made.Certificate.ID),
	)
}

// leafSpec is a certificate made outside of Terraform.
func leafSpec(name, issuer string, hours int64) api.CertificateSpec {
	return api.CertificateSpec{
		Name: name, IssuerID: issuer, Subject: api.Subject{CommonName: name + ".example.com"},
		DNSNames: []string{name + ".example.com"}, ValidityPeriodHours: hours,
	}
}
