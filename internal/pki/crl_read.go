package pki

import (
	"crypto/x509"
	"encoding/asn1"
	"encoding/hex"
	"math/big"
)

// reasonRemove is the one reason that takes a certificate off a list.
const reasonRemove = "remove_from_crl"

// reasons are the names of the codes in RFC 5280, section 5.3.1; code 7 is not used.
var reasons = []string{
	"unspecified", "key_compromise", "ca_compromise", "affiliation_changed", "superseded", "cessation_of_operation",
	"certificate_hold", "", reasonRemove, "privilege_withdrawn", "aa_compromise",
}

// reasonCode is -1 for what is no reason.
func reasonCode(name string) int {
	for code, known := range reasons {
		if name == known && name != "" {
			return code
		}
	}
	return -1
}

// reasonName is unspecified for codes that mean nothing.
func reasonName(code int) string {
	if code < 0 || code >= len(reasons) || reasons[code] == "" {
		return reasons[0]
	}
	return reasons[code]
}

// ParseCRL reads a list from DER and verifies that issuer signed it.
func ParseCRL(der []byte, issuer *x509.Certificate) (CRL, error) {
	parsed, err := x509.ParseRevocationList(der)
	if err != nil {
		return CRL{}, refuse(Malformed, "", "", "this is no revocation list: %w", err)
	}
	signer, err := withKeyID(issuer)
	if err != nil {
		return CRL{}, err
	}
	if err := parsed.CheckSignatureFrom(signer); err != nil {
		return CRL{}, refuse(Untrusted, "", "", "the revocation list is not signed by %s: %w", nameOf(issuer), err)
	}
	return listOf(parsed)
}

// ReadCRL reads a list from DER and verifies nothing: for lists that were made here.
func ReadCRL(der []byte) (CRL, error) {
	parsed, err := x509.ParseRevocationList(der)
	if err != nil {
		return CRL{}, refuse(Malformed, "", "", "this is no revocation list: %w", err)
	}
	return listOf(parsed)
}

func listOf(parsed *x509.RevocationList) (CRL, error) {
	base, err := baseOf(parsed)
	if err != nil || parsed.Number == nil || !parsed.Number.IsInt64() {
		return CRL{}, refuse(Malformed, "", "", "the revocation list has no number that can be counted with")
	}
	list := CRL{Number: parsed.Number.Int64(), Base: base, ThisUpdate: parsed.ThisUpdate, NextUpdate: parsed.NextUpdate}
	for _, entry := range parsed.RevokedCertificateEntries {
		list.Entries = append(list.Entries, CRLEntry{serialOf(entry.SerialNumber), entry.RevocationTime, reasonName(entry.ReasonCode)})
	}
	return list, nil
}

func baseOf(parsed *x509.RevocationList) (base int64, err error) {
	for _, extension := range parsed.Extensions {
		if extension.Id.Equal(oidDeltaIndicator) {
			_, err = asn1.Unmarshal(extension.Value, &base)
		}
	}
	return base, err
}

// serialOf is lower-case hex of even length; "" for a number no certificate has.
func serialOf(number *big.Int) string {
	switch number.Sign() {
	case -1:
		return ""
	case 0:
		return "00"
	}
	return hex.EncodeToString(number.Bytes())
}
