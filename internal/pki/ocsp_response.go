package pki

import (
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"time"
)

// OCSPStatus is what is known of a certificate.
type OCSPStatus string

// The statuses of RFC 6960, section 2.2.
const (
	OCSPGood    OCSPStatus = "good"
	OCSPRevoked OCSPStatus = "revoked"
	OCSPUnknown OCSPStatus = "unknown"
)

// OCSPFailure is an answer that is no status (RFC 6960, section 4.2.1). It is not signed.
type OCSPFailure int

// The failures that are answered here.
const (
	OCSPMalformedRequest OCSPFailure = 1
	OCSPInternalError    OCSPFailure = 2
	OCSPTryLater         OCSPFailure = 3
	OCSPUnauthorized     OCSPFailure = 6
)

// DER encodes the failure as a response.
func (f OCSPFailure) DER() []byte { return []byte{0x30, 0x03, 0x0a, 0x01, byte(f)} }

// OCSPResponse answers a request.
type OCSPResponse struct {
	Answers                []OCSPAnswer
	ThisUpdate, NextUpdate time.Time // fractions of a second are dropped
	Nonce                  []byte    // the request's, nil when it has none
}

// OCSPAnswer is the status of one certificate.
type OCSPAnswer struct {
	CertID    OCSPCertID
	Status    OCSPStatus
	RevokedAt time.Time
	Reason    string // of RFC 5280, section 5.3.1, in lower_snake_case
}

type ocspResponseData struct {
	ResponderKey []byte    `asn1:"explicit,tag:2"`
	ProducedAt   time.Time `asn1:"generalized"`
	Answers      []ocspSingleResponse
	Extensions   []pkix.Extension `asn1:"explicit,tag:1,optional,omitempty"`
}

type ocspSingleResponse struct {
	CertID     asn1.RawValue
	Status     asn1.RawValue
	ThisUpdate time.Time `asn1:"generalized"`
	NextUpdate time.Time `asn1:"generalized,explicit,tag:0"`
}

type ocspRevokedInfo struct {
	At     time.Time       `asn1:"generalized"`
	Reason asn1.Enumerated `asn1:"explicit,tag:0,optional"`
}

type ocspBasicResponse struct {
	Data         asn1.RawValue
	Algorithm    pkix.AlgorithmIdentifier
	Signature    asn1.BitString
	Certificates []asn1.RawValue `asn1:"explicit,tag:0"`
}

type ocspWholeResponse struct {
	Status asn1.Enumerated
	Bytes  ocspResponseBytes `asn1:"explicit,tag:0"`
}

type ocspResponseBytes struct {
	Type     asn1.ObjectIdentifier
	Response []byte
}

// CreateOCSPResponse signs a response with a delegated responder's key, as CreateOCSPResponder certifies it.
func CreateOCSPResponse(response OCSPResponse, responder *x509.Certificate, key crypto.Signer) ([]byte, error) {
	if err := checkResponder(responder, key); err != nil {
		return nil, err
	}
	data, err := response.data(responder)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(data)
	signature, err := key.Sign(rand.Reader, sum[:], crypto.SHA256)
	if err != nil {
		return nil, refuse(Unsupported, "", "", "the OCSP response cannot be signed: %w", err)
	}
	basic, err := asn1.Marshal(ocspBasicResponse{
		Data: asn1.RawValue{FullBytes: data}, Algorithm: pkix.AlgorithmIdentifier{Algorithm: oidECDSAWithSHA256},
		Signature:    asn1.BitString{Bytes: signature, BitLength: 8 * len(signature)},
		Certificates: []asn1.RawValue{{FullBytes: responder.Raw}},
	})
	if err != nil {
		return nil, err
	}
	return asn1.Marshal(ocspWholeResponse{Bytes: ocspResponseBytes{oidOCSPBasic, basic}})
}

func (r OCSPResponse) data(responder *x509.Certificate) ([]byte, error) {
	id, err := responderKeyHash(responder)
	if err != nil {
		return nil, err
	}
	data := ocspResponseData{ResponderKey: id, ProducedAt: wholeSecond(r.ThisUpdate)}
	for _, answer := range r.Answers {
		status, err := answer.status()
		if err != nil {
			return nil, err
		}
		data.Answers = append(data.Answers, ocspSingleResponse{
			asn1.RawValue{FullBytes: answer.CertID.raw.Raw}, status, wholeSecond(r.ThisUpdate), wholeSecond(r.NextUpdate),
		})
	}
	if r.Nonce != nil {
		value, err := asn1.Marshal(r.Nonce)
		if err != nil {
			return nil, err
		}
		data.Extensions = []pkix.Extension{{Id: oidOCSPNonce, Value: value}}
	}
	return asn1.Marshal(data)
}

// status is the choice of RFC 6960, section 4.2.1. A reason that says nothing is left out.
func (a OCSPAnswer) status() (status asn1.RawValue, err error) {
	switch a.Status {
	case OCSPGood:
		status.FullBytes = []byte{0x80, 0}
	case OCSPUnknown:
		status.FullBytes = []byte{0x82, 0}
	case OCSPRevoked:
		info := ocspRevokedInfo{At: wholeSecond(a.RevokedAt), Reason: asn1.Enumerated(max(0, reasonCode(a.Reason)))}
		status.FullBytes, err = asn1.MarshalWithParams(info, "tag:1")
	default:
		err = refuse(Unsupported, "", "", "%q is no status of a certificate", a.Status)
	}
	return status, err
}
