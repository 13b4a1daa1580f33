package clm

// Wished is the certificate the owner's configuration asks for, as far as is
// known: the one that is to follow, or one that was declined, or the active one.
func (r RootCertificate) Wished() (TrustAnchor, RootSource) {
	switch {
	case r.Declined != nil:
		return r.Declined.Target, r.Declined.Source
	case r.Replacement != nil && r.State != RootRollingBack:
		return r.Replacement.Target, r.Replacement.Source
	}
	return r.Active, r.Source
}

// Wish tells which verb leads to the wish for the certificate of that fingerprint;
// "" when it is wished for already. A wish for the old certificate goes back: at
// once while nothing is signed by the new one, through a roll back later.
func (r RootCertificate) Wish(fingerprint string) (verb string, err error) {
	wished, _ := r.Wished()
	switch {
	case fingerprint == wished.FingerprintSHA256:
		return "", nil
	case r.State == RootActive && fingerprint == r.Active.FingerprintSHA256:
		return "", nil // what was declined is not wished for any more
	case r.State == RootActive:
		return VerbReplace, nil
	case fingerprint != r.Active.FingerprintSHA256:
		return "", r.alreadyOpen(fingerprint)
	case r.State == RootDistributing:
		return VerbCancel, nil
	case r.State == RootActivating || r.State == RootRetiring:
		return VerbRollBack, nil
	}
	return "", nil // it is rolling back
}

func (r RootCertificate) alreadyOpen(fingerprint string) error {
	refusal := Errorf(KindRefused, "root certificate %q is %s: it is being replaced by the certificate with the fingerprint %s, and cannot be replaced by %s too",
		r.Name, r.State, r.Replacement.Target.FingerprintSHA256, fingerprint)
	return refusal.WithHint("finish this replacement, or set the source back to the active certificate first")
}

// SameRecipe tells which of the slot's certificates a recipe has made.
func (r RootCertificate) SameRecipe(recipe *SelfSigned) (TrustAnchor, bool) {
	anchor, source := r.Wished()
	for _, candidate := range []struct {
		anchor TrustAnchor
		source RootSource
	}{{anchor, source}, {r.Active, r.Source}} {
		if made := candidate.source.SelfSigned; made != nil && recipe != nil && made.equal(*recipe) {
			return candidate.anchor, true
		}
	}
	return TrustAnchor{}, false
}

func (s SelfSigned) equal(o SelfSigned) bool {
	samePath := (s.MaxPathLength == nil) == (o.MaxPathLength == nil) && (s.MaxPathLength == nil || *s.MaxPathLength == *o.MaxPathLength)
	return s.Subject.Equal(o.Subject) && s.Key == o.Key && s.ValidityPeriodHours == o.ValidityPeriodHours && samePath
}
