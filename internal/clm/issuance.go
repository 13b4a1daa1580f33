package clm

import (
	"slices"
	"time"
)

// Operation is a way to bring about the next version of a lineage (DESIGN 4.4).
type Operation string

const (
	// OperationNone: nothing is due.
	OperationNone Operation = "none"
	// OperationEnrol: the first version.
	OperationEnrol Operation = "enrol"
	// OperationRenew: same key, same subject, new validity.
	OperationRenew Operation = "renew"
	// OperationRegenerate: new key, same subject.
	OperationRegenerate Operation = "regenerate"
	// OperationReEnrol: new key, subject and policy read again.
	OperationReEnrol Operation = "re_enrol"
)

// NewKey tells whether the operation makes a new private key.
func (o Operation) NewKey() bool { return o != OperationRenew && o != OperationNone }

// Due is what should be done next, and why.
type Due struct {
	Operation Operation
	Reason    string
}

// ShouldIssue decides from the wanted spec, the current version (nil before the
// first) and the time what is due. It is a pure function of recorded facts, so
// a crash between recording a wish and issuing under it is seen and made good
// by whoever asks next.
func ShouldIssue(spec CertificateSpec, current *Version, now time.Time) Due {
	switch {
	case current == nil:
		return Due{OperationEnrol, "it has no certificate yet"}
	case current.State == VersionRevoked:
		return Due{OperationReEnrol, "its certificate was revoked (" + string(current.RevocationReason) + ")"}
	case current.State == VersionOnHold:
		return Due{Operation: OperationNone} // until it is released or revoked
	}
	if parts := spec.changedSubject(current.Identity); len(parts) > 0 {
		return Due{OperationReEnrol, listed(parts) + " changed"}
	}
	if parts := spec.changedKey(current.Identity); len(parts) > 0 {
		return Due{OperationRegenerate, listed(parts) + " changed"}
	}
	if spec.RenewalTrigger != current.Identity.RenewalTrigger {
		return Due{OperationRenew, "renewal_trigger changed"}
	}
	if ready, reason := ReadyForRenewal(spec, *current, now); ready {
		return Due{OperationRenew, reason}
	}
	return Due{Operation: OperationNone}
}

// ReadyForRenewal tells whether now lies in the version's renewal window. What is on
// hold is not renewed, however late it is.
func ReadyForRenewal(spec CertificateSpec, v Version, now time.Time) (bool, string) {
	switch {
	case v.State == VersionOnHold, now.Before(spec.RenewalTime(v.NotBefore, v.NotAfter)):
		return false, ""
	case now.Before(v.NotAfter):
		return true, "it expires " + v.NotAfter.UTC().Format(time.RFC3339) + ", within its renewal window"
	default:
		return true, "it expired " + v.NotAfter.UTC().Format(time.RFC3339)
	}
}

// RenewsItself tells whether a server renews a certificate at now without being asked:
// its owner has set when, and nothing else is due.
func RenewsItself(spec CertificateSpec, current *Version, now time.Time) bool {
	if current == nil || spec.EarlyRenewalHours == 0 && spec.EarlyRenewalPercent == 0 || ShouldIssue(spec, current, now).Operation != OperationRenew {
		return false
	}
	ready, _ := ReadyForRenewal(spec, *current, now)
	return ready
}

func (i Identity) changedSubject(o Identity) []string {
	var parts []string
	if i.IssuerID != o.IssuerID {
		parts = append(parts, "issuer_id")
	}
	if i.Subject.CommonName != o.Subject.CommonName {
		parts = append(parts, "common_name")
	}
	a, b := i.Subject, o.Subject
	a.CommonName, b.CommonName = "", ""
	if !a.Equal(b) {
		parts = append(parts, "subject")
	}
	parts = append(parts, i.Names.changed(o.Names)...)
	if !sameSet(i.ExtKeyUsages, o.ExtKeyUsages) {
		parts = append(parts, "ext_key_usages")
	}
	return slices.Clip(parts)
}

func (i Identity) changedKey(o Identity) []string {
	var parts []string
	if i.Key != o.Key {
		parts = append(parts, "the key's algorithm or size")
	}
	if i.RegenerationTrigger != o.RegenerationTrigger {
		parts = append(parts, "regeneration_trigger")
	}
	return parts
}
