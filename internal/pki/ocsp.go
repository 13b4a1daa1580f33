package pki

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
)

// The object identifiers of RFC 6960, section 4.
var (
	oidOCSPBasic   = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 1}
	oidOCSPNonce   = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 2}
	oidOCSPNoCheck = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 5}
)

// certIDHashes are the hashes a request may name an issuer by. SHA-1 is no signature here: it only finds the issuer.
var certIDHashes = map[string]crypto.Hash{
	"1.3.14.3.2.26":          crypto.SHA1,
	"2.16.840.1.101.3.4.2.1": crypto.SHA256,
	"2.16.840.1.101.3.4.2.2": crypto.SHA384,
	"2.16.840.1.101.3.4.2.3": crypto.SHA512,
}

const (
	maxOCSPCertificates = 100
	maxOCSPNonce        = 128 // RFC 9654, section 2.1
)

// OCSPRequest asks for the status of certificates (RFC 6960, section 4.1).
type OCSPRequest struct {
	Certificates []OCSPCertID
	Nonce        []byte // nil when there is none
}

// OCSPCertID names one certificate.
type OCSPCertID struct {
	SerialNumber string // lower-case hex; "" for a number no certificate has
	raw          ocspCertID
}

type ocspCertID struct {
	Raw           asn1.RawContent
	HashAlgorithm pkix.AlgorithmIdentifier
	NameHash      []byte
	KeyHash       []byte
	SerialNumber  *big.Int
}

type ocspRequest struct {
	TBS       ocspTBSRequest
	Signature asn1.RawValue `asn1:"explicit,tag:0,optional"`
}

type ocspTBSRequest struct {
	Version    int           `asn1:"explicit,tag:0,default:0,optional"`
	Requestor  asn1.RawValue `asn1:"explicit,tag:1,optional"`
	List       []ocspSingleRequest
	Extensions []pkix.Extension `asn1:"explicit,tag:2,optional"`
}

type ocspSingleRequest struct {
	CertID     ocspCertID
	Extensions []pkix.Extension `asn1:"explicit,tag:0,optional"`
}

// ParseOCSPRequest reads a request. A signature on it is allowed and not looked at, because the answer is no secret.
func ParseOCSPRequest(der []byte) (OCSPRequest, error) {
	var parsed ocspRequest
	rest, err := asn1.Unmarshal(der, &parsed)
	switch {
	case err != nil:
		return OCSPRequest{}, refuse(Malformed, "", "", "this is no OCSP request: %w", err)
	case len(rest) > 0:
		return OCSPRequest{}, refuse(Malformed, "", "", "%d bytes follow the OCSP request", len(rest))
	case parsed.TBS.Version != 0:
		return OCSPRequest{}, refuse(Malformed, "", "", "version %d of OCSP is not known", parsed.TBS.Version+1)
	case len(parsed.TBS.List) == 0 || len(parsed.TBS.List) > maxOCSPCertificates:
		return OCSPRequest{}, refuse(Malformed, "", "", "an OCSP request is about 1 to %d certificates, not %d", maxOCSPCertificates, len(parsed.TBS.List))
	}
	return parsed.TBS.read()
}

func (r ocspTBSRequest) read() (out OCSPRequest, err error) {
	if out.Nonce, err = nonceOf(r.Extensions); err != nil {
		return OCSPRequest{}, err
	}
	for _, single := range r.List {
		if err := refuseCritical(single.Extensions); err != nil {
			return OCSPRequest{}, err
		}
		out.Certificates = append(out.Certificates, OCSPCertID{serialOf(single.CertID.SerialNumber), single.CertID})
	}
	return out, nil
}

// nonceOf reads the nonce. Its length is bound by RFC 9654, section 2.1.
func nonceOf(extensions []pkix.Extension) (nonce []byte, err error) {
	for _, extension := range extensions {
		if !extension.Id.Equal(oidOCSPNonce) {
			continue
		}
		rest, err := asn1.Unmarshal(extension.Value, &nonce)
		if err != nil || len(rest) > 0 || len(nonce) == 0 || len(nonce) > maxOCSPNonce {
			return nil, refuse(Malformed, "", "", "the nonce is not of 1 to %d bytes", maxOCSPNonce)
		}
	}
	return nonce, refuseCritical(extensions)
}

// refuseCritical refuses what must be understood and is not.
func refuseCritical(extensions []pkix.Extension) error {
	for _, extension := range extensions {
		if extension.Critical && !extension.Id.Equal(oidOCSPNonce) {
			return refuse(Malformed, "", "", "the critical extension %s is not known", extension.Id)
		}
	}
	return nil
}

// IsIssuedBy tells whether the request means a certificate of that issuer.
func (id OCSPCertID) IsIssuedBy(issuer *x509.Certificate) bool {
	hash, known := certIDHashes[id.raw.HashAlgorithm.Algorithm.String()]
	bits, err := publicKeyBits(issuer.PublicKey)
	return known && err == nil && bytes.Equal(id.raw.NameHash, digest(hash, issuer.RawSubject)) && bytes.Equal(id.raw.KeyHash, digest(hash, bits))
}

func digest(hash crypto.Hash, data []byte) []byte {
	h := hash.New()
	h.Write(data)
	return h.Sum(nil)
}
