package provider_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/compare"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
)

// The same certificate in another PFX, under another password, changes the
// record of the source and nothing else.
func TestRootCertificateExportedAgain(t *testing.T) {
	t.Parallel()
	root := newOpensslRoot(t, "Exported Root")
	file := root.pfx(t)
	config := rootBlock(fromPFX(file))
	raised := strings.Replace(config, "_version = 1", "_version = 2", 1)
	same, digest := statecheck.CompareValue(compare.ValuesSame()), statecheck.CompareValue(compare.ValuesDiffer())
	remembered := func(step resource.TestStep) resource.TestStep {
		step.ConfigStateChecks = append(step.ConfigStateChecks, same.AddStateValue(corp, tfjsonpath.New("fingerprint_sha256")))
		return step
	}
	first, again := remembered(does(config, creates(corp))), remembered(does(raised, updates(corp), onlyUpdates(corp, "pfx_file_sha256")))
	for _, step := range []*resource.TestStep{&first, &again} {
		step.ConfigStateChecks = append(step.ConfigStateChecks, digest.AddStateValue(corp, tfjsonpath.New("pfx_file_sha256")))
	}
	tell(t, clmtest.NewBackend(t),
		first,
		remembered(does(raised, updates(corp), onlyUpdates(corp, "pfx_password_wo_version"))),
		after(func() { moveFile(t, root.pfx(t, "-iter", "3000"), file) }, again),
	)
}

// onlyUpdates: the plan changes one attribute of a resource and no other.
func onlyUpdates(address, attribute string) []plancheck.PlanCheck {
	return []plancheck.PlanCheck{planLooksAt{address, func(before, after map[string]any) error {
		for name := range after {
			if name != attribute && fmt.Sprint(before[name]) != fmt.Sprint(after[name]) {
				return fmt.Errorf("the plan changes %s from %v to %v", name, before[name], after[name])
			}
		}
		return nil
	}}}
}

func moveFile(t testing.TB, from, to string) {
	t.Helper()
	must(t, os.Rename(from, to))
}

// Another certificate in any source is an update in place. Where nobody has to be
// told and nothing was issued, it is done at once; setting the old one back is an
// update as well.
func TestRootCertificateReplacedFromEverySource(t *testing.T) {
	t.Parallel()
	root, other := newOpensslRoot(t, "First Root"), newOpensslRoot(t, "Second Root")
	pfx, otherPFX := root.pfx(t), other.pfx(t)
	inText := func(r opensslRoot) string {
		return fmt.Sprintf("  certificate_pem = file(%q)\n  private_key_pem_wo = file(%q)\n  private_key_pem_wo_version = 1", r.path("root.pem"), r.path("root.key"))
	}
	encoded := func(path string, version int) string {
		return fmt.Sprintf("  pfx_base64_wo = %q\n  pfx_wo_version = %d\n  pfx_password_wo = var.secret", inBase64(t, path), version)
	}
	recipe := func(name, what string) string {
		return fmt.Sprintf("  self_signed = {\n    subject = { common_name = %q }\n    validity_period_hours = 8760\n    %s\n  }", name, what)
	}
	roots := func(file, text, base64, made string) string {
		return secretVariable + rootNamed("file", file) + rootNamed("text", text) + rootNamed("base64", base64) + rootNamed("made", made)
	}
	every := func(check func(...string) []plancheck.PlanCheck) []plancheck.PlanCheck {
		return check("clm_root_certificate.file", "clm_root_certificate.text", "clm_root_certificate.base64", "clm_root_certificate.made")
	}
	before := roots(fromPFX(pfx), inText(root), encoded(pfx, 1), recipe("Lab", ""))
	differs := statecheck.CompareValue(compare.ValuesDiffer())
	moved := func(config string) resource.TestStep {
		step := does(config, every(updates))
		step.ConfigStateChecks = []stateCheck{differs.AddStateValue("clm_root_certificate.made", tfjsonpath.New("fingerprint_sha256"))}
		for _, name := range []string{"file", "text", "base64", "made"} {
			step.ConfigStateChecks = append(step.ConfigStateChecks, is("clm_root_certificate."+name, "state", knownvalue.StringExact("active")))
		}
		return step
	}
	tell(t, clmtest.NewBackend(t),
		does(before),
		moved(roots(fromPFX(otherPFX), inText(other), encoded(otherPFX, 2), recipe("Lob", ""))),
		moved(roots(recipe("Lab", ""), fromPFX(pfx), encoded(pfx, 3), recipe("Lab", `key_algorithm = "RSA"`))),
		moved(before),
	)
}

