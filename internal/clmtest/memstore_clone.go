package clmtest

import (
	"maps"
	"slices"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// What is handed out and taken in is a copy, down to what the engine writes to in
// place. Certificates in DER and recipes are never written to by anybody.

func clonePointer[T any](p *T, clone func(T) T) *T {
	if p == nil {
		return nil
	}
	c := clone(*p)
	return &c
}

func plain[T any](v T) T { return v }

func cloneRoot(r clm.RootCertificate) clm.RootCertificate {
	r.Active = cloneAnchor(r.Active)
	r.Policy = clonePointer(r.Policy, clonePolicy)
	r.Replacement = clonePointer(r.Replacement, cloneReplacement)
	r.Declined = clonePointer(r.Declined, plain)
	r.History = slices.Clone(r.History)
	return r
}

func cloneAnchor(a clm.TrustAnchor) clm.TrustAnchor {
	a.Chain = slices.Clone(a.Chain)
	return a
}

func clonePolicy(p clm.ReplacementPolicy) clm.ReplacementPolicy {
	p.OverrideChildren, p.Waivers = slices.Clone(p.OverrideChildren), slices.Clone(p.Waivers)
	return p
}

func cloneReplacement(r clm.Replacement) clm.Replacement {
	r.Target = cloneAnchor(r.Target)
	r.Failures, r.Overridden = slices.Clone(r.Failures), slices.Clone(r.Overridden)
	r.Forced = clonePointer(r.Forced, plain)
	return r
}

func cloneDevice(d clm.Device) clm.Device {
	d.Local = clonePointer(d.Local, plain)
	d.SSH = clonePointer(d.SSH, func(s clm.SSH) clm.SSH {
		s.JumpHost = clonePointer(s.JumpHost, plain)
		return s
	})
	return d
}

func cloneConnector(c clm.Connector) clm.Connector {
	c.LastPush, c.Previous = clonePointer(c.LastPush, clonePush), clonePointer(c.Previous, clonePush)
	c.RolledBack = clonePointer(c.RolledBack, plain)
	c.PushSettings = clonePointer(c.PushSettings, func(p clm.PushSettings) clm.PushSettings {
		p.ScheduledAt = clonePointer(p.ScheduledAt, plain)
		return p
	})
	c.Leftover, c.Sightings = slices.Clone(c.Leftover), slices.Clone(c.Sightings)
	return c
}

func clonePush(p clm.Push) clm.Push {
	p.Files = maps.Clone(p.Files)
	return p
}

func cloneProfile(p clm.CommunicationProfile) clm.CommunicationProfile {
	p.ServerURLs, p.RootIDs, p.Additional = slices.Clone(p.ServerURLs), slices.Clone(p.RootIDs), slices.Clone(p.Additional)
	return p
}

func cloneVersion(v clm.Version) clm.Version {
	v.Chain = slices.Clone(v.Chain)
	v.RevokedAt = clonePointer(v.RevokedAt, plain)
	return v
}

func cloneBundle(b clm.Bundle) clm.Bundle {
	b.Fingerprints, b.Certificates = slices.Clone(b.Fingerprints), slices.Clone(b.Certificates)
	return b
}

func cloneKey(k clm.PrivateKey) clm.PrivateKey {
	k.Sealed = slices.Clone(k.Sealed)
	return k
}
