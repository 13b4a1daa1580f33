package provider_test

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clmtest"
)

// Bad input is refused when planning, at the attribute that brings it, in words
// that help and hold no secret. Nothing is applied.
func TestRootCertificateRefuses(t *testing.T) {
	t.Parallel()
	cases := map[string]refused{}
	for _, group := range []map[string]refused{refusedFiles(t), refusedCertificates(t), refusedTexts(t), refusedRecipes(), refusedCombinations(t)} {
		for name, c := range group {
			c.config = "resource \"clm_root_certificate\" \"NAME\" {\n" + c.config + "\n}\n"
			if !strings.Contains(c.config, "\n  name = ") {
				c.config = strings.Replace(c.config, "{\n", "{\n  name = \"NAME\"\n", 1)
			}
			cases[name] = c
		}
	}
	refusedTogether(t, clmtest.NewBackend(t).Provider(), secretVariable, cases)
}

// refusedFiles are no PFX, or one that cannot be opened.
func refusedFiles(t *testing.T) map[string]refused {
	root := newOpensslRoot(t, "Root")
	good := root.pfx(t)
	content := must2(os.ReadFile(good))(t)
	file := func(content []byte) string { return fromPFX(newFile(t, "root.pfx", content)) }
	cannotOpen := func(detail string) refusal { return refusal{"Cannot open the PFX", "pfx_file", detail} }
	noSuchFile := refusal{"Cannot read the PFX file", "pfx_file", "no such file or directory. A relative path counts from the folder Terraform runs in"}
	return map[string]refused{
		"wrong password": {strings.Replace(fromPFX(good), "var.secret", `"${var.secret}x"`, 1),
			refusal{"Cannot open the PFX", "pfx_password_wo", "The password does not open the PKCS#12 file."}},
		"no password": {fmt.Sprintf("  pfx_file = %q", good),
			refusal{"Cannot open the PFX", "", "The password does not open the PKCS#12 file."}},
		"truncated PFX": {file(content[:len(content)/2]), cannotOpen("The PKCS#12 file is damaged or cut off")},
		"random bytes":  {file(bytes.Repeat([]byte("random bytes "), 99)), cannotOpen("The input is not a PKCS#12 file.")},
		"empty file":    {file(nil), cannotOpen("The PKCS#12 file is empty.")},
		"PEM as PFX":    {fromPFX(root.path("root.pem")), cannotOpen("The input is not a PKCS#12 file.")},
		"PFX without key": {fromPFX(root.pfx(t, "-nokeys")),
			refusal{"The PFX holds no private key", "pfx_file", "A root that only has to be trusted can be given as certificate_pem."}},
		"missing file": {fromPFX(root.path("missing.pfx")), noSuchFile},
		"folder":       {fromPFX(root.dir), refusal{"Cannot read the PFX file", "pfx_file", "is a directory"}},
		"not base64": {"  pfx_base64_wo = \"%%%\"\n  pfx_wo_version = 1",
			refusal{"The PFX is not base64", "pfx_base64_wo", "Use filebase64(…) to read a file"}},
		"truncated base64": {fmt.Sprintf("  pfx_base64_wo = substr(filebase64(%q), 0, 400)\n  pfx_wo_version = 1", good),
			refusal{"Cannot open the PFX", "pfx_base64_wo", "The PKCS#12 file is damaged or cut off"}},
	}
}

// refusedCertificates are in good PFX files and make no root.
func refusedCertificates(t *testing.T) map[string]refused {
	made := func(args ...string) string { return fromPFX(opensslCertificate(t, "Bad Root", args...).pfx(t)) }
	with := func(head []string, tail ...string) []string { return append(append([]string{}, head...), tail...) }
	cannotBe := func(detail string) refusal {
		return refusal{"This certificate cannot be a root", "pfx_file", detail}
	}
	return map[string]refused{
		"leaf": {made(with(strongKey, "-addext", "basicConstraints=critical,CA:FALSE")...),
			cannotBe("CN=Bad Root is not a CA certificate. Use a certificate whose basic constraints say CA:TRUE.")},
		"without keyCertSign": {made(with(strongKey, "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,cRLSign")...),
			cannotBe("CN=Bad Root may not sign certificates. Use a certificate whose key usage has keyCertSign.")},
		"expired": {fromPFX(expiredRoot(t).pfx(t)), cannotBe("CN=Expired Root expired at")},
		"RSA 1024": {made(with([]string{"-newkey", "rsa:1024"}, caProfile...)...),
			cannotBe("CN=Bad Root: the RSA key has only 1024 bits. Use at least 2048 bits.")},
		"SHA-1": {made(with([]string{"-newkey", "rsa:2048", "-sha1"}, caProfile...)...),
			cannotBe("CN=Bad Root is signed with SHA1-RSA. Issue it again with SHA-256 or better.")},
	}
}

