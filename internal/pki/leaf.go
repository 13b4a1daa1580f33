package pki

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"time"
)

// LeafRequest asks for an end-entity certificate.
type LeafRequest struct {
	Subject             Subject
	Names               Names
	PublicKey           crypto.PublicKey
	NotBefore, NotAfter time.Time // fractions of a second are dropped
	ExtKeyUsages        []string  // snake_case names; default server_auth and client_auth
	CRLURL, OCSPURL     string    // where revocation is published; "" for nowhere
	IssuerURL           string    // where the issuer's certificate is, as DER; "" for nowhere
}

// Check refuses a request that CreateLeaf would refuse whatever the issuer and the public key, which need not be known yet.
func (r LeafRequest) Check() error {
	if r.Subject.CommonName == "" && r.Names.IsEmpty() {
		return refuse(InvalidName, "common_name", "give a common_name or at least one of dns_names, ip_addresses, email_addresses, uris",
			"the certificate would name nobody")
	}
	return firstError(
		r.Subject.Check("subject"),
		r.Names.Check(),
		checkExtKeyUsages(r.ExtKeyUsages),
		checkDates(r.NotBefore, r.NotAfter),
	)
}

// CreateLeaf issues the certificate that req asks for: basic constraints CA:FALSE (critical), key usage digitalSignature, with
// keyEncipherment for RSA (critical), extended key usage, the names (critical when the subject is empty), both key identifiers.
//
// It refuses an issuer that is not a CA, may not sign certificates, does not own issuerKey, is not yet valid at the start, or
// ends before the certificate would: a chain is only as long-lived as its shortest link.
func CreateLeaf(req LeafRequest, issuer *x509.Certificate, issuerKey crypto.Signer) (*x509.Certificate, error) {
	if err := firstError(req.Check(), CheckKeyStrength(req.PublicKey)); err != nil {
		return nil, err
	}
	if err := checkIssuer(issuer, issuerKey); err != nil {
		return nil, err
	}
	if err := checkWithin(req.NotBefore, req.NotAfter, issuer); err != nil {
		return nil, err
	}
	template, err := req.template(issuer)
	if err != nil {
		return nil, err
	}
	cert, err := sign(template, issuer, req.PublicKey, issuerKey)
	if err != nil {
		return nil, err
	}
	return cert, checkChained(cert, issuer)
}

func (r LeafRequest) template(issuer *x509.Certificate) (*x509.Certificate, error) {
	template, err := newTemplate(r.PublicKey, r.NotBefore, r.NotAfter)
	if err != nil {
		return nil, err
	}
	template.Subject = r.Subject.Name()
	template.KeyUsage = x509.KeyUsageDigitalSignature
	if KeySpecOf(r.PublicKey).Algorithm == RSA {
		template.KeyUsage |= x509.KeyUsageKeyEncipherment
	}
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
	if len(r.ExtKeyUsages) > 0 {
		template.ExtKeyUsage = parseExtKeyUsages(r.ExtKeyUsages)
	}
	if r.CRLURL != "" {
		template.CRLDistributionPoints = []string{r.CRLURL}
	}
	if r.OCSPURL != "" {
		template.OCSPServer = []string{r.OCSPURL}
	}
	if r.IssuerURL != "" {
		template.IssuingCertificateURL = []string{r.IssuerURL}
	}
	if template.AuthorityKeyId, err = issuerKeyID(issuer); err != nil {
		return nil, err
	}
	return template, r.Names.addTo(template)
}

// issuerKeyID is the issuer's subject key identifier, or the one it should have had: RFC 5280, section 4.2.1.1, wants an
// authority key identifier in every certificate.
func issuerKeyID(issuer *x509.Certificate) ([]byte, error) {
	if len(issuer.SubjectKeyId) > 0 {
		return issuer.SubjectKeyId, nil
	}
	return subjectKeyID(issuer.PublicKey)
}

// checkIssuer refuses to sign with issuer and key unless what comes out would chain to issuer.
func checkIssuer(issuer *x509.Certificate, key crypto.Signer) error {
	if issuer == nil {
		return refuse(NoCertificate, "", "", "there is no issuer certificate to sign with")
	}
	if err := checkMayIssue(issuer); err != nil {
		return err
	}
	if len(issuer.RawSubject) <= emptyName {
		return refuse(InvalidName, "", "", "the issuer certificate has no subject to name as issuer")
	}
	if err := checkSigner(key); err != nil {
		return err
	}
	return CheckKeyPair(issuer, key)
}

// emptyName is the length of an empty SEQUENCE.
const emptyName = 2

// checkMayIssue holds a certificate to RFC 5280, section 6.1.4 (k) and (n).
func checkMayIssue(cert *x509.Certificate) error {
	if !cert.BasicConstraintsValid || !cert.IsCA {
		return refuse(NotACA, pemField, "use a certificate whose basic constraints say CA:TRUE", "%s is not a CA certificate", nameOf(cert))
	}
	if cert.KeyUsage != 0 && cert.KeyUsage&x509.KeyUsageCertSign == 0 {
		return refuse(NoCertSign, pemField, "use a certificate whose key usage has keyCertSign", "%s may not sign certificates", nameOf(cert))
	}
	return nil
}

// nameOf is what messages call a certificate: its subject, or its serial number if that is empty.
func nameOf(cert *x509.Certificate) string {
	if name := cert.Subject.String(); name != "" {
		return name
	}
	return "the certificate with serial number " + SerialNumber(cert)
}

func checkWithin(notBefore, notAfter time.Time, issuer *x509.Certificate) error {
	notBefore, notAfter = wholeSecond(notBefore), wholeSecond(notAfter)
	if notAfter.After(issuer.NotAfter) {
		return refuse(InvalidValidity, validityField, "shorten the validity or replace the issuer first",
			"the certificate would end at %s, after its issuer %s ends (%s)", date(notAfter), nameOf(issuer), date(issuer.NotAfter))
	}
	if notBefore.Before(issuer.NotBefore) {
		return refuse(InvalidValidity, validityField, "", "the certificate would start at %s, before its issuer %s starts (%s)",
			date(notBefore), nameOf(issuer), date(issuer.NotBefore))
	}
	return nil
}

// checkChained proves that cert chains to issuer. The signature is proven already: it was made by the key that checkIssuer
// matched with the issuer, and verified when it was made. Full verification is left to issuers that constrain names or usages.
func checkChained(cert, issuer *x509.Certificate) error {
	if !bytes.Equal(cert.RawIssuer, issuer.RawSubject) {
		return refuse(Unsupported, "", "", "the signed certificate does not name its issuer %s", nameOf(issuer))
	}
	if !isConstrained(issuer) {
		return nil
	}
	for _, usage := range cert.ExtKeyUsage {
		pool := x509.NewCertPool()
		pool.AddCert(issuer)
		options := x509.VerifyOptions{Roots: pool, CurrentTime: cert.NotBefore, KeyUsages: []x509.ExtKeyUsage{usage}}
		if _, err := cert.Verify(options); err != nil {
			return refuse(NameConstraint, "", "", "the issuer %s may not issue this certificate: %w", nameOf(issuer), err)
		}
	}
	return nil
}

func isConstrained(issuer *x509.Certificate) bool {
	const nameConstraints = "2.5.29.30"
	for _, extension := range issuer.Extensions {
		if extension.Id.String() == nameConstraints {
			return true
		}
	}
	return len(issuer.ExtKeyUsage)+len(issuer.UnknownExtKeyUsage)+len(issuer.UnhandledCriticalExtensions) > 0
}
