package clm

import "time"

// VersionState is the recorded state of one issued certificate. That it has
// expired is not recorded: it follows from the clock.
//
// A version is issued, and superseded once the next one is. Either may be revoked,
// for good. The one that is issued may also be put on hold: that is a revocation
// for as long as it lasts, with the reason certificate_hold, and the world is told
// the same of it. Release makes it what it was before, revoke ends it; nothing else
// moves it, so what is held is neither renewed nor pushed meanwhile.
type VersionState string

const (
	// VersionIssued: signed and current. Issuing the next version supersedes it;
	// hold withdraws it for a while, revoke ends it.
	VersionIssued VersionState = "issued"
	// VersionSuperseded: a later version is current. It stays valid until it
	// expires; revoke ends it.
	VersionSuperseded VersionState = "superseded"
	// VersionOnHold: withdrawn for now. Release brings it back, revoke ends it.
	VersionOnHold VersionState = "on_hold"
	// VersionRevoked: withdrawn, for good.
	VersionRevoked VersionState = "revoked"
)

var versionTable = table[VersionState]{
	"issue":     {from: []VersionState{""}, to: VersionIssued},
	"supersede": {from: []VersionState{VersionIssued}, to: VersionSuperseded},
	"hold":      {from: []VersionState{VersionIssued}, to: VersionOnHold},
	"release":   {from: []VersionState{VersionOnHold}, to: VersionIssued},
	"revoke":    {from: []VersionState{VersionIssued, VersionSuperseded, VersionOnHold}, to: VersionRevoked},
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

// Status is the state as the world sees it at now.
func (v Version) Status(now time.Time) CertificateStatus {
	switch {
	case v.State == VersionRevoked:
		return StatusRevoked
	case !now.Before(v.NotAfter):
		return StatusExpired
	case v.State == VersionOnHold:
		return StatusOnHold
	case v.State == VersionSuperseded:
		return StatusSuperseded
	default:
		return StatusIssued
	}
}

// Usable tells whether anybody would still accept the version.
func (v Version) Usable(now time.Time) bool {
	status := v.Status(now)
	return status != StatusRevoked && status != StatusOnHold && status != StatusExpired
}

// Withdrawn tells whether the world is told not to accept the version.
func (v Version) Withdrawn() bool { return v.State == VersionRevoked || v.State == VersionOnHold }

// CertificateStatus is a version's state with the clock taken into account.
type CertificateStatus string

// The statuses of a certificate.
const (
	StatusIssued     CertificateStatus = "issued"
	StatusSuperseded CertificateStatus = "superseded"
	StatusExpired    CertificateStatus = "expired"
	StatusOnHold     CertificateStatus = "on_hold"
	StatusRevoked    CertificateStatus = "revoked"
)
