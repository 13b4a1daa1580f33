package provider

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"os"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/api"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

// rootMaterial is what a configuration brings for a root certificate. Looking at
// it when planning is what turns a wrong password into a plan error, and a new
// fingerprint into a plan that tells the truth.
type rootMaterial struct {
	request     api.WriteRootCertificate // only the material, no names
	certificate *x509.Certificate        // nil: made in the backend, or not known yet
	chain       []*x509.Certificate
	hasKey      bool
	pfxSHA256   string
}

// readMaterial reads and checks what the configuration brings. Values that are
// not known yet leave the material empty.
func readMaterial(ctx context.Context, config rootModel, diags *diag.Diagnostics) rootMaterial {
	var m rootMaterial
	switch {
	case config.waiting():
	case !config.PFXFile.IsNull():
		m = readPFXFile(config, diags)
	case !config.PFXBase64WO.IsNull():
		m = readPFXBase64(config, diags)
	case !config.SelfSigned.IsNull():
		checkRecipe(ctx, config, diags)
	case !config.CertificatePEM.IsNull():
		m = readPEM(config, diags)
	}
	return m
}

// checkRoot refuses what could not become a root. One that is in its slot
// already is not checked again: when it has expired, the plan must still work.
func (m rootMaterial) checkRoot(config rootModel, diags *diag.Diagnostics) {
	if m.certificate == nil {
		return
	}
	if err := pki.CheckRoot(m.certificate, time.Now()); err != nil {
		addMaterialError(diags, config.sourcePath(), "This certificate cannot be a root", err)
	}
}

// waiting tells whether the material is not known before apply.
func (m rootModel) waiting() bool {
	return m.PFXFile.IsUnknown() || m.PFXBase64WO.IsUnknown() || m.PFXPasswordWO.IsUnknown() ||
		m.CertificatePEM.IsUnknown() || m.PrivateKeyPEMWO.IsUnknown() || m.SelfSigned.IsUnknown()
}

func (m rootModel) sourcePath() path.Path {
	switch {
	case !m.PFXFile.IsNull():
		return path.Root("pfx_file")
	case !m.PFXBase64WO.IsNull():
		return path.Root("pfx_base64_wo")
	case !m.SelfSigned.IsNull():
		return path.Root("self_signed")
	}
	return path.Root("certificate_pem")
}

func readPFXFile(config rootModel, diags *diag.Diagnostics) rootMaterial {
	content, err := os.ReadFile(config.PFXFile.ValueString())
	if err != nil {
		diags.AddAttributeError(path.Root("pfx_file"), "Cannot read the PFX file",
			sentence(err.Error())+"\n\nA relative path counts from the folder Terraform runs in; ${path.module} makes it count from the module.")
		return rootMaterial{}
	}
	return readPFX(config, content, path.Root("pfx_file"), diags)
}

func readPFXBase64(config rootModel, diags *diag.Diagnostics) rootMaterial {
	content, err := base64.StdEncoding.DecodeString(config.PFXBase64WO.ValueString())
	if err != nil {
		diags.AddAttributeError(path.Root("pfx_base64_wo"), "The PFX is not base64",
			"It cannot be decoded. Use filebase64(…) to read a file, and check that nothing was cut off.")
		return rootMaterial{}
	}
	return readPFX(config, content, path.Root("pfx_base64_wo"), diags)
}

func readPFX(config rootModel, content []byte, at path.Path, diags *diag.Diagnostics) rootMaterial {
	password := config.PFXPasswordWO.ValueString()
	pfx, err := pki.DecodePKCS12(content, password)
	if err != nil {
		addMaterialError(diags, at, "Cannot open the PFX", err)
		return rootMaterial{}
	}
	if pfx.PrivateKey == nil {
		diags.AddAttributeError(at, "The PFX holds no private key",
			"Export it together with its private key. A root that only has to be trusted can be given as certificate_pem.")
	}
	sum := sha256.Sum256(content)
	m := rootMaterial{
		certificate: pfx.Certificate, chain: pfx.Chain, hasKey: pfx.PrivateKey != nil, pfxSHA256: hex.EncodeToString(sum[:]),
	}
	m.request.PFX, m.request.PFXPassword = content, password
	return m
}

func readPEM(config rootModel, diags *diag.Diagnostics) rootMaterial {
	at := path.Root("certificate_pem")
	certificate, err := pki.ParseCertificate([]byte(config.CertificatePEM.ValueString()))
	if err != nil {
		addMaterialError(diags, at, "Cannot read the certificate", err)
		return rootMaterial{}
	}
	m := rootMaterial{certificate: certificate}
	m.request.CertificatePEM = config.CertificatePEM.ValueString()
	if config.PrivateKeyPEMWO.IsNull() {
		return m
	}
	m.request.PrivateKeyPEM, m.hasKey = config.PrivateKeyPEMWO.ValueString(), true
	key, err := pki.ParsePrivateKey([]byte(m.request.PrivateKeyPEM))
	if err == nil {
		err = pki.CheckKeyPair(certificate, key)
	}
	if err != nil {
		addMaterialError(diags, path.Root("private_key_pem_wo"), "Cannot use the private key", err)
	}
	return m
}

// checkRecipe refuses a self-signed root nobody could make.
func checkRecipe(ctx context.Context, config rootModel, diags *diag.Diagnostics) {
	if !fullyKnown(ctx, config.SelfSigned) {
		return
	}
	recipe, ok := known[selfSignedModel](ctx, config.SelfSigned, diags)
	if !ok {
		return
	}
	err := pki.RootRequest{
		Subject:   recipe.Subject.pki(),
		Key:       recipe.key().WithDefaults(),
		Validity:  time.Duration(recipe.ValidityPeriodHours.ValueInt64()) * time.Hour,
		NotBefore: time.Now(),
	}.Check()
	if err != nil {
		addMaterialError(diags, path.Root("self_signed"), "Cannot make this root certificate", err)
	}
}

func (m selfSignedModel) key() pki.KeySpec {
	return pki.KeySpec{Algorithm: m.KeyAlgorithm.ValueString(), RSABits: int(m.RSABits.ValueInt64()), Curve: m.ECDSACurve.ValueString()}
}

// addMaterialError puts what package pki found wrong where it stands.
func addMaterialError(diags *diag.Diagnostics, at path.Path, tried string, err error) {
	var trouble *pki.Error
	if !errors.As(err, &trouble) {
		diags.AddAttributeError(at, tried, sentence(err.Error()))
		return
	}
	text := sentence(trouble.Message)
	if trouble.Hint != "" {
		text += "\n\n" + sentence(trouble.Hint)
	}
	switch {
	case trouble.Code == pki.IncorrectPassword:
		at = path.Root("pfx_password_wo")
	case at.Equal(path.Root("self_signed")) && trouble.Field != "":
		at = recipePath(trouble.Field)
	}
	diags.AddAttributeError(at, tried, text)
}

// recipePath is where a field of the recipe stands.
func recipePath(field string) path.Path {
	if field == "common_name" {
		field = "subject.common_name"
	}
	at, _ := attributePath("self_signed."+field, []string{"self_signed"})
	return at
}
