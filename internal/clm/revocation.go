package clm

import "time"

// Revocation is what revocation lists say of one certificate. It is kept for as
// long as a list may have to say it, also when the certificate is forgotten.
type Revocation struct {
	SerialNumber string
	RevokedAt    time.Time
	Reason       RevocationReason
	NotAfter     time.Time // of the certificate
}

// Revoke ends the version at now. One that was on hold has not been accepted by
// anybody since then, and keeps that time.
func (v *Version) Revoke(name string, reason RevocationReason, now time.Time) error {
	since := &now
	if v.State == VersionOnHold {
		since = v.RevokedAt
	}
	if err := v.Apply("revoke", name); err != nil {
		return err
	}
	v.RevokedAt, v.RevocationReason = since, reason.OrDefault()
	return nil
}

// Hold withdraws the version from now until it is released or revoked.
func (v *Version) Hold(name string, now time.Time) error {
	if err := v.Apply("hold", name); err != nil {
		return err
	}
	v.RevokedAt, v.RevocationReason = &now, ReasonHold
	return nil
}

// Release brings a version back that is on hold.
func (v *Version) Release(name string) error {
	if err := v.Apply("release", name); err != nil {
		return err
	}
	v.RevokedAt, v.RevocationReason = nil, ""
	return nil
}

// Revocation is what lists say of the version, nil when it is not withdrawn.
func (v Version) Revocation() *Revocation {
	if !v.Withdrawn() || v.RevokedAt == nil {
		return nil
	}
	return &Revocation{SerialNumber: v.SerialNumber, RevokedAt: *v.RevokedAt, Reason: v.RevocationReason.OrDefault(), NotAfter: v.NotAfter}
}

// RevocationReason is a CRLReason of RFC 5280, 5.3.1, by its name.
type RevocationReason string

const (
	// ReasonHold is the reason of a certificate that is on hold.
	ReasonHold RevocationReason = "certificate_hold"
	// ReasonRemove is, in a delta, the reason of one that was on the list before.
	ReasonRemove RevocationReason = "remove_from_crl"
)

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
