package clm

import "time"

// SyncStatus says whether a device has what a connector should have put there.
type SyncStatus string

const (
	// InSync: the device answers and has the lineage's current version.
	InSync SyncStatus = "in_sync"
	// OutOfSync: it does not; one SyncReason says why.
	OutOfSync SyncStatus = "out_of_sync"
	// SyncNotObserved: the device is ignored, so nobody looks.
	SyncNotObserved SyncStatus = "not_observed"
)

// SyncReason is why a connector is out of sync.
type SyncReason string

const (
	// ReasonPreviousCertificate: an earlier version of the same lineage.
	ReasonPreviousCertificate SyncReason = "previous_certificate"
	// ReasonOtherManagedCertificate: a certificate of another lineage.
	ReasonOtherManagedCertificate SyncReason = "other_managed_certificate"
	// ReasonUnknownCertificate: something nobody here issued, or no certificate.
	ReasonUnknownCertificate SyncReason = "unknown_certificate"
	// ReasonNotFound: a file is missing.
	ReasonNotFound SyncReason = "not_found"
	// ReasonKeyMismatch: the key file is not the key of the certificate.
	ReasonKeyMismatch SyncReason = "key_mismatch"
	// ReasonKeyExposed: the key file is readable by others than its owner.
	ReasonKeyExposed SyncReason = "key_exposed"
	// ReasonIncompleteChain: the chain file is not the current chain.
	ReasonIncompleteChain SyncReason = "incomplete_chain"
	// ReasonRevoked: the current version is revoked.
	ReasonRevoked SyncReason = "revoked"
	// ReasonConnectionFailed: the device does not answer.
	ReasonConnectionFailed SyncReason = "connection_failed"
	// ReasonDeviceUnhealthy: it answers but cannot be read.
	ReasonDeviceUnhealthy SyncReason = "device_unhealthy"
	// ReasonNeverPushed: nothing was pushed yet.
	ReasonNeverPushed SyncReason = "never_pushed"
)

// Sync is the last look at a connector's place on its device.
type Sync struct {
	Status     SyncStatus `json:"status"`
	Reason     SyncReason `json:"reason,omitempty"`
	Detail     string     `json:"detail,omitempty"`
	ObservedAt time.Time  `json:"observed_at"`
}

// Out is the observation that something is wrong.
func Out(reason SyncReason, detail string, at time.Time) Sync {
	return Sync{Status: OutOfSync, Reason: reason, Detail: detail, ObservedAt: at}
}

// Holding is what was found where a connector's files should be.
type Holding struct {
	Missing          []string
	CertificateOwner CertificateOwner
	KeyMatches       bool
	KeyExposed       bool
	ChainMatches     bool
}

// CertificateOwner says whose certificate was found.
type CertificateOwner string

// The owners of a certificate found on a device.
const (
	OwnerCurrent  CertificateOwner = "current"
	OwnerPrevious CertificateOwner = "previous"
	OwnerOther    CertificateOwner = "other"
	OwnerUnknown  CertificateOwner = "unknown"
)

// reason is why a place with a certificate of that owner is out of sync.
func (o CertificateOwner) reason() SyncReason {
	switch o {
	case OwnerPrevious:
		return ReasonPreviousCertificate
	case OwnerOther:
		return ReasonOtherManagedCertificate
	}
	return ReasonUnknownCertificate
}

// JudgeServed turns what was seen at one address into a verdict on the connector.
// The owner counts where the sighting has no reason of its own.
func JudgeServed(s Sighting, owner CertificateOwner, at time.Time) Sync {
	reason := s.Reason
	switch {
	case reason != "":
	case s.Status == SyncNotObserved:
		reason = ReasonConnectionFailed
	default:
		reason = owner.reason()
	}
	return Out(reason, s.Address+": "+s.Detail, at)
}

// JudgeSync turns a holding into one verdict. The order is that of what a
// client of the device would notice first.
func JudgeSync(everPushed, revoked bool, h Holding, at time.Time) Sync {
	switch {
	case len(h.Missing) > 0 && !everPushed:
		return Out(ReasonNeverPushed, "", at)
	case len(h.Missing) > 0:
		return Out(ReasonNotFound, listed(h.Missing)+" is missing", at)
	case h.CertificateOwner != OwnerCurrent:
		return Out(h.CertificateOwner.reason(), "", at)
	case revoked:
		return Out(ReasonRevoked, "", at)
	case !h.KeyMatches:
		return Out(ReasonKeyMismatch, "", at)
	case h.KeyExposed:
		return Out(ReasonKeyExposed, "", at)
	case !h.ChainMatches:
		return Out(ReasonIncompleteChain, "", at)
	}
	return Sync{Status: InSync, ObservedAt: at}
}

// answers tells whether the device let itself be looked at.
func (s Sync) answers() bool {
	return s.Status == InSync || s.Status == OutOfSync && s.Reason != ReasonConnectionFailed && s.Reason != ReasonDeviceUnhealthy
}

// Repairable tells whether pushing again would help: the device answers, and
// what should be there is worth having.
func (s Sync) Repairable() bool {
	if s.Status != OutOfSync {
		return false
	}
	switch s.Reason {
	case ReasonConnectionFailed, ReasonDeviceUnhealthy, ReasonRevoked:
		return false
	}
	return true
}
