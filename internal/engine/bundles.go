package engine

import (
	"context"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// bundleOf is what a profile has to publish now.
func (c change) bundleOf(profile clm.CommunicationProfile) (clm.Bundle, error) {
	roots := make([]clm.RootCertificate, 0, len(profile.RootIDs))
	for _, id := range profile.RootIDs {
		root, err := c.Root(id)
		if err != nil {
			return clm.Bundle{}, asField("root_certificate_ids", err)
		}
		roots = append(roots, root)
	}
	return profile.Bundle(roots), nil
}

// publish writes a profile together with its bundle, if that has changed. The
// epoch rises with every bundle, and none is ever taken back.
func (c change) publish(profile *clm.CommunicationProfile, reason, verb string) error {
	bundle, err := c.bundleOf(*profile)
	if err != nil {
		return err
	}
	published := profile.Publish(&bundle, reason, c.now)
	if err := c.Tx.UpdateProfile(profile); err != nil {
		return err
	}
	if published {
		if err := c.InsertBundle(bundle); err != nil {
			return err
		}
	}
	return c.record(clm.NounProfile, verb, profile.ID, profile.Name, map[string]string{"bundle": profile.BundleDigest})
}

// republish publishes for every profile of a root whose slot was just written, where
// something follows from that: most steps of a replacement leave the bundle as it is.
func (c change) republish(root clm.RootCertificate, reason string) error {
	profiles, err := c.ProfilesOf(root.ID)
	if err != nil {
		return err
	}
	for i := range profiles {
		bundle, err := c.bundleOf(profiles[i])
		if err != nil {
			return err
		}
		if bundle.Digest == profiles[i].BundleDigest {
			continue
		}
		if err := c.publish(&profiles[i], reason, "publish"); err != nil {
			return err
		}
	}
	return nil
}

// Bundle is what a profile publishes now.
func (e *Engine) Bundle(ctx context.Context, profileRef string) (bundle clm.Bundle, err error) {
	err = e.view(ctx, func(tx Tx) error {
		profile, err := tx.Profile(profileRef)
		if err != nil {
			return err
		}
		bundle, err = tx.Bundle(profile.ID, profile.BundleDigest)
		return err
	})
	return bundle, err
}
