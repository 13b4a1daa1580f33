package api

import "time"

// RootCertificate is a named trust anchor. Its certificate is the one its owner
// asks for: while it is being replaced the new one.
type RootCertificate struct {
	ID                  string             `json:"id" doc:"stable id of the slot"`
	Name                string             `json:"name" doc:"unique name"`
	State               string             `json:"state" doc:"active, distributing, activating, retiring or rolling_back"`
	CertificatePEM      string             `json:"certificate_pem" doc:"the certificate asked for"`
	CertificateChainPEM string             `json:"certificate_chain_pem" doc:"the CA certificates above it, nearest first; empty for a self-signed root"`
	SerialNumber        string             `json:"serial_number" doc:"lower-case hex"`
	FingerprintSHA256   string             `json:"fingerprint_sha256" doc:"lower-case hex SHA-256 of the certificate"`
	ValidityStartTime   time.Time          `json:"validity_start_time" doc:"notBefore, RFC 3339 UTC"`
	ValidityEndTime     time.Time          `json:"validity_end_time" doc:"notAfter, RFC 3339 UTC"`
	KeyAlgorithm        string             `json:"key_algorithm" doc:"RSA, ECDSA or ED25519"`
	CanSign             bool               `json:"can_sign" doc:"whether the private key that signs now is held here"`
	InUsePEM            string             `json:"in_use_certificate_pem" doc:"the certificate that signs now"`
	InUseFingerprint    string             `json:"in_use_fingerprint_sha256" doc:"its fingerprint"`
	Policy              *ReplacementPolicy `json:"replacement_policy,omitempty" doc:"absent: the default"`
	Replacement         *Replacement       `json:"replacement,omitempty" doc:"the open replacement, or the one declined last"`
	DeletionProtection  bool               `json:"deletion_protection" doc:"whether deleting it is refused"`
	Source              RootSource         `json:"source" doc:"where the certificate came from"`
	CreatedAt           time.Time          `json:"created_at"`
	UpdatedAt           time.Time          `json:"updated_at"`
}

// RootSource records where a root certificate came from.
type RootSource struct {
	Kind              string      `json:"kind" enum:"pfx_file,pfx_base64,pem,self_signed" doc:"how it was given"`
	PFXFile           string      `json:"pfx_file,omitempty" doc:"path as it was given; the content is not kept"`
	PFXFileSHA256     string      `json:"pfx_file_sha256,omitempty" doc:"lower-case hex SHA-256 of the file"`
	PFXVersion        int64       `json:"pfx_version,omitempty" doc:"the caller's version of the PFX"`
	PasswordVersion   int64       `json:"password_version,omitempty" doc:"the caller's version of the password"`
	PrivateKeyVersion int64       `json:"private_key_version,omitempty" doc:"the caller's version of the private key"`
	SelfSigned        *SelfSigned `json:"self_signed,omitempty" doc:"the recipe, when it is made here"`
}

// SelfSigned is the recipe of a root certificate made here.
type SelfSigned struct {
	Subject             Subject `json:"subject"`
	KeyAlgorithm        string  `json:"key_algorithm,omitempty" doc:"RSA, ECDSA or ED25519; default ECDSA"`
	RSABits             int     `json:"rsa_bits,omitempty" doc:"bits of an RSA key"`
	ECDSACurve          string  `json:"ecdsa_curve,omitempty" doc:"P256, P384 or P521"`
	ValidityPeriodHours int64   `json:"validity_period_hours" doc:"hours from now until it expires"`
	MaxPathLength       *int64  `json:"max_path_length,omitempty" doc:"how many CAs may follow below it"`
}

// WriteRootCertificate asks for a new slot with a certificate in it, or changes
// one. The material given is what source.kind says; a change without any keeps the
// certificate, and one with another certificate stages its replacement.
type WriteRootCertificate struct {
	Name               string             `json:"name"`
	DeletionProtection bool               `json:"deletion_protection,omitempty"`
	Source             RootSource         `json:"source"`
	PFX                []byte             `json:"pfx,omitempty" doc:"PKCS#12, base64"`
	PFXPassword        string             `json:"pfx_password,omitempty"`
	CertificatePEM     string             `json:"certificate_pem,omitempty"`
	PrivateKeyPEM      string             `json:"private_key_pem,omitempty"`
	Policy             *ReplacementPolicy `json:"replacement_policy,omitempty" doc:"absent: the default"`
}

// Subject is a distinguished name (RFC 5280, 4.1.2.6).
type Subject struct {
	CommonName         string   `json:"common_name,omitempty"`
	SerialNumber       string   `json:"serial_number,omitempty"`
	Organization       []string `json:"organization,omitempty"`
	OrganizationalUnit []string `json:"organizational_unit,omitempty"`
	Country            []string `json:"country,omitempty"`
	Province           []string `json:"province,omitempty"`
	Locality           []string `json:"locality,omitempty"`
	StreetAddress      []string `json:"street_address,omitempty"`
	PostalCode         []string `json:"postal_code,omitempty"`
}
