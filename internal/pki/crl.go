package pki

import (
	"bytes"
	"cmp"
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"math/big"
	"slices"
	"time"
)

const crlBlock = "X509 CRL"

// The extensions of RFC 5280, sections 5.2.4 and 5.2.6, that the standard library leaves to its users.
var (
	oidDeltaIndicator = asn1.ObjectIdentifier{2, 5, 29, 27}
	oidFreshestCRL    = asn1.ObjectIdentifier{2, 5, 29, 46}
)

// CRL is a certificate revocation list of RFC 5280, section 5: complete, or the delta to a complete one.
type CRL struct {
	Number                 int64
	Base                   int64     // number of the complete list that a delta continues; 0 in a complete list
	ThisUpdate, NextUpdate time.Time // fractions of a second are dropped
	Entries                []CRLEntry
	FreshestURL            string // where the delta to a complete list is; "" for nowhere
}

// CRLEntry is one certificate that is withdrawn or, in a delta, back.
type CRLEntry struct {
	SerialNumber string // lower-case hex, as SerialNumber writes it
	At           time.Time
	Reason       string // of RFC 5280, section 5.3.1, in lower_snake_case
}

// CreateCRL signs a list with the key of the CA whose certificates it is about. Entries are sorted by serial number, so that
// the same facts make the same list.
func CreateCRL(list CRL, issuer *x509.Certificate, key crypto.Signer) ([]byte, error) {
	if err := firstError(list.check(), checkCRLIssuer(issuer, key)); err != nil {
		return nil, err
	}
	template, err := list.template()
	if err != nil {
		return nil, err
	}
	template.SignatureAlgorithm = signatureAlgorithm(key.Public())
	signer, err := withKeyID(issuer)
	if err != nil {
		return nil, err
	}
	der, err := x509.CreateRevocationList(rand.Reader, template, signer, key)
	if err != nil {
		return nil, refuse(Unsupported, "", "", "the revocation list cannot be signed: %w", err)
	}
	return der, nil
}

func (l CRL) check() error {
	switch {
	case l.Number <= 0 || l.Base < 0:
		return refuse(Malformed, "number", "", "%d is not the number of a revocation list", min(l.Number, l.Base))
	case l.Base > l.Number:
		return refuse(Malformed, "base", "", "revocation list %d cannot continue the later list %d", l.Number, l.Base)
	case l.Base > 0 && l.FreshestURL != "":
		return refuse(Malformed, "freshest_url", "", "a delta has no delta of its own (RFC 5280, section 5.2.6)")
	case !wholeSecond(l.NextUpdate).After(wholeSecond(l.ThisUpdate)):
		return refuse(InvalidValidity, "next_update", "", "the revocation list would end at %s, no later than it starts", date(l.NextUpdate))
	}
	return nil
}

// checkCRLIssuer holds a certificate to RFC 5280, section 6.3.3 (f).
func checkCRLIssuer(issuer *x509.Certificate, key crypto.Signer) error {
	if err := checkIssuer(issuer, key); err != nil {
		return err
	}
	if !MaySignCRLs(issuer) {
		return refuse(NoCRLSign, pemField, "use a certificate whose key usage has cRLSign", "%s may not sign revocation lists", nameOf(issuer))
	}
	return nil
}

// MaySignCRLs tells whether the key usage of a CA certificate allows it to sign lists.
func MaySignCRLs(issuer *x509.Certificate) bool {
	return issuer.KeyUsage == 0 || issuer.KeyUsage&x509.KeyUsageCRLSign != 0
}

// withKeyID is the issuer as the standard library wants it: old roots have neither key usage nor key identifier.
func withKeyID(issuer *x509.Certificate) (*x509.Certificate, error) {
	id, err := issuerKeyID(issuer)
	signer := *issuer
	signer.SubjectKeyId, signer.KeyUsage = id, cmp.Or(issuer.KeyUsage, x509.KeyUsageCRLSign)
	return &signer, err
}

func (l CRL) template() (*x509.RevocationList, error) {
	template := &x509.RevocationList{Number: big.NewInt(l.Number), ThisUpdate: wholeSecond(l.ThisUpdate), NextUpdate: wholeSecond(l.NextUpdate)}
	for _, entry := range l.Entries {
		revoked, err := entry.template(l.Base > 0)
		if err != nil {
			return nil, err
		}
		template.RevokedCertificateEntries = append(template.RevokedCertificateEntries, revoked)
	}
	slices.SortFunc(template.RevokedCertificateEntries, func(a, b x509.RevocationListEntry) int { return a.SerialNumber.Cmp(b.SerialNumber) })
	extensions, err := l.extensions()
	template.ExtraExtensions = extensions
	return template, err
}

func (e CRLEntry) template(inDelta bool) (x509.RevocationListEntry, error) {
	serial, ok := new(big.Int).SetString(e.SerialNumber, 16)
	code := reasonCode(e.Reason)
	switch {
	case !ok || serial.Sign() < 0:
		return x509.RevocationListEntry{}, refuse(Malformed, "serial_number", "", "%q is not a serial number in hexadecimal", e.SerialNumber)
	case code < 0, e.Reason == reasonRemove && !inDelta:
		return x509.RevocationListEntry{}, refuse(Unsupported, "reason", "", "%q is not a reason for being in this revocation list", e.Reason)
	}
	return x509.RevocationListEntry{SerialNumber: serial, RevocationTime: wholeSecond(e.At), ReasonCode: code}, nil
}

func (l CRL) extensions() ([]pkix.Extension, error) {
	switch {
	case l.Base > 0:
		value, err := asn1.Marshal(l.Base)
		return []pkix.Extension{{Id: oidDeltaIndicator, Critical: true, Value: value}}, err
	case l.FreshestURL != "":
		value, err := asn1.Marshal([]distributionPoint{pointOf(l.FreshestURL)})
		return []pkix.Extension{{Id: oidFreshestCRL, Value: value}}, err
	}
	return nil, nil
}

// distributionPoint is that of RFC 5280, section 4.2.1.13.
type distributionPoint struct {
	Name distributionPointName `asn1:"optional,tag:0"`
}

type distributionPointName struct {
	FullName []asn1.RawValue `asn1:"optional,tag:0"`
}

func pointOf(url string) distributionPoint {
	name := asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 6, Bytes: []byte(url)} // uniformResourceIdentifier
	return distributionPoint{distributionPointName{[]asn1.RawValue{name}}}
}

// EncodeCRLs returns lists, given as DER, as PEM, one block after the other.
func EncodeCRLs(ders ...[]byte) []byte {
	var out bytes.Buffer
	for _, der := range ders {
		_ = pem.Encode(&out, &pem.Block{Type: crlBlock, Bytes: der}) // as in EncodeCertificates
	}
	return out.Bytes()
}
