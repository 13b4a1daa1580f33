package clm

import "time"

// VersionState is the recorded state of one issued certificate. That it has
// expired is not recorded: it follows from the clock.
type VersionState string

const (
	// VersionIssued: signed and current. Issuing the next version supersedes it;
	// revoke ends it.
	VersionIssued VersionState = "issued"
	// VersionSuperseded: a later version is current. It stays valid until it
	// expires; revoke ends it.
	VersionSuperseded VersionState = "superseded"
	// VersionRevoked: withdrawn, for good.
	VersionRevoked VersionState = "revoked"
)

var versionTable = table[VersionState]{
	"issue":     {from: []VersionState{""}, to: VersionIssued},
	"supersede": {from: []VersionState{VersionIssued}, to: VersionSuperseded},
	"revoke":    {from: []VersionState{VersionIssued, VersionSuperseded}, to: VersionRevoked},
}

// Version is one certificate of a lineage.
type Version struct {
	CertificateID     string           `json:"certificate_id"`
	Number            int64            `json:"number"`
	State             VersionState     `json:"state"`
	Operation         Operation        `json:"operation"`   // what brought it about
	Identity          Identity         `json:"identity"`    // what it was issued under
	Certificate       []byte           `json:"certificate"` // DER
	Chain             [][]byte         `json:"chain"`       // DER, the issuer or its cross-certificate first
	IssuerFingerprint string           `json:"issuer_fingerprint_sha256,omitempty"`
	FingerprintSHA256 string           `json:"fingerprint_sha256"`
	SerialNumber      string           `json:"serial_number"`
	NotBefore         time.Time        `json:"not_before"`
	NotAfter          time.Time        `json:"not_after"`
	KeyID             string           `json:"key_id,omitempty"`
	Request           RequestSource    `json:"request,omitempty"`
	RevokedAt         *time.Time       `json:"revoked_at,omitempty"`
	RevocationReason  RevocationReason `json:"revocation_reason,omitempty"`
	CreatedAt         time.Time        `json:"created_at"`
	Revision          int64            `json:"-"`
}

// Apply moves the version on; the error names the legal predecessors.
func (v *Version) Apply(verb, name string) error {
	next, err := versionTable.next(NounCertificate, name, verb, v.State)
	if err != nil {
		return err
	}
	v.State = next
	return nil
}

// IssuedBy is the fingerprint of the certificate whose key signed the version.
func (v Version) IssuedBy() string {
	if v.IssuerFingerprint == "" && len(v.Chain) > 0 {
		return FingerprintOf(v.Chain[0]) // recorded before replacements were: the issuer comes first
	}
	return v.IssuerFingerprint
}

// Revoke ends the version at now.
func (v *Version) Revoke(name string, reason RevocationReason, now time.Time) error {
	if err := v.Apply("revoke", name); err != nil {
		return err
	}
	v.RevokedAt, v.RevocationReason = &now, reason.OrDefault()
	return nil
}

// Status is the state as the world sees it at now.
func (v Version) Status(now time.Time) CertificateStatus {
	switch {
	case v.State == VersionRevoked:
		return StatusRevoked
	case !now.Before(v.NotAfter):
		return StatusExpired
	case v.State == VersionSuperseded:
		return StatusSuperseded
	default:
		return StatusIssued
	}
}

// Usable tells whether anybody would still accept the version.
func (v Version) Usable(now time.Time) bool {
	status := v.Status(now)
	return status != StatusRevoked && status != StatusExpired
}

// CertificateStatus is a version's state with the clock taken into account.
type CertificateStatus string

// The statuses of a certificate.
const (
	StatusIssued     CertificateStatus = "issued"
	StatusSuperseded CertificateStatus = "superseded"
	StatusExpired    CertificateStatus = "expired"
	StatusRevoked    CertificateStatus = "revoked"
)

// RevocationReason is a CRLReason of RFC 5280, 5.3.1, by its name.
type RevocationReason string

// revocationReasons are the reasons a leaf certificate may be revoked for.
var revocationReasons = []RevocationReason{
	"unspecified", "key_compromise", "ca_compromise", "affiliation_changed",
	"superseded", "cessation_of_operation", "privilege_withdrawn", "aa_compromise",
}

// Check refuses a reason RFC 5280 does not know; "" stands for unspecified.
func (r RevocationReason) Check() error {
	for _, known := range revocationReasons {
		if r == known || r == "" {
			return nil
		}
	}
	return Invalid("revocation_reason", "%q is not a revocation reason", string(r)).
		WithHint("use unspecified, key_compromise, ca_compromise, affiliation_changed, superseded, cessation_of_operation, privilege_withdrawn or aa_compromise")
}

// OrDefault is the reason, unspecified when none is given.
func (r RevocationReason) OrDefault() RevocationReason {
	if r == "" {
		return "unspecified"
	}
	return r
}
