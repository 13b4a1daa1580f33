package engine

import (
	"context"

	"github.com/terraform-provider-clm/terraform-provider-clm/internal/clm"
)

// tell brings every device of a profile that is reached from here up to date. One
// device's trouble is its own: it is reported and the rest go on.
func (e *Engine) tell(ctx context.Context, by clm.Principal, profile clm.CommunicationProfile) ([]CheckIn, error) {
	var devices []clm.Device
	err := e.view(context.WithoutCancel(ctx), func(tx Tx) (err error) {
		devices, err = tx.DevicesOf(profile.ID, clm.Page{})
		return err
	})
	if err != nil {
		return nil, err
	}
	return e.tellEach(ctx, by, devices)
}

// tellLaggards does so for those of a root's profiles that have not stated to have
// what is published.
func (e *Engine) tellLaggards(ctx context.Context, by clm.Principal, root clm.RootCertificate) ([]CheckIn, error) {
	var devices []clm.Device
	err := e.view(ctx, func(tx Tx) error {
		receipts, err := laggards(tx, root, clm.Page{})
		if err != nil {
			return err
		}
		for _, receipt := range receipts {
			device, err := tx.Device(receipt.DeviceID)
			if err != nil {
				return err
			}
			devices = append(devices, device)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return e.tellEach(ctx, by, devices)
}

// tellEach returns the devices in trouble, also those whose turn did not come
// before the time was over. An error is the estate's own.
func (e *Engine) tellEach(ctx context.Context, by clm.Principal, devices []clm.Device) ([]CheckIn, error) {
	var trouble []CheckIn
	for _, device := range devices {
		if !device.Reached() {
			continue
		}
		err := e.checkIn(ctx, by, device)
		if err != nil && ctx.Err() != nil {
			err = clm.Errorf(clm.KindUnreachable, "the time for it was over before device %q had answered", device.Name)
		}
		switch clm.KindOf(err) {
		case clm.KindInternal, clm.KindUnavailable, clm.KindConflict:
			if err != nil {
				return trouble, err
			}
		default:
			trouble = append(trouble, CheckIn{Device: device, Err: err})
		}
	}
	return trouble, nil
}

// laggards are the receipts of a root's devices that are reached from here and do not
// name the published bundle of their profile, or name a failure: what that left on the
// device is not known until somebody looks again. Those that come by themselves, such
// as a fleet of agents, cost nothing.
func laggards(tx Tx, root clm.RootCertificate, page clm.Page) ([]clm.Receipt, error) {
	profiles, err := tx.ProfilesOf(root.ID)
	if err != nil {
		return nil, err
	}
	var all []clm.Receipt
	for _, profile := range profiles {
		others, err := otherDigests(tx, profile)
		if err != nil {
			return nil, err
		}
		for _, filter := range []clm.ReceiptFilter{
			{ProfileID: profile.ID, Digests: others, Reached: true},
			{ProfileID: profile.ID, Digests: []string{profile.BundleDigest}, Failed: true, Reached: true},
		} {
			behind, err := tx.Receipts(filter, page)
			if err != nil {
				return nil, err
			}
			all = append(all, behind...)
		}
	}
	return all, nil
}

// otherDigests are the digests devices of the profile state, besides that of the
// published bundle.
func otherDigests(tx Tx, profile clm.CommunicationProfile) ([]string, error) {
	tallies, err := tx.Tallies(profile.ID)
	if err != nil {
		return nil, err
	}
	others := []string{}
	seen := map[string]bool{profile.BundleDigest: true}
	for _, tally := range tallies {
		if !seen[tally.Digest] {
			seen[tally.Digest] = true
			others = append(others, tally.Digest)
		}
	}
	return others, nil
}
