package clm

import "time"

// Certificate is a named lineage of leaf certificates: every enrolment, renewal
// or regeneration adds a version, and the newest that was issued is current.
type Certificate struct {
	ID        string          `json:"id"`
	Name      string          `json:"name"`
	Spec      CertificateSpec `json:"spec"`
	Current   int64           `json:"current"`          // number of the current version, 0 before the first
	Served    []Serving       `json:"served,omitempty"` // by servers of the estate themselves
	CreatedAt time.Time       `json:"created_at"`
	UpdatedAt time.Time       `json:"updated_at"`
	Revision  int64           `json:"-"`
}

// CertificateSpec is what the owner wants of a lineage.
type CertificateSpec struct {
	Identity
	ValidityPeriodHours int64            `json:"validity_period_hours"`
	EarlyRenewalHours   int64            `json:"early_renewal_hours,omitempty"`
	EarlyRenewalPercent int64            `json:"early_renewal_percent,omitempty"` // of the validity; instead of hours
	RevokeOnDestroy     bool             `json:"revoke_on_destroy,omitempty"`
	RevocationReason    RevocationReason `json:"revocation_reason,omitempty"`
}

// Identity is the part of a spec that a version is issued under: when it
// differs from the current version's, a new version is due.
type Identity struct {
	IssuerID            string   `json:"issuer_id"`
	Subject             Subject  `json:"subject"`
	Names               Names    `json:"names"`
	Key                 KeySpec  `json:"key"`
	ExtKeyUsages        []string `json:"ext_key_usages,omitempty"`
	RenewalTrigger      string   `json:"renewal_trigger,omitempty"`
	RegenerationTrigger string   `json:"regeneration_trigger,omitempty"`
}

// MaxValidityHours is the longest validity that can be counted with: 100 years.
const MaxValidityHours = 100 * 366 * 24

// Check refuses a spec whose parts contradict each other. Names, subject and
// key are package pki's to check.
func (s CertificateSpec) Check() error {
	switch {
	case s.ValidityPeriodHours <= 0:
		return Invalid("validity_period_hours", "a validity of %d hours is not positive", s.ValidityPeriodHours)
	case s.ValidityPeriodHours > MaxValidityHours:
		return Invalid("validity_period_hours", "a validity of %d hours is longer than %d hours", s.ValidityPeriodHours, MaxValidityHours)
	case s.EarlyRenewalHours < 0:
		return Invalid("early_renewal_hours", "an early renewal of %d hours is negative", s.EarlyRenewalHours)
	case s.EarlyRenewalHours >= s.ValidityPeriodHours:
		return Invalid("early_renewal_hours", "renewing %d hours early is not shorter than the validity of %d hours",
			s.EarlyRenewalHours, s.ValidityPeriodHours).
			WithHint("every certificate would be due for renewal the moment it is issued; shorten early_renewal_hours")
	case s.EarlyRenewalPercent < 0 || s.EarlyRenewalPercent > 99:
		return Invalid("early_renewal_percent", "%d is not a percentage from 0 to 99", s.EarlyRenewalPercent)
	case s.EarlyRenewalPercent > 0 && s.EarlyRenewalHours > 0:
		return Invalid("early_renewal_percent", "both early_renewal_hours and early_renewal_percent are set").WithHint("set one of them")
	case s.EarlyRenewalPercent > 0 && s.ValidityPeriodHours*60*(100-s.EarlyRenewalPercent) < 200:
		return Invalid("early_renewal_percent", "renewing %d%% of %d hours early leaves less than two minutes between renewals",
			s.EarlyRenewalPercent, s.ValidityPeriodHours).WithHint("lower early_renewal_percent or lengthen the validity")
	}
	return s.RevocationReason.Check()
}

// RenewalTime is when a version valid for that period becomes due.
func (s CertificateSpec) RenewalTime(notBefore, notAfter time.Time) time.Time {
	early := time.Duration(s.EarlyRenewalHours) * time.Hour
	if s.EarlyRenewalPercent > 0 {
		early = notAfter.Sub(notBefore) / 100 * time.Duration(s.EarlyRenewalPercent)
	}
	return notAfter.Add(-early)
}

// Untouched tells whether its owner never changed it since it was made.
func (c Certificate) Untouched() bool { return c.UpdatedAt.Equal(c.CreatedAt) }
