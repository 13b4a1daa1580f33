package api

import "time"

// CertificateSpec is what the owner wants of a certificate lineage.
type CertificateSpec struct {
	Name                string   `json:"name"`
	IssuerID            string   `json:"issuer_id" doc:"id of the root certificate that signs"`
	Subject             Subject  `json:"subject"`
	DNSNames            []string `json:"dns_names,omitempty"`
	IPAddresses         []string `json:"ip_addresses,omitempty"`
	EmailAddresses      []string `json:"email_addresses,omitempty"`
	URIs                []string `json:"uris,omitempty"`
	KeyAlgorithm        string   `json:"key_algorithm,omitempty" doc:"RSA, ECDSA or ED25519; default ECDSA"`
	RSABits             int      `json:"rsa_bits,omitempty"`
	ECDSACurve          string   `json:"ecdsa_curve,omitempty"`
	ExtKeyUsages        []string `json:"ext_key_usages,omitempty" doc:"default server_auth and client_auth"`
	ValidityPeriodHours int64    `json:"validity_period_hours"`
	EarlyRenewalHours   int64    `json:"early_renewal_hours,omitempty" doc:"how many hours before the end it is renewed"`
	EarlyRenewalPercent int64    `json:"early_renewal_percent,omitempty" doc:"the same as a share of the validity"`
	RenewalTrigger      string   `json:"renewal_trigger,omitempty" doc:"a change of it renews"`
	RegenerationTrigger string   `json:"regeneration_trigger,omitempty" doc:"a change of it makes a new key"`
	RevokeOnDestroy     bool     `json:"revoke_on_destroy,omitempty"`
	RevocationReason    string   `json:"revocation_reason,omitempty" doc:"a reason of RFC 5280, 5.3.1, in lower_snake_case"`
}

// Certificate is a lineage with its current version.
type Certificate struct {
	ID                  string          `json:"id" doc:"stable over renewals"`
	Spec                CertificateSpec `json:"spec"`
	Status              string          `json:"status" doc:"issued, on_hold, expired or revoked"`
	StatusColor         string          `json:"status_color" doc:"the status as a colour"`
	Version             int64           `json:"version" doc:"number of the current version, from 1"`
	CertificatePEM      string          `json:"certificate_pem"`
	CertificateChainPEM string          `json:"certificate_chain_pem" doc:"the issuer and what is above it, nearest first"`
	SerialNumber        string          `json:"serial_number"`
	FingerprintSHA256   string          `json:"fingerprint_sha256"`
	ValidityStartTime   time.Time       `json:"validity_start_time"`
	ValidityEndTime     time.Time       `json:"validity_end_time"`
	RenewalTime         time.Time       `json:"renewal_time" doc:"when it becomes ready for renewal"`
	ReadyForRenewal     bool            `json:"ready_for_renewal"`
	RevokedAt           *time.Time      `json:"revoked_at,omitempty"`
	RevokedReason       string          `json:"revoked_reason,omitempty"`
	Due                 Due             `json:"due" doc:"what the next write would do"`
	CreatedAt           time.Time       `json:"created_at"`
	UpdatedAt           time.Time       `json:"updated_at"`
}

// Due is what should be done to a certificate next.
type Due struct {
	Operation string `json:"operation" doc:"none, enrol, renew, regenerate or re_enrol"`
	Reason    string `json:"reason,omitempty"`
}

// CertificateResult is what came of a write to a certificate.
type CertificateResult struct {
	Certificate Certificate  `json:"certificate"`
	Operation   string       `json:"operation" doc:"what was done"`
	Pushes      []PushResult `json:"pushes,omitempty" doc:"what became of pushing the new version to each connector"`
}

// PushResult is what became of one push.
type PushResult struct {
	ConnectorID string `json:"connector_id"`
	Connector   string `json:"connector"`
	Device      string `json:"device"`
	Code        Code   `json:"code,omitempty" doc:"empty when the push succeeded"`
	Detail      string `json:"detail,omitempty"`
}

// PreviewCertificate asks what a write would do, without doing it.
type PreviewCertificate struct {
	ID   string          `json:"id,omitempty" doc:"empty for a certificate yet to be created"`
	Spec CertificateSpec `json:"spec"`
}

// RevokeCertificate withdraws the current version.
type RevokeCertificate struct {
	Reason string `json:"reason,omitempty" doc:"a reason of RFC 5280, 5.3.1, in lower_snake_case; certificate_hold can be taken back"`
}

// PrivateKey is an exported key. The export leaves an audit row.
type PrivateKey struct {
	PrivateKeyPEM string `json:"private_key_pem" doc:"PKCS#8"`
}