// A root that arrived in another form is the same root: the source changes in
// place, as long as it still has its key.
func TestRootCertificateOtherSourceOfTheSame(t *testing.T) {
	t.Parallel()
	root := newOpensslRoot(t, "Moving Root")
	inText := fmt.Sprintf("  certificate_pem = file(%q)", root.path("root.pem"))
	withKey := inText + fmt.Sprintf("\n  private_key_pem_wo = file(%q)\n  private_key_pem_wo_version = 1", root.path("root.key"))
	estate := clmtest.NewBackend(t)
	tell(t, estate,
		does(rootBlock(fromPFX(root.pfx(t))), creates(corp)),
		does(rootBlock(withKey), updates(corp)),
		refuses(rootBlock(inText), refusal{
			summary: "The certificate of root corp stays the same", attribute: "certificate_pem", detail: "cannot change",
		}),
		// Other line ends and a comment are not another certificate.
		does(rootBlock(strings.Replace(withKey, inText, fmt.Sprintf("  certificate_pem = \"# our root\\n${replace(file(%q), \"\\n\", \"\\r\\n\")}\"", root.path("root.pem")), 1)),
			nothing()),
	)
}

// What is only known after apply is looked at then: another certificate replaces
// the first.
func TestRootCertificateLearnedWhileApplying(t *testing.T) {
	t.Parallel()
	root, other := newOpensslRoot(t, "Known Root"), newOpensslRoot(t, "Later Root")
	later := func(pem string) string {
		return fmt.Sprintf("resource \"terraform_data\" \"source\" {\n  input = file(%q)\n}\n", pem) +
			rootBlock("  certificate_pem = terraform_data.source.output")
	}
	tell(t, clmtest.NewBackend(t),
		does(later(root.path("root.pem")), creates(corp)),
		does(later(other.path("root.pem")), updates(corp), unknown(corp, "fingerprint_sha256", "state")),
	)
}

// A protected root refuses to be destroyed and says why; then it lets go.
func TestRootCertificateProtection(t *testing.T) {
	t.Parallel()
	free := rootBlock(fromPFX(newOpensslRoot(t, "Protected Root").pfx(t)))
	protected := strings.Replace(free, "  deletion_protection = false\n", "", 1) // the default
	refused := refusal{summary: "Root certificate corp is protected", detail: "set deletion_protection = false, apply, then destroy"}
	tell(t, clmtest.NewBackend(t),
		shows(protected, is(corp, "deletion_protection", knownvalue.Bool(true))),
		refusesDestroy(protected, refused),
		refuses("# gone", refused),
		does(free, updates(corp)),
		does("# gone", destroys(corp)),
	)
}

// A root that issued certificates stays, and says how many hold it.
func TestRootCertificateWithChildren(t *testing.T) {
	t.Parallel()
	config := rootBlock(fromPFX(newOpensslRoot(t, "Parent Root").pfx(t)))
	estate := clmtest.NewBackend(t)
	children := []string{"one", "two"}
	issue := func() {
		root := must2(estate.RootCertificate(t.Context(), "corp"))(t)
		for _, name := range children {
			must2(estate.CreateCertificate(t.Context(), leafSpec(name, root.ID, 24)))(t)
		}
	}
	disown := func() {
		for _, name := range children {
			must(t, estate.DeleteCertificate(t.Context(), name))
		}
	}
	refused := refusal{summary: "Cannot delete root certificate corp", detail: `"corp" still has 2 certificates issued by it`}
	tell(t, estate,
		does(config, creates(corp)),
		after(issue, refusesDestroy(config, refused)),
		after(disown, does(config, nothing())),
	)
}

// A name and a protection changed outside are planned back; a root that was
// deleted outside is planned for creation.
func TestRootCertificateOutside(t *testing.T) {
	t.Parallel()
	config := rootBlock(fromPFX(newOpensslRoot(t, "Drifting Root").pfx(t)))
	estate := clmtest.NewBackend(t)
	drift := func() {
		root := must2(estate.RootCertificate(t.Context(), "corp"))(t)
		change := updateOf(root)
		change.Name, change.DeletionProtection = "renamed", true
		must2(estate.UpdateRootCertificate(t.Context(), root.ID, change))(t)
	}
	back := does(config, updates(corp))
	back.ConfigStateChecks = []stateCheck{is(corp, "name", knownvalue.StringExact("corp")), is(corp, "deletion_protection", knownvalue.Bool(false))}
	tell(t, estate,
		does(config, creates(corp)),
		after(drift, back),
		after(func() { must(t, estate.DeleteRootCertificate(t.Context(), "corp")) }, does(config, creates(corp))),
	)
}

