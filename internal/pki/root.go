package pki

import (
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"time"
)

const validityField = "validity_period_hours"

// RootRequest asks for a self-signed CA certificate.
type RootRequest struct {
	Subject       Subject
	Key           KeySpec       // what the key is to be; the zero value takes any strong key
	Validity      time.Duration // from NotBefore; fractions of a second are dropped
	MaxPathLength *int          // CA certificates that may follow below; nil for no limit
	NotBefore     time.Time
}

// Check refuses a request that CreateRoot would refuse whatever the key.
func (r RootRequest) Check() error {
	if r.Subject.IsEmpty() {
		return refuse(InvalidName, "common_name", "give a common_name", "a root certificate needs a subject (RFC 5280, section 4.1.2.6)")
	}
	if r.MaxPathLength != nil && *r.MaxPathLength < 0 {
		return refuse(PathLength, "max_path_length", "use 0 or more, or leave it out", "a path length of %d is impossible", *r.MaxPathLength)
	}
	return firstError(r.Subject.Check("subject"), r.Key.Check(), checkDates(r.NotBefore, r.notAfter()))
}

func (r RootRequest) notAfter() time.Time {
	return wholeSecond(r.NotBefore).Add(r.Validity.Truncate(time.Second))
}

// wholeSecond is all that RFC 5280, section 4.1.2.5, can express.
func wholeSecond(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }

func checkDates(notBefore, notAfter time.Time) error {
	notBefore, notAfter = wholeSecond(notBefore), wholeSecond(notAfter)
	switch {
	case notBefore.Year() < 1950 || notBefore.Year() > 9999:
		return refuse(InvalidValidity, validityField, "", "a certificate cannot start in the year %d", notBefore.Year())
	case notAfter.Year() > 9999:
		return refuse(InvalidValidity, validityField, "", "a certificate cannot end in the year %d", notAfter.Year())
	case !notAfter.After(notBefore):
		return refuse(InvalidValidity, validityField, "give a longer validity", "the certificate would end at %s, no later than it starts (%s)", date(notAfter), date(notBefore))
	}
	return nil
}

func date(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// CreateRoot issues the root certificate of the CA profile in RFC 5280, section 4.2: basic constraints (critical), key usage
// keyCertSign and cRLSign (critical), subject key identifier, and an authority key identifier that equals it.
func CreateRoot(req RootRequest, key crypto.Signer) (*x509.Certificate, error) {
	if err := req.Check(); err != nil {
		return nil, err
	}
	if err := checkSigner(key); err != nil {
		return nil, err
	}
	if spec := KeySpecOf(key.Public()); req.Key != (KeySpec{}) && spec != req.Key.WithDefaults() {
		return nil, refuse(KeyMismatch, "key_algorithm", "", "the key is not of the algorithm and size asked for")
	}
	template, err := req.template(key.Public())
	if err != nil {
		return nil, err
	}
	return sign(template, template, key.Public(), key)
}

func (r RootRequest) template(pub crypto.PublicKey) (*x509.Certificate, error) {
	template, err := newTemplate(pub, r.NotBefore, r.notAfter())
	if err != nil {
		return nil, err
	}
	template.Subject = r.Subject.Name()
	template.IsCA = true
	template.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	template.AuthorityKeyId = template.SubjectKeyId
	if r.MaxPathLength != nil {
		template.MaxPathLen, template.MaxPathLenZero = *r.MaxPathLength, *r.MaxPathLength == 0
	}
	return template, nil
}

// newTemplate holds what every profile shares.
func newTemplate(pub crypto.PublicKey, notBefore, notAfter time.Time) (*x509.Certificate, error) {
	serial, err := NewSerialNumber()
	if err != nil {
		return nil, err
	}
	keyID, err := subjectKeyID(pub)
	if err != nil {
		return nil, err
	}
	return &x509.Certificate{
		SerialNumber: serial, SubjectKeyId: keyID,
		NotBefore: wholeSecond(notBefore), NotAfter: wholeSecond(notAfter),
		BasicConstraintsValid: true,
	}, nil
}

func checkSigner(key crypto.Signer) error {
	if key == nil {
		return refuse(NoPrivateKey, "", "", "there is no private key to sign with")
	}
	return CheckKeyStrength(key.Public())
}

// sign issues template. The standard library verifies the signature it made, so all that is left to prove is that the
// result reads back.
func sign(template, parent *x509.Certificate, pub crypto.PublicKey, key crypto.Signer) (*x509.Certificate, error) {
	template.SignatureAlgorithm = signatureAlgorithm(key.Public())
	der, err := x509.CreateCertificate(rand.Reader, template, parent, pub, key)
	if err != nil {
		return nil, refuse(Unsupported, "", "", "the certificate cannot be signed: %w", err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, refuse(Malformed, "", "", "the signed certificate does not read back: %w", err)
	}
	return cert, nil
}
