package clm

import (
	"hash/fnv"
	"time"
)

// AgentFilter narrows a list of agents. Zero fields do not filter.
type AgentFilter struct {
	IssuedBy string    // fingerprint of the CA certificate of one of its certificates
	LiveAt   time.Time // neither expired nor revoked then
}

// Agent is who speaks for a device, or for an internet gateway, by a certificate whose
// key is on that machine alone. Its id is that of the device or internet gateway: there
// is one for each.
type Agent struct {
	ID      string           `json:"id"`
	Noun    Noun             `json:"noun"` // device or internet gateway
	Name    string           `json:"name"` // of that
	Current AgentCertificate `json:"current"`
	// Next was issued and not shown yet: until it is, the current one lets in.
	Next       *AgentCertificate `json:"next,omitempty"`
	EnrolledAt time.Time         `json:"enrolled_at"`
	RenewedAt  *time.Time        `json:"renewed_at,omitempty"`
	// RenewAt is when somebody wants it to renew, however young its certificate is.
	RenewAt          *time.Time       `json:"renew_at,omitempty"`
	RevokedAt        *time.Time       `json:"revoked_at,omitempty"`
	RevocationReason RevocationReason `json:"revocation_reason,omitempty"`
	LastSeen         time.Time        `json:"last_seen,omitzero"` // of an internet gateway's; a device's is in its receipt
	Inventory        Inventory        `json:"inventory"`
	Revision         int64            `json:"-"`
}

// Title sets the agent of a device apart from that of an internet gateway of the same name.
func (a Agent) Title() string { return AgentTitle(a.Noun, a.Name) }

// AgentTitle is the title of the agent of something.
func AgentTitle(noun Noun, name string) string { return string(noun) + ":" + name }

// LiveUntil is until when one of its certificates is good; zero when it is revoked.
func (a Agent) LiveUntil() (end time.Time) {
	if a.RevokedAt != nil {
		return time.Time{}
	}
	for _, c := range a.Certificates() {
		if c.NotAfter.After(end) {
			end = c.NotAfter
		}
	}
	return end
}

// AgentCertificate is what an agent shows.
type AgentCertificate struct {
	Certificate       []byte    `json:"certificate"`     // DER
	Chain             [][]byte  `json:"chain,omitempty"` // DER, nearest first
	Issuer            CA        `json:"issuer"`
	FingerprintSHA256 string    `json:"fingerprint_sha256"`
	SerialNumber      string    `json:"serial_number"`
	PublicKey         string    `json:"public_key"` // SHA-256 of the SubjectPublicKeyInfo, lower-case hex
	Names             Names     `json:"names"`      // by which an internet gateway is reached
	NotBefore         time.Time `json:"not_before"`
	NotAfter          time.Time `json:"not_after"`
}

// Inventory is what an agent tells of where it runs.
type Inventory struct {
	Version         string `json:"version,omitempty"`
	OperatingSystem string `json:"operating_system,omitempty"`
	Hostname        string `json:"hostname,omitempty"`
}

// AgentStatus is what an agent's certificate is worth.
type AgentStatus string

// Only an active one lets in.
const (
	AgentActive  AgentStatus = "active"
	AgentExpired AgentStatus = "expired"
	AgentRevoked AgentStatus = "revoked"
)

// AgentValidity is how long an agent's certificate is good: an agent may be away for
// weeks, and renews when two thirds have passed.
const AgentValidity = 90 * 24 * time.Hour

// Status is what the agent's certificate is worth at now.
func (a Agent) Status(now time.Time) AgentStatus {
	switch {
	case a.RevokedAt != nil:
		return AgentRevoked
	case !now.Before(a.Latest().NotAfter):
		return AgentExpired
	}
	return AgentActive
}

// Latest is the certificate issued last.
func (a Agent) Latest() AgentCertificate {
	if a.Next != nil {
		return *a.Next
	}
	return a.Current
}

// Certificates are those that let in.
func (a Agent) Certificates() []AgentCertificate {
	if a.Next == nil {
		return []AgentCertificate{a.Current}
	}
	return []AgentCertificate{a.Current, *a.Next}
}

// Show takes in that the agent has shown a certificate. Showing the next one gives up the
// one before.
func (a *Agent) Show(fingerprint string) (changed bool) {
	if a.Next == nil || a.Next.FingerprintSHA256 != fingerprint {
		return false
	}
	a.Current, a.Next = *a.Next, nil
	return true
}

// Refusal says why the agent is not let in at now; nil when it is.
func (a Agent) Refusal(now time.Time) error {
	const hint = "let it enrol again with a new enrolment token, if it is to come back"
	switch a.Status(now) {
	case AgentRevoked:
		return Errorf(KindDenied, "the agent of %s %q was revoked at %s", a.Noun.Words(), a.Name, a.RevokedAt.UTC().Format(time.RFC3339)).WithHint(hint)
	case AgentExpired:
		return Errorf(KindDenied, "the certificate of the agent of %s %q expired at %s", a.Noun.Words(), a.Name, a.Latest().NotAfter.UTC().Format(time.RFC3339)).WithHint(hint)
	case AgentActive:
	}
	return nil
}

// Revoke withdraws the agent for good. Doing so again changes nothing.
func (a *Agent) Revoke(reason RevocationReason, now time.Time) (changed bool) {
	if a.RevokedAt != nil {
		return false
	}
	a.RevokedAt, a.RevocationReason, a.RenewAt = &now, reason.OrDefault(), nil
	return true
}

// RenewalTime is when the agent is to renew: when two thirds of the life of its
// certificate have passed, or when somebody wants it. A fleet that enrolled at once is
// spread over a tenth of that life.
func (a Agent) RenewalTime() time.Time {
	latest := a.Latest()
	life := latest.NotAfter.Sub(latest.NotBefore)
	at := latest.NotBefore.Add(life*2/3 - a.spread(life/10))
	if a.RenewAt != nil && a.RenewAt.Before(at) {
		return *a.RenewAt
	}
	return at
}

// spread is the agent's own share of a span, the same each time.
func (a Agent) spread(span time.Duration) time.Duration {
	const shares = 1 << 16
	h := fnv.New32a()
	_, _ = h.Write([]byte(a.ID))
	return span / shares * time.Duration(h.Sum32()%shares)
}

// RenewWithin has the agent renew at its own moment of a span from now.
func (a *Agent) RenewWithin(span time.Duration, now time.Time) {
	at := now.Add(a.spread(span))
	a.RenewAt = &at
}

// Principal is who asks with the agent's certificate.
func (a Agent) Principal() Principal {
	by := Principal{Name: "agent:" + a.Name, Role: RoleAgent, AgentID: a.ID}
	if a.Noun == NounGateway {
		by.Name, by.Role = "internet-gateway:"+a.Name, RoleInternetGateway
	}
	return by
}