// refusedTexts are PEM that is none, or does not belong together.
func refusedTexts(t *testing.T) map[string]refused {
	root, other := newOpensslRoot(t, "Root"), newOpensslRoot(t, "Other")
	bundle := newFile(t, "bundle.pem", []byte(root.pem(t)+other.pem(t)))
	withKey := func(key string) string {
		return fmt.Sprintf("  certificate_pem = file(%q)\n  private_key_pem_wo = %s\n  private_key_pem_wo_version = 1", root.path("root.pem"), key)
	}
	cannotRead := func(detail string) refusal {
		return refusal{"Cannot read the certificate", "certificate_pem", detail}
	}
	cannotUse := func(detail string) refusal {
		return refusal{"Cannot use the private key", "private_key_pem_wo", detail}
	}
	return map[string]refused{
		"another's key":   {withKey(fmt.Sprintf("file(%q)", other.path("root.key"))), cannotUse("The private key does not belong to CN=Root. Give the key that the certificate was issued for.")},
		"no key":          {withKey(`"no key"`), cannotUse("The input is not a PKCS#8, PKCS#1 or SEC 1 private key.")},
		"certificate key": {withKey(fmt.Sprintf("file(%q)", root.path("root.pem"))), cannotUse("The PEM text holds no private key.")},
		"two certificates": {fmt.Sprintf("  certificate_pem = file(%q)", bundle),
			cannotRead("One certificate is expected, 2 are there. Give the chain separately.")},
		"cut PEM":   {fmt.Sprintf("  certificate_pem = substr(file(%q), 0, 300)", root.path("root.pem")), cannotRead("Copy it again, from -----BEGIN to -----END")},
		"empty PEM": {`  certificate_pem = ""`, cannotRead("The input is empty.")},
	}
}

// refusedRecipes are self-signed roots nobody should make.
func refusedRecipes() map[string]refused {
	recipe := func(subject, more string) string {
		return fmt.Sprintf("  self_signed = {\n    subject = {\n      %s\n    }\n    %s\n  }", subject, more)
	}
	good := `common_name = "Root"`
	hours := "validity_period_hours = 87600"
	cannotMake := func(attribute, detail string) refusal {
		return refusal{"Cannot make this root certificate", attribute, detail}
	}
	value := func(attribute, detail string) refusal {
		return refusal{"Invalid Attribute Value", attribute, detail}
	}
	oneOf := func(attribute, detail string) refusal {
		return refusal{"Invalid Attribute Value Match", attribute, detail}
	}
	return map[string]refused{
		"country of three letters": {recipe(good+"\n      country = \"GER\"", hours),
			cannotMake("country", `"GER" is not an ISO 3166 country code. Use two capital letters, such as DE or US.`)},
		"small country": {recipe(good+"\n      country = \"de\"", hours), cannotMake("country", `Write DE.`)},
		"long common name": {recipe(fmt.Sprintf("common_name = %q", strings.Repeat("x", 65)), hours),
			cannotMake("common_name", "The value has 65 characters, at most 64 are allowed (RFC 5280).")},
		"empty subject":   {recipe("", hours), cannotMake("common_name", "A root certificate needs a subject")},
		"empty value":     {recipe(`common_name = ""`, hours), refusal{"Invalid Attribute Value Length", "common_name", "string length must be at least 1"}},
		"bad curve":       {recipe(good, hours+"\n    ecdsa_curve = \"P224\""), oneOf("ecdsa_curve", `must be one of: ["P256" "P384" "P521"], got: "P224"`)},
		"bad algorithm":   {recipe(good, hours+"\n    key_algorithm = \"DSA\""), oneOf("key_algorithm", `must be one of: ["RSA" "ECDSA" "ED25519"], got: "DSA"`)},
		"short RSA key":   {recipe(good, hours+"\n    key_algorithm = \"RSA\"\n    rsa_bits = 1024"), value("rsa_bits", "must be between 2048 and 8192, got: 1024")},
		"curve of RSA":    {recipe(good, hours+"\n    key_algorithm = \"RSA\"\n    ecdsa_curve = \"P256\""), cannotMake("ecdsa_curve", "RSA")},
		"bits of ECDSA":   {recipe(good, hours+"\n    rsa_bits = 2048"), cannotMake("rsa_bits", "ECDSA")},
		"no validity":     {recipe(good, "validity_period_hours = 0"), value("validity_period_hours", "must be between 1 and 878400, got: 0")},
		"endless":         {recipe(good, "validity_period_hours = 878401"), value("validity_period_hours", "must be between 1 and 878400, got: 878401")},
		"bad path length": {recipe(good, hours+"\n    max_path_length = -1"), value("max_path_length", "must be between 0 and 16, got: -1")},
	}
}

