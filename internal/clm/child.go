package clm

import "time"

// Child is a certificate a root issues, with where it lives, as a replacement
// looks at it. Where it stands is derived from what is recorded of the
// certificate and its connectors: a second copy could only disagree.
type Child struct {
	Row        CertificateRow
	Connectors []Connector
	// Served tells, for a connector's id, whether its device may be pushed to.
	Served map[string]bool
}

// ChildState is where a child stands in relation to the certificate that signs.
type ChildState string

const (
	// ChildToIssue: its current version was signed by the other certificate.
	ChildToIssue ChildState = "to_issue"
	// ChildToPush: it was issued again, and a connector does not have it yet.
	ChildToPush ChildState = "to_push"
	// ChildDone: every connector was seen to have it, or is gone on without; or it
	// is revoked, and nothing will ever sign it again; or it is on hold, and holds
	// back retiring the old root until it is released or revoked.
	ChildDone ChildState = "done"
)

// State is where the child stands while signer signs.
func (c Child) State(signer TrustAnchor, overrides func(name string) bool) ChildState {
	current := c.Row.Current
	switch {
	case c.leftAlone(overrides):
		return ChildDone
	case current.IssuedBy() != signer.FingerprintSHA256:
		return ChildToIssue
	case len(c.Behind(overrides)) > 0:
		return ChildToPush
	}
	return ChildDone
}

// leftAlone tells whether a replacement does nothing about the child: it is
// withdrawn, so that nothing signs it, or it is gone on without.
func (c Child) leftAlone(overrides func(name string) bool) bool {
	current := c.Row.Current
	return current == nil || current.Withdrawn() || overrides(c.Row.Certificate.Name)
}

// Behind are the connectors that have not been seen to hold the current version,
// apart from those that are gone on without, those that were rolled back and those nobody
// pushes to. A child
// that is left alone has none.
func (c Child) Behind(overrides func(name string) bool) []Connector {
	if c.leftAlone(overrides) {
		return nil
	}
	var behind []Connector
	for _, connector := range c.Connectors {
		if c.Served[connector.ID] && !overrides(connector.Name) && !connector.Holds(*c.Row.Current) && !connector.Keeps(*c.Row.Current) {
			behind = append(behind, connector)
		}
	}
	return behind
}

// Holds tells whether the connector was seen to hold that version, and nothing
// was begun since.
func (c Connector) Holds(v Version) bool {
	return c.State == Pushed && c.LastPush != nil && c.LastPush.FingerprintSHA256 == v.FingerprintSHA256
}

// Uses tells whether a version may still be in use somewhere: it is neither
// expired nor revoked, nor proven replaced. It is proven replaced once every
// connector of its certificate was seen to hold another: a connector that is gone
// on without still serves what it has, and of one whose push was begun and not
// seen through nobody knows; nor may a server state that it still serves it itself. A
// certificate that no connector holds and no server states to serve another version of
// cannot be proven, so it counts until somebody releases it by name.
func (c Child) Uses(v Version, now time.Time, released func(name string) bool) bool {
	if status := v.Status(now); status == StatusRevoked || status == StatusExpired || released(c.Row.Certificate.Name) {
		return false
	}
	serves, proven := c.Row.serving(v.Number, now)
	if serves {
		return true
	}
	for _, connector := range c.Connectors {
		switch {
		case connector.LastPush == nil && connector.State == NeverPushed:
		case connector.State == Pushed && connector.LastPush != nil && connector.LastPush.Version != v.Number:
			proven++
		default:
			return true
		}
	}
	return proven == 0
}
