package engine

import (
	"crypto"
	"crypto/x509"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

// RootInput is what a root certificate is made from: the material that
// Source.Kind says, and nothing else.
type RootInput struct {
	Name               string
	DeletionProtection bool
	Source             clm.RootSource
	PFX                []byte
	PFXPassword        string
	CertificatePEM     string
	PrivateKeyPEM      string
}

// material is a CA certificate with the key that signs for it, if it is here.
type material struct {
	certificate *x509.Certificate
	chain       []*x509.Certificate
	key         crypto.Signer
}

// read makes the material of a root certificate and refuses what could not be
// one: RFC 5280, 4.2.1.9 and 4.2.1.3.
func (in RootInput) read(now time.Time) (material, error) {
	m, field, err := in.parse(now)
	if err == nil {
		err = pki.CheckRoot(m.certificate, now)
	}
	if err == nil && m.key != nil {
		err = pki.CheckKeyPair(m.certificate, m.key)
	}
	return m, invalid(field, err)
}

func (in RootInput) parse(now time.Time) (m material, field string, err error) {
	switch in.Source.Kind {
	case clm.SourcePFXFile, clm.SourcePFXBase64:
		m, err = in.parsePFX()
		return m, in.Source.Kind, err
	case clm.SourcePEM:
		m, err = in.parsePEM()
		return m, "certificate_pem", err
	case clm.SourceSelfSigned:
		m, err = selfSign(in.Source.SelfSigned, now)
		return m, clm.SourceSelfSigned, err
	}
	return m, "source", clm.Invalid("source.kind", "%q is not a source of root certificates", in.Source.Kind)
}

func (in RootInput) parsePFX() (material, error) {
	content, err := pki.DecodePKCS12(in.PFX, in.PFXPassword)
	if err != nil {
		return material{}, err
	}
	if content.PrivateKey == nil {
		return material{}, clm.Invalid(in.Source.Kind, "the PFX holds no private key").
			WithHint("export it together with its key, or give certificate_pem for a root that only has to be trusted")
	}
	return material{content.Certificate, content.Chain, content.PrivateKey}, nil
}

func (in RootInput) parsePEM() (material, error) {
	certificates, err := pki.ParseCertificates([]byte(in.CertificatePEM))
	if err != nil {
		return material{}, err
	}
	m := material{certificate: certificates[0], chain: certificates[1:]}
	if in.PrivateKeyPEM == "" {
		return m, nil
	}
	m.key, err = pki.ParsePrivateKey([]byte(in.PrivateKeyPEM))
	return m, invalid("private_key_pem_wo", err)
}

func selfSign(recipe *clm.SelfSigned, now time.Time) (material, error) {
	if recipe == nil {
		return material{}, clm.Invalid(clm.SourceSelfSigned, "the recipe of the self-signed root is missing")
	}
	if recipe.ValidityPeriodHours > clm.MaxValidityHours { // it could not be counted with
		return material{}, clm.Invalid("validity_period_hours", "a validity of %d hours is longer than %d hours",
			recipe.ValidityPeriodHours, clm.MaxValidityHours)
	}
	request := pki.RootRequest{
		Subject:   subjectOf(recipe.Subject),
		Key:       keySpecOf(recipe.Key).WithDefaults(),
		Validity:  time.Duration(recipe.ValidityPeriodHours) * time.Hour,
		NotBefore: now,
	}
	if recipe.MaxPathLength != nil {
		length := int(*recipe.MaxPathLength)
		request.MaxPathLength = &length
	}
	if err := request.Check(); err != nil {
		return material{}, err
	}
	key, err := pki.GenerateKey(request.Key)
	if err != nil {
		return material{}, err
	}
	certificate, err := pki.CreateRoot(request, key)
	return material{certificate: certificate, key: key}, err
}

// anchor is the recorded form of the material.
func (m material) anchor(keyID string) clm.TrustAnchor {
	return clm.TrustAnchor{
		Certificate:       m.certificate.Raw,
		Chain:             rawOf(m.chain),
		FingerprintSHA256: pki.Fingerprint(m.certificate.Raw),
		SerialNumber:      pki.SerialNumber(m.certificate),
		NotBefore:         m.certificate.NotBefore.UTC(),
		NotAfter:          m.certificate.NotAfter.UTC(),
		KeyAlgorithm:      pki.KeySpecOf(m.certificate.PublicKey).Algorithm,
		KeyID:             keyID,
	}
}

func rawOf(certificates []*x509.Certificate) [][]byte {
	var raw [][]byte
	for _, c := range certificates {
		raw = append(raw, c.Raw)
	}
	return raw
}
