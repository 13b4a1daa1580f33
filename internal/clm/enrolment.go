package clm

import "time"

// EnrolmentToken lets the agent of one device or internet gateway enrol, once. Of its
// secret only the hash is kept.
type EnrolmentToken struct {
	ID        string    `json:"id"`
	Noun      Noun      `json:"noun"`       // device or internet gateway
	SubjectID string    `json:"subject_id"` // of that
	Hash      string    `json:"hash"`       // SHA-256 of the secret, lower-case hex
	CreatedAt time.Time `json:"created_at"`
	ExpiresAt time.Time `json:"expires_at"`
	// UsedBy is the public key that enrolled by it. The same key may do so again, so that
	// an agent that died before it had its certificate goes on.
	UsedBy   string     `json:"used_by,omitempty"`
	UsedAt   *time.Time `json:"used_at,omitempty"`
	Revision int64      `json:"-"`
}

// LongestEnrolment is how long an enrolment token may last.
const LongestEnrolment = 31 * 24 * time.Hour

// Check says whether the token is well formed.
func (t EnrolmentToken) Check() error {
	if life := t.ExpiresAt.Sub(t.CreatedAt); life <= 0 || life > LongestEnrolment {
		return Invalid("expires_seconds", "an enrolment token lasts for more than nothing and at most 31 days")
	}
	return nil
}

// Refusal says why a public key may not enrol by the token at now; nil when it may.
func (t EnrolmentToken) Refusal(publicKey string, now time.Time) error {
	const hint = "make another one with the ephemeral resource clm_enrolment_token or the command enrolment-token create"
	switch {
	case !now.Before(t.ExpiresAt):
		return Errorf(KindDenied, "the enrolment token expired at %s", t.ExpiresAt.UTC().Format(time.RFC3339)).WithHint(hint)
	case t.UsedBy != "" && t.UsedBy != publicKey:
		return Errorf(KindDenied, "the enrolment token was used at %s", t.UsedAt.UTC().Format(time.RFC3339)).WithHint(hint)
	}
	return nil
}
