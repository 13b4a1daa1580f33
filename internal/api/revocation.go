package api

import "time"

// RevocationList is what is revoked of what a root certificate has issued.
type RevocationList struct {
	IssuerID            string               `json:"issuer_id" doc:"id of the root certificate"`
	CAFingerprintSHA256 string               `json:"ca_fingerprint_sha256" doc:"of the CA certificate whose key signed, lower-case hex"`
	Number              int64                `json:"number" doc:"rises with each list, also after an older backup was restored"`
	ThisUpdate          time.Time            `json:"this_update" doc:"from when the list is good"`
	NextUpdate          time.Time            `json:"next_update" doc:"until when; another is signed long before"`
	CRLPEM              string               `json:"crl_pem" doc:"the complete list; while the root is being replaced those of both certificates, the one that signs first"`
	DeltaCRLPEM         string               `json:"delta_crl_pem,omitempty" doc:"the delta to the list that was signed last on schedule"`
	Revoked             []RevokedCertificate `json:"revoked" doc:"by serial number"`
}

// RevokedCertificate is one certificate on a list.
type RevokedCertificate struct {
	SerialNumber string    `json:"serial_number" doc:"lower-case hex"`
	RevokedAt    time.Time `json:"revoked_at"`
	Reason       string    `json:"reason" doc:"a reason of RFC 5280, 5.3.1, in lower_snake_case"`
}

// The content types of a revocation list that a client may accept in place of JSON.
const (
	TypeCRL    = "application/pkix-crl" // DER, RFC 2585
	TypeCRLPEM = "application/x-pem-file"
	TypeCert   = "application/pkix-cert" // DER, RFC 2585
)