// refusedCombinations say too little, too much or the wrong things together.
func refusedCombinations(t *testing.T) map[string]refused {
	root := newOpensslRoot(t, "Root")
	pfx, inText := fromPFX(root.pfx(t)), fmt.Sprintf("  certificate_pem = file(%q)", root.path("root.pem"))
	selfSigned := "  self_signed = {\n    subject = { common_name = \"Root\" }\n    validity_period_hours = 9\n  }"
	clash := func(attribute, detail string) refusal {
		return refusal{"Invalid Attribute Combination", attribute, detail}
	}
	return map[string]refused{
		"no source":                {"", refusal{"Missing Attribute Configuration", "", "Exactly one of these attributes must be configured: [pfx_file,pfx_base64_wo,certificate_pem,self_signed]"}},
		"two sources":              {pfx + "\n" + selfSigned, clash("", "Exactly one of these attributes must be configured: [pfx_file,pfx_base64_wo,certificate_pem,self_signed]")},
		"password without PFX":     {inText + "\n  pfx_password_wo = var.secret", clash("pfx_password_wo", `"certificate_pem" cannot be specified when "pfx_password_wo" is specified`)},
		"password of a recipe":     {selfSigned + "\n  pfx_password_wo = var.secret", clash("pfx_password_wo", `"self_signed" cannot be specified when "pfx_password_wo" is specified`)},
		"PFX without version":      {fmt.Sprintf("  pfx_base64_wo = %q", inBase64(t, root.pfx(t))), clash("pfx_base64_wo", `"pfx_wo_version" must be specified when "pfx_base64_wo" is specified`)},
		"version without PFX":      {inText + "\n  pfx_wo_version = 1", clash("pfx_wo_version", `"pfx_base64_wo" must be specified when "pfx_wo_version" is specified`)},
		"key without version":      {inText + "\n  private_key_pem_wo = \"x\"", clash("private_key_pem_wo", `"private_key_pem_wo_version" must be specified when "private_key_pem_wo" is specified`)},
		"version of nought":        {strings.Replace(pfx, "version = 1", "version = 0", 1), refusal{"Invalid Attribute Value", "pfx_password_wo_version", "must be at least 1, got: 0"}},
		"bad name":                 {"  name = \" corp\"\n" + inText, refusal{"Invalid Attribute Value Match", "name", "must have 1 to 128 letters, digits, spaces or . _ @ -, and begin and end with a letter or digit"}},
		"name that looks like id":  {"  name = \"01234567-89ab-7def-8123-456789abcdef\"\n" + inText, refusal{"This name looks like an id", "name", "A name must not have the form of a UUID."}},
		"attribute of another way": {selfSigned + "\n  certificate_pem = \"x\"", clash("", "Exactly one of these attributes must be configured")},
	}
}