func TestRootCertificateImport(t *testing.T) {
	t.Parallel()
	config := rootBlock(fromPFX(newOpensslRoot(t, "Imported Root").pfx(t)))
	tell(t, clmtest.NewBackend(t), append([]resource.TestStep{does(config, creates(corp))}, importsOf(t, config, corp, "corp")...)...)
}

// A root made by nobody's configuration is imported by a block and by a command
// and then belongs to it.
func TestRootCertificateImportFromOutside(t *testing.T) {
	t.Parallel()
	estate := clmtest.NewBackend(t)
	must2(estate.CreateRootCertificate(t.Context(), selfSignedRoot("lab")))(t)
	config := `resource "clm_root_certificate" "corp" {
  name                = "lab"
  deletion_protection = false
  self_signed = {
    subject               = { common_name = "lab root" }
    validity_period_hours = 87600
  }
}
`
	tell(t, estate,
		resource.TestStep{
			Config: config, ResourceName: corp, ImportState: true, ImportStateId: "no such root",
			ExpectError: refusal{summary: "Cannot import non-existent remote object", detail: "import"}.pattern(),
		},
		resource.TestStep{Config: config, ResourceName: corp, ImportState: true, ImportStateId: "lab", ImportStatePersist: true},
		does(config, nothing()),
	)
}

// An expired root can still be planned, renamed and destroyed: it may be the
// last thing that shows what has to be done.
func TestRootCertificateExpiresInUse(t *testing.T) {
	t.Parallel()
	estate := clmtest.NewBackend(t)
	root := expiredRoot(t)
	// It was imported in time.
	estate.Clock.Advance(-root.since)
	must2(estate.CreateRootCertificate(t.Context(), root.request(t, "corp")))(t)
	estate.Clock.Advance(root.since)
	config := rootBlock(fmt.Sprintf("  certificate_pem = file(%q)", root.path("root.pem")))
	renamed := strings.Replace(config, `"corp"`+"\n", `"old"`+"\n", 1)
	tell(t, estate,
		resource.TestStep{Config: config, ResourceName: corp, ImportState: true, ImportStateId: "corp", ImportStatePersist: true},
		does(config, nothing()),
		does(renamed, updates(corp)),
	)
}

// A password may wait for the apply, and bring the same root in another file.
func TestRootCertificatePasswordLearnedWhileApplying(t *testing.T) {
	t.Parallel()
	root := newOpensslRoot(t, "Sealed Root")
	file := root.pfx(t)
	config := func(secret string) string {
		return fmt.Sprintf("resource \"terraform_data\" \"password\" {\n  input = %q\n}\n", secret) +
			strings.Replace(rootBlock(fromPFX(file)), "= var.secret", "= terraform_data.password.output", 1)
	}
	const another = "an0ther-pa55w0rd"
	tell(t, clmtest.NewBackend(t),
		does(config(password), creates(corp)),
		after(func() { moveFile(t, root.pfx(t, "-passout", "pass:"+another), file) },
			does(config(another), updates(corp), unknown(corp, "pfx_file_sha256"))),
		refusesApply(config(password), refusal{summary: "Cannot open the PFX", detail: "The password does not open the PKCS#12 file."}),
	)
}

// A recipe may wait for the apply, whole or in part.
func TestRootCertificateRecipeLearnedWhileApplying(t *testing.T) {
	t.Parallel()
	recipe := func(name string) string {
		return fmt.Sprintf("resource \"terraform_data\" \"subject\" {\n  input = { common_name = %q, locality = \"Berlin\" }\n}\n", name) + rootBlock(`  self_signed = {
    subject               = terraform_data.subject.output
    validity_period_hours = 8760
  }`)
	}
	tell(t, clmtest.NewBackend(t),
		shows(recipe("Later Root"), opensslAgrees(t, corp)),
		does(recipe("Another Root"), updates(corp), unknown(corp, "fingerprint_sha256", "state")),
	)
}
