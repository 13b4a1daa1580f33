package pki

import (
	"crypto/sha1"
	"crypto/x509"
	"encoding/hex"
	"time"
)

// Info is what a certificate says, in plain values. Hex is lower case without separators; names of usages are snake_case;
// times are UTC.
type Info struct {
	Version              int
	SerialNumber         string
	SubjectDN            string // RFC 2253
	IssuerDN             string // RFC 2253
	Subject              Subject
	Issuer               Subject
	FingerprintSHA256    string
	FingerprintSHA1      string
	PublicKeyFingerprint string // SHA-256 over the SubjectPublicKeyInfo
	ValidityStartTime    time.Time
	ValidityEndTime      time.Time

	KeyAlgorithm       string // RSA, ECDSA, ED25519; the standard library's name for others; "" if unknown
	RSABits            int    // 0 unless RSA
	Curve              string // "" unless ECDSA
	SignatureAlgorithm string // such as SHA256-RSA or ECDSA-SHA256

	IsCA          bool
	MaxPathLength *int // nil if not limited
	SelfSigned    bool
	KeyUsages     []string
	ExtKeyUsages  []string // dotted object identifiers where there is no name
	Names         Names

	SubjectKeyID           string
	AuthorityKeyID         string
	CRLDistributionPoints  []string
	OCSPServers            []string
	IssuingCertificateURLs []string
}

// Describe returns what cert says.
func Describe(cert *x509.Certificate) Info {
	sha1Sum := sha1.Sum(cert.Raw) // a name people compare, not a proof
	info := Info{
		Version:                cert.Version,
		SerialNumber:           SerialNumber(cert),
		SubjectDN:              cert.Subject.String(),
		IssuerDN:               cert.Issuer.String(),
		Subject:                SubjectOf(cert.Subject),
		Issuer:                 SubjectOf(cert.Issuer),
		FingerprintSHA256:      Fingerprint(cert.Raw),
		FingerprintSHA1:        hex.EncodeToString(sha1Sum[:]),
		PublicKeyFingerprint:   Fingerprint(cert.RawSubjectPublicKeyInfo),
		ValidityStartTime:      cert.NotBefore.UTC(),
		ValidityEndTime:        cert.NotAfter.UTC(),
		SignatureAlgorithm:     cert.SignatureAlgorithm.String(),
		IsCA:                   cert.BasicConstraintsValid && cert.IsCA,
		MaxPathLength:          maxPathLength(cert),
		SelfSigned:             isSelfSigned(cert),
		KeyUsages:              keyUsageNames(cert.KeyUsage),
		ExtKeyUsages:           extKeyUsageNames(cert.ExtKeyUsage, cert.UnknownExtKeyUsage),
		Names:                  NamesOf(cert),
		SubjectKeyID:           hex.EncodeToString(cert.SubjectKeyId),
		AuthorityKeyID:         hex.EncodeToString(cert.AuthorityKeyId),
		CRLDistributionPoints:  cert.CRLDistributionPoints,
		OCSPServers:            cert.OCSPServer,
		IssuingCertificateURLs: cert.IssuingCertificateURL,
	}
	info.describeKey(cert)
	return info
}

func (i *Info) describeKey(cert *x509.Certificate) {
	spec := KeySpecOf(cert.PublicKey)
	i.KeyAlgorithm, i.RSABits, i.Curve = spec.Algorithm, spec.RSABits, spec.Curve
	if i.KeyAlgorithm == "" && cert.PublicKeyAlgorithm != x509.UnknownPublicKeyAlgorithm {
		i.KeyAlgorithm = cert.PublicKeyAlgorithm.String()
	}
}

// maxPathLength undoes the standard library's encoding of "not set" as -1, or as 0 without the flag.
func maxPathLength(cert *x509.Certificate) *int {
	if !cert.IsCA || cert.MaxPathLen < 0 || cert.MaxPathLen == 0 && !cert.MaxPathLenZero {
		return nil
	}
	length := cert.MaxPathLen
	return &length
}
