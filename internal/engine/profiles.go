package engine

import (
	"context"
	"slices"
	"time"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
	"github.com/terraform-provider-clm/terraform-provider-clm/internal/pki"
)

// ProfileInput is what the owner wants of a communication profile.
type ProfileInput struct {
	Name            string
	ServerURLs      []string
	RootIDs         []string
	AdditionalPEM   []string
	CheckInInterval time.Duration
	TrustStore      clm.TrustStore
}

// ProfileWrite is what came of a write to a profile.
type ProfileWrite struct {
	Profile  clm.CommunicationProfile
	CheckIns []CheckIn // of the devices that were to be told, those in trouble
}

// apply puts the wish into a profile.
func (in ProfileInput) apply(p *clm.CommunicationProfile) error {
	p.Name, p.ServerURLs, p.CheckInInterval, p.TrustStore = in.Name, in.ServerURLs, in.CheckInInterval, in.TrustStore
	p.RootIDs = slices.Compact(slices.Sorted(slices.Values(in.RootIDs)))
	p.Additional = nil
	for _, text := range in.AdditionalPEM {
		certificates, err := pki.ParseCertificates([]byte(text))
		if err != nil {
			return invalid("additional_certificates_pem", err)
		}
		for _, certificate := range certificates {
			if !certificate.IsCA {
				return clm.Invalid("additional_certificates_pem", "%q is not a CA certificate", certificate.Subject).
					WithHint("a trust bundle holds CA certificates: give the root that issued it")
			}
		}
		p.Additional = append(p.Additional, rawOf(certificates)...)
	}
	return p.Check()
}

// CreateProfile records a profile and publishes its first bundle.
func (e *Engine) CreateProfile(ctx context.Context, by clm.Principal, in ProfileInput) (clm.CommunicationProfile, error) {
	profile := clm.CommunicationProfile{ID: clm.NewID()}
	if err := in.apply(&profile); err != nil {
		return profile, err
	}
	err := e.update(ctx, by, func(c change) error {
		earlier, err := repeated(c, c.Profile)
		if earlier != nil {
			profile = *earlier
		}
		if earlier != nil || err != nil {
			return err
		}
		return c.insertProfile(&profile)
	})
	return profile, err
}

func (c change) insertProfile(profile *clm.CommunicationProfile) error {
	bundle, err := c.bundleOf(*profile)
	if err != nil {
		return err
	}
	profile.Publish(&bundle, "the profile was created", c.now)
	profile.CreatedAt, profile.UpdatedAt = c.now, c.now
	if err := c.InsertProfile(profile); err != nil {
		return err
	}
	if err := c.InsertBundle(bundle); err != nil {
		return err
	}
	if err := c.remember(profile.ID); err != nil {
		return err
	}
	return c.record(clm.NounProfile, "create", profile.ID, profile.Name, map[string]string{"bundle": bundle.Digest})
}

// UpdateProfile changes a profile, publishes the bundle that follows from it, and
// tells the devices that can be told from here.
func (e *Engine) UpdateProfile(ctx context.Context, by clm.Principal, ref string, in ProfileInput) (ProfileWrite, error) {
	var out ProfileWrite
	err := e.update(ctx, by, func(c change) (err error) {
		if out.Profile, err = c.Profile(ref); err != nil {
			return err
		}
		if err := in.apply(&out.Profile); err != nil {
			return err
		}
		out.Profile.UpdatedAt = c.now
		return c.publish(&out.Profile, "the profile was changed", "update")
	})
	if err != nil {
		return out, err
	}
	out.CheckIns, err = e.tell(ctx, by, out.Profile)
	return out, err
}

// DeleteProfile forgets a profile that no device and no gateway has any more.
func (e *Engine) DeleteProfile(ctx context.Context, by clm.Principal, ref string) error {
	return e.update(ctx, by, func(c change) error {
		profile, err := c.Profile(ref)
		if err != nil {
			return err
		}
		if err := c.Tx.DeleteProfile(profile); err != nil {
			return err
		}
		return c.record(clm.NounProfile, "delete", profile.ID, profile.Name, nil)
	})
}

// Profile reads one communication profile, by id or name.
func (e *Engine) Profile(ctx context.Context, ref string) (profile clm.CommunicationProfile, err error) {
	err = e.view(ctx, func(tx Tx) error {
		profile, err = tx.Profile(ref)
		return err
	})
	return profile, err
}

// Profiles lists communication profiles by name.
func (e *Engine) Profiles(ctx context.Context, page clm.Page) (profiles []clm.CommunicationProfile, err error) {
	err = e.view(ctx, func(tx Tx) error {
		profiles, err = tx.Profiles(page)
		return err
	})
	return profiles, err
}
